package seasonal

import "math"

const (
	// nearRate is the memory of the recent mean and of the offset: fifty samples. Each step is clipped to nearClip spreads.
	nearRate = 0.02
	nearClip = 5
	// spreadRate is the memory of the spread: a thousand samples.
	spreadRate = 0.001
	// days is the memory of the profile, in days; profileClip how many spreads of a residual it follows.
	days        = 5
	profileClip = 6
	// intervalRate is the memory of the interval between samples.
	intervalRate = 0.05
	// settled is how many samples make spreads that may clip.
	settled = 30
)

// begin takes the first sample for everything.
func begin(s *series, x float64, timestamp int64) {
	*s = series{
		wordCount: 1, wordFirst: float64(timestamp), wordLast: float64(timestamp),
		wordSlow: x, wordNear: x, wordSeen: float64(uint64(1) << binOf(timestamp)),
	}
	s[wordLevels+binOf(timestamp)] = x
}

// learn takes a sample in. Daily is what the profile said of it before.
func (m *Model) learn(s *series, timestamp int64, x float64, daily *usual) {
	n := s[wordCount]
	s[wordCount]++
	learnInterval(s, timestamp)
	rate := max(spreadRate, 1/(n+1))
	near := x - s[wordNear]
	s[wordSpread] = toward(s[wordSpread], math.Abs(near), rate)
	s[wordNear] += clipped(max(nearRate, 1/(n+1))*near, limit(s[wordSpread], nearClip*nearRate, n))
	if daily.known {
		learnDay(s, x, daily, n, rate)
	}
	perDay := day / max(s[wordInterval], 1)
	slow := max(1/(n+1), min(0.02, 2/perDay))
	s[wordSlow] += float64(slow * clipped(x-s[wordSlow], limit(s[wordSpread], 20, n)))
	learnProfile(s, binOf(timestamp), x, perDay, float64(timestamp)-s[wordFirst])
}

// learnInterval follows the time between samples; one that is late counts twice the usual at most.
func learnInterval(s *series, timestamp int64) {
	dt := float64(timestamp) - s[wordLast]
	if !(dt > 0) {
		return // the clock went back
	}
	s[wordLast] = float64(timestamp)
	if s[wordInterval] == 0 {
		s[wordInterval] = dt
		return
	}
	s[wordInterval] = toward(s[wordInterval], min(dt, 2*s[wordInterval]), intervalRate)
}

// learnDay follows the residual from the profile, and how well the profile does beside a plain mean.
func learnDay(s *series, x float64, daily *usual, n, rate float64) {
	apart := x - daily.level - s[wordOffset]
	s[wordSpreadDay] = toward(s[wordSpreadDay], math.Abs(apart), rate)
	s[wordOffset] += float64(nearRate * clipped(apart, limit(s[wordSpreadDay], nearClip, n)))
	compare := max(0.0005, min(0.02, s[wordInterval]/(3*day)))
	s[wordErrorDay] = toward(s[wordErrorDay], clipped(math.Abs(x-daily.level), limit(s[wordErrorDay], 10, n)), compare)
	s[wordErrorSlow] = toward(s[wordErrorSlow], clipped(math.Abs(x-s[wordSlow]), limit(s[wordErrorSlow], 10, n)), compare)
}

// learnProfile moves the level of a bin. Early on it is the mean of what has been seen, later a mean of some days.
func learnProfile(s *series, bin int, x, perDay, age float64) {
	mark := uint64(1) << bin
	seen := uint64(s[wordSeen])
	if seen&mark == 0 {
		s[wordSeen] = float64(seen | mark)
		s[wordLevels+bin] = x
		return
	}
	perBin := max(1, perDay/bins)
	whole := math.Floor(max(0, age) / day)
	step := x - s[wordLevels+bin]
	if whole >= 3 {
		step = clipped(step, float64(profileClip*s[wordSpreadDay])+leastSpread)
	}
	s[wordLevels+bin] += step / (float64(min(whole+1, days)*perBin) + 1)
}

// toward moves a mean by a share of its distance. The conversion keeps the product from being fused with the sum,
// which some processors do and others do not: equal input must give equal bits everywhere.
func toward(mean, x, rate float64) float64 { return mean + float64(rate*(x-mean)) }

func clipped(x, most float64) float64 { return max(-most, min(most, x)) }

// limit is how far a step may go once there are enough samples to tell.
func limit(spread, times, n float64) float64 {
	if n < settled {
		return math.MaxFloat64
	}
	return float64(times*spread) + leastSpread
}
