package tail

import "math"

// Own is what one series adds to the tail of all: some are rougher than those trained on, some calmer. Where rarity is
// true to its name, one row in fifty is 1.7 decades rare, and the mean excess over that is 0.43; a series' own threshold
// and excess are learned online and mapped onto these, once more as in SPOT. It is the last words of a series' state,
// zero at first.
type Own = [OwnWords]float64

// OwnWords is how many words of a state an Own takes.
const OwnWords = 4

const (
	ownThreshold = iota // decades that one row in fifty exceeds
	ownExcess           // mean excess
	ownExcesses         // how many it rests on
	ownAbnormal         // 1 while scores are high: only the first of a run teaches
)

const (
	share     = 0.02
	threshold = 1.6989700043360187 // -log10(share)
	excess    = 0.4342944819032518 // log10(e)

	// The priors and floors lean to caution.
	priorExcess   = 1.4 * excess
	priorExcesses = 30
	mostExcesses  = 1000
	leastExcess   = 0.7 * excess
	mostExcess    = 20
	leastOwn      = 1.2
	mostOwn       = 20
	// ownStep is the step of the threshold, in decades; clipped, in means, what an excess teaches at most.
	ownStep = 0.02
	clipped = 2.5
	// abnormal is the decades from which on only the first row of a run teaches, so that an outage does not become normal.
	abnormal = 3.5
)

// Begin returns what a state holds, ready for use: one that is zero, or that LearnOwn never left behind, begins anew.
func Begin(o *Own) Own {
	if !(o[ownThreshold] >= leastOwn && o[ownThreshold] <= mostOwn && o[ownExcess] >= leastExcess && o[ownExcess] <= mostExcess &&
		o[ownExcesses] >= 1 && o[ownExcesses] <= mostExcesses) {
		return Own{threshold, priorExcess, priorExcesses, 0}
	}
	return *o
}

// OwnRarity maps decades among all series to decades in this one.
func OwnRarity(o *Own, decades float64) float64 {
	if decades <= o[ownThreshold] {
		return decades * (threshold / o[ownThreshold])
	}
	return threshold + float64((decades-o[ownThreshold])*(excess/o[ownExcess]))
}

// AllRarity is the inverse of OwnRarity.
func AllRarity(o *Own, decades float64) float64 {
	if decades <= threshold {
		return decades * (o[ownThreshold] / threshold)
	}
	return o[ownThreshold] + float64((decades-threshold)*(o[ownExcess]/excess))
}

// LearnOwn takes a row's decades among all series in; judged is what they came to in this one.
func LearnOwn(o *Own, decades, judged float64) {
	before := o[ownAbnormal] != 0
	o[ownAbnormal] = 0
	if judged >= abnormal {
		o[ownAbnormal] = 1
		if before {
			return
		}
	}
	if over := decades - o[ownThreshold]; over > 0 {
		n := min(o[ownExcesses]+1, mostExcesses)
		mean := o[ownExcess] + (min(over, clipped*o[ownExcess])-o[ownExcess])/n
		o[ownExcesses], o[ownExcess] = n, max(leastExcess, min(mostExcess, mean))
	}
	moved := o[ownThreshold] + float64(ownStep*(math.Copysign(0.5, decades-o[ownThreshold])+0.5-share))
	o[ownThreshold] = max(leastOwn, min(mostOwn, moved))
}
