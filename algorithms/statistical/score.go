package statistical

import (
	"math"

	"eddy/algorithms"
)

// beyond is the largest magnitude that is measured; what lies outside is as good as infinite. Its square is finite.
const beyond = 1e150

// farthest caps a deviation, so that products with it stay finite.
const farthest = 1e12

// Score judges one sample and learns from it; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	s := (*series)(state)
	*v = algorithms.Verdict{}
	x := in.Value
	inside := math.Abs(x) <= beyond // false for NaN and the infinities, too
	if !(s[wordCount] >= buffered) {
		known(s, v)
		if inside {
			warm(s, x)
		}
		return
	}

	b := predict(s, in.Gap)
	t := m.tail(s)
	if !m.bounds(s, &b, &t, v) {
		*s, *v = series{}, algorithms.Verdict{} // no state this model ever left behind: begin anew
		return
	}
	if math.IsNaN(x) {
		return
	}
	e := max(-2*beyond, min(2*beyond, x)) - b.expected
	d := b.deviation(e)
	score := algorithms.ScoreFromRarity(t.rarity(d))
	v.Ready = s[wordCount] >= m.ready
	if v.Ready && score > 0 {
		v.Score = score
		b.contributions(v)
	}
	if inside {
		m.learn(s, &b, sample{value: x, residual: e, deviation: d, abnormal: score >= 0.5, gap: in.Gap})
	}
}

// known reports what the warm-up buffer holds: the last value between the lowest and the highest.
func known(s *series, v *algorithms.Verdict) {
	if !(s[wordCount] >= 0) {
		*s = series{} // no state this model ever left behind
	}
	n := int(s[wordCount])
	if n == 0 {
		return
	}
	values := s[wordLevel : wordLevel+n]
	last := values[n-1]
	lower, upper := last, last
	for _, x := range values {
		lower, upper = min(lower, x), max(upper, x)
	}
	if !(upper-lower <= math.MaxFloat64) { // also NaN
		*s = series{}
		return
	}
	v.Expected, v.Lower, v.Upper = last, lower, upper
}

// bounds fills the values at which the score is 0.5, and tells whether the state made sense. A series that was never
// negative is not expected to become so: its lower bound stops at zero.
func (m *Model) bounds(s *series, b *band, t *tail, v *algorithms.Verdict) bool {
	reach := float64(t.half * b.width)
	lower, upper := b.expected-reach, b.expected+reach
	if !(lower <= b.expected && b.expected <= upper && upper-lower <= math.MaxFloat64) { // also NaN
		return false
	}
	if s[wordLowest] >= 0 {
		lower = max(lower, min(0, b.expected))
	}
	v.Expected, v.Lower, v.Upper = b.expected, lower, upper
	return true
}
