package statistical

import "math"

// The tail of the deviation is modelled as in SPOT (Siffer et al., KDD 2017): above a threshold that one sample in fifty
// exceeds, the excess is exponential. Both are learned per series, so that a series with heavy tails needs farther
// outliers to score as high as a Gaussian one.
const (
	tailShare   = 0.02
	tailDecades = 1.6989700043360187 // -log10(tailShare)

	// Gaussian noise has its threshold at 2.33 and a mean excess of 0.36; the priors and floors lean to caution.
	priorTail     = 2.5
	priorExcess   = 0.6
	priorExcesses = 12
	leastTail     = 1.5
	mostTail      = 20
	leastExcess   = 0.35
	mostExcess    = 50

	// tailStep is the step of the threshold, in deviations; mostExcesses the memory of the mean excess.
	tailStep     = 0.1
	mostExcesses = 300
	// mostAtOnce clips an excess, in means: what is learned is the tail of the normal, not the anomalies beyond it.
	mostAtOnce = 2.5

	// lightness makes up for the Gaussian tail being lighter than the exponential one. Measured on two million samples a
	// kind, 0.5 is then scored by 3 in a million of Gaussian noise, by 20 of exponential, and by some 300 of noise whose
	// tail is a power law, which no exponential follows. Higher is truer to the scale there and finds less.
	lightness = 0.85

	// haste widens everything while few samples are known: by haste/n, until that is less than 1/64.
	haste = 64
)

// tail is the distribution of one series' deviations.
type tail struct {
	threshold float64
	decade    float64 // the excess that makes a sample ten times as rare
	half      float64 // the deviation that scores 0.5
}

// tail reads the distribution off the state.
func (m *Model) tail(s *series) tail {
	scale := m.scale
	if n := s[wordCount]; n < 64*haste {
		scale *= 1 + haste/n
	}
	t := tail{threshold: float64(s[wordTail] * scale), decade: float64(s[wordExcess] * scale * math.Ln10)}
	t.half = t.threshold + float64((m.half-tailDecades)*t.decade)
	return t
}

// rarity is -log10 of the probability of a deviation of at least d. Below the threshold it is linear: an exponential body.
func (t *tail) rarity(d float64) float64 {
	if d <= t.threshold {
		return tailDecades * d / t.threshold
	}
	return tailDecades + (d-t.threshold)/t.decade
}

// learnTail moves the threshold to where one sample in fifty exceeds it, and the mean excess with those that do. The
// caller leaves out all but the first of an abnormal run, so that an outage does not become the measure of the normal.
func learnTail(s *series, d float64) {
	threshold, excess := s[wordTail], s[wordExcess]
	if over := d - threshold; over > 0 {
		n := min(s[wordExcesses]+1, mostExcesses)
		s[wordExcesses] = n
		excess += (min(over, mostAtOnce*excess) - excess) / n
		s[wordExcess] = max(leastExcess, min(mostExcess, excess))
	}
	threshold += float64(tailStep * (math.Copysign(0.5, d-threshold) + 0.5 - tailShare))
	s[wordTail] = max(leastTail, min(mostTail, threshold))
}
