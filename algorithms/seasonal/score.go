package seasonal

import (
	"math"

	"eddy/algorithms"
)

const (
	// deviations turns a mean absolute residual into a standard deviation of Gaussian noise; each standard deviation
	// counts for one decade, so that six of them score 0.5. Real residuals have tails heavier than Gaussian ones and lighter
	// than this.
	deviations = 1.2533141373155003
	// beyond is the largest magnitude that is learned.
	beyond = 1e150
	// leastShare of the level and leastSpread keep divisions defined for a series that does not move.
	leastShare  = 1e-3
	leastSpread = 1e-30
	// strong is how much smaller the profile's error must be than that of a plain mean.
	strong = 0.3
	// daysKnown is how long a series must have been seen before its days can be compared.
	daysKnown = 2
)

// view is what a series is held against: what is usual now, and one mean absolute residual.
type view struct {
	usual
	spread float64
	season bool
}

// Score judges one sample and learns from it; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	s := (*series)(state)
	*v = algorithms.Verdict{}
	if math.IsNaN(in.Value) {
		m.known(s, in, v)
		return
	}
	x := max(-2*beyond, min(2*beyond, in.Value))
	inside := math.Abs(in.Value) <= beyond
	if !(s[wordCount] >= 1) {
		if inside {
			begin(s, x, in.Timestamp)
		}
		return
	}
	daily := m.profile(s, in.Timestamp)
	seen := m.view(s, in.Timestamp, &daily)
	if !m.bounds(&seen, v) {
		*s, *v = series{}, algorithms.Verdict{} // no state this model ever left behind: begin anew
		return
	}
	if v.Ready = s[wordCount] >= m.ready; v.Ready {
		m.rate(&seen, x, v)
	}
	if inside {
		m.learn(s, in.Timestamp, x, &daily)
	}
}

// known reports what would have been expected of a sample that is none.
func (m *Model) known(s *series, in *algorithms.Input, v *algorithms.Verdict) {
	if !(s[wordCount] >= 1) {
		return
	}
	daily := m.profile(s, in.Timestamp)
	seen := m.view(s, in.Timestamp, &daily)
	if !m.bounds(&seen, v) {
		*v = algorithms.Verdict{}
	}
}

// view chooses between season and level.
func (m *Model) view(s *series, timestamp int64, daily *usual) view {
	floor := float64(leastShare*math.Abs(s[wordSlow])) + leastSpread
	if daily.known && float64(timestamp)-s[wordFirst] > daysKnown*day && s[wordErrorDay] < (1-strong)*s[wordErrorSlow] {
		u := usual{level: daily.level + s[wordOffset], low: daily.low + s[wordOffset], high: daily.high + s[wordOffset]}
		return view{usual: u, spread: max(s[wordSpreadDay], floor), season: true}
	}
	near := s[wordNear]
	return view{usual: usual{level: near, low: near, high: near}, spread: max(s[wordSpread], floor)}
}

// rate scores a value against a view.
func (m *Model) rate(seen *view, x float64, v *algorithms.Verdict) {
	v.Score = algorithms.ScoreFromRarity(math.Abs(seen.apart(x)) / (m.unit * seen.spread))
	switch {
	case v.Score == 0:
	case seen.season:
		v.Contributions[0] = 1
	default:
		v.Contributions[1] = 1
	}
}

// bounds fills the values at which the score is 0.5, and tells whether the state made sense.
func (m *Model) bounds(seen *view, v *algorithms.Verdict) bool {
	reach := float64(algorithms.Rarity(0.5) * m.unit * seen.spread)
	lower, upper := seen.low-reach, seen.high+reach
	if !(lower <= seen.level && seen.level <= upper && upper-lower <= math.MaxFloat64) { // also NaN
		return false
	}
	v.Expected, v.Lower, v.Upper = seen.level, lower, upper
	return true
}
