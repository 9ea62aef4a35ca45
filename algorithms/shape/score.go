package shape

import (
	"math"

	"eddy/algorithms"
)

const (
	// beyond is the largest magnitude that is judged and learned.
	beyond = 1e150
	// breach is the share of the range seen so far by which a value must leave it, and aboveNoise how many mean steps
	// between rows: pure noise sets a record now and then, but hardly ever a clear one.
	breach     = 0.05
	aboveNoise = 0.7
	// breakRarity and breakMore say how many decades a break is worth, and how many more for each range beyond. A series that
	// breaks its range again and again is worth less each time.
	breakRarity = 11
	breakMore   = 8
	// grown is how many rows a series must have shown before its range means anything, unless it has been taught.
	grown = 400
	// hold is how many rows a verdict lasts, so that rules which ask for some abnormal rows in a row see it.
	hold = 5
	// rest is how many blocks only what is worse by that factor counts.
	rest      = taught / 2
	worse     = 1.5
	countable = 1 // decades below which a verdict is no verdict
)

// Score judges one sample and learns from it; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	s := (*series)(state)
	*v = algorithms.Verdict{}
	if !sane(s) {
		*s = series{}
	}
	m.bounds(s, v)
	if math.IsNaN(in.Value) || !(math.Abs(in.Value) <= beyond) {
		return
	}
	x := in.Value
	broke := broken(s, x)
	see(s, in.Timestamp, x)
	var shape float64
	if s[wordBlock] > 0 {
		if value, full := gather(s, x); full {
			shape = block(s, value)
		}
	}
	decades, newly := say(s, max(broke, shape)*m.sensitivity)
	if v.Ready = s[wordCount] > m.ready; !v.Ready || decades == 0 {
		return
	}
	v.Score = algorithms.ScoreFromRarity(decades)
	if newly && broke > shape {
		v.Contributions[1] = 1
	} else {
		v.Contributions[0] = 1
	}
}

// sane tells whether a state is one this model can have left behind, as far as that matters for staying finite.
func sane(s *series) bool {
	width := s[wordHighest] - s[wordLowest]
	return s[wordCount] >= 0 && s[wordBlocks] >= 0 && s[wordFill] <= s[wordBlock] && s[wordBlock] <= longest &&
		width >= 0 && width <= math.MaxFloat64/4 && math.Abs(s[wordHighest]) <= math.MaxFloat64/4 &&
		math.Abs(s[wordMean]) <= math.MaxFloat64 && s[wordStep] >= 0
}

// bounds reports the mean, between the values at which the range breaks.
func (m *Model) bounds(s *series, v *algorithms.Verdict) {
	if s[wordCount] == 0 {
		return
	}
	over := float64(breach * (s[wordHighest] - s[wordLowest]))
	v.Lower, v.Upper = s[wordLowest]-over, s[wordHighest]+over
	v.Expected = max(v.Lower, min(s[wordMean], v.Upper))
}

// broken is how rare it is, in decades, that a value leaves the range of everything before it. While the series is
// young, records are common: then it is as rare as beyond the extremes of so many Gaussian samples, which are as far
// from the middle as the square root of the logarithm of their number.
func broken(s *series, x float64) float64 {
	width := s[wordHighest] - s[wordLowest]
	if s[wordBlocks] < taught && s[wordCount] < grown || !(width > 0) {
		return 0
	}
	excess := max(x-s[wordHighest], s[wordLowest]-x)
	over := excess / width
	if !(over > breach) {
		return 0
	}
	if s[wordBlocks] >= taught && excess > aboveNoise*s[wordStep] {
		if s[wordRest] == 0 {
			s[wordBreaks]++
		}
		return (breakRarity + float64(breakMore*over)) / math.Sqrt(max(1, s[wordBreaks]))
	}
	reach := 1 + float64(2*over)
	return math.Log10(s[wordCount]) * reach * reach
}

// see takes a row into what is known of all rows.
func see(s *series, timestamp int64, x float64) {
	if s[wordBlock] == 0 {
		size(s, timestamp, x)
	}
	if s[wordCount] == 0 {
		s[wordLowest], s[wordHighest], s[wordValue] = x, x, x
	}
	s[wordStep] += (math.Abs(x-s[wordValue]) - s[wordStep]) / min(s[wordCount]+1, 1000)
	s[wordValue] = x
	s[wordCount]++
	s[wordLast] = float64(timestamp)
	s[wordMean] += (x - s[wordMean]) / s[wordCount]
	s[wordLowest], s[wordHighest] = min(s[wordLowest], x), max(s[wordHighest], x)
}

// block digests a complete block.
func block(s *series, value float64) (decades float64) {
	n := int(s[wordBlocks])
	s[wordBlocks]++
	switch {
	case n < taught-1:
		s[wordTable+n] = value
	case n == taught-1:
		s[wordTable+n] = value
		teach(s)
	default:
		return novel(s, value)
	}
	return 0
}

// say decides whether a verdict is news, and for how long. Newly is true on its first row.
func say(s *series, decades float64) (now float64, newly bool) {
	resting := s[wordRest] > 0
	if resting {
		s[wordRest]--
	}
	if decades >= countable && (!resting || decades > worse*s[wordSaid]) {
		s[wordSaid] = decades
		s[wordHold] = hold
		s[wordRest] = rest * max(1, s[wordBlock])
		newly = true
	}
	if s[wordHold] > 0 {
		s[wordHold]--
		return s[wordSaid], newly
	}
	return 0, false
}
