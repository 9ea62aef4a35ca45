package lstm

import (
	"math"

	"eddy/algorithms"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/recurrent"
	"eddy/algorithms/internal/tail"
)

// The words of one series' state, behind those of its profile.
const (
	wordForecast = profile.Words + iota // of the next value, in spreads from the level
	wordError                           // usual error, and how many it was learned from
	wordErrors
	wordOwn                              // the series' own tail
	wordMemory = wordOwn + tail.OwnWords // one word a hidden unit: its output and, in the upper half, its cell
)

// haste widens everything while few samples of a series are known: by haste/n.
const haste = 32

// expectation is the forecast of a value, and how far off it usually is, in the value's unit.
type expectation struct {
	centre, sigma float64
	error         usual
}

// Score judges one sample and learns from it; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	*v = algorithms.Verdict{}
	s := state[:wordMemory+m.net.Hidden()]
	p := (*profile.State)(s)
	if !profile.Sane(p) || !sane(s) {
		clear(s) // no state this model ever left behind: begin anew
	}
	own := tail.Begin((*tail.Own)(s[wordOwn:]))
	view := profile.Look(p)
	expect := expected(&view, s, in.Gap)
	if view.Count > 0 {
		m.bounds(&view, &own, &expect, v)
	}
	x := in.Value
	if x != x {
		return
	}
	e := max(-2*profile.Beyond, min(2*profile.Beyond, x)) - expect.centre
	if view.Count >= m.ready {
		v.Ready = true
		decades := m.tail.Rarity(math.Abs(e) / expect.sigma)
		v.Score = algorithms.ScoreFromRarity(tail.OwnRarity(&own, decades) * m.sensitivity)
		if v.Score > 0 {
			v.Contributions[0] = 1
		}
		if inside(x) {
			tail.LearnOwn(&own, decades, tail.OwnRarity(&own, decades)*m.sensitivity)
			copy(s[wordOwn:], own[:])
		}
	}
	if inside(x) {
		m.learn(s, &view, expect.error, e, in)
	}
}

// sane tells whether the words behind the profile are ones that learn leaves behind.
func sane(s []float64) bool {
	sum := 0.0
	for _, w := range s[wordMemory:] {
		sum += float64(w * 0)
	}
	return sum == 0 && math.Abs(s[wordForecast]) <= farthest && s[wordError] >= 0 && s[wordError] <= 1e9 &&
		s[wordErrors] >= 0 && s[wordErrors] <= math.MaxFloat64
}

// expected is what the state says of the next value. After a gap, and at the begin, it is the level. A series that was
// never negative is not expected to become so.
func expected(view *profile.View, s []float64, gap bool) expectation {
	e := expectation{error: usual{s[wordError], s[wordErrors]}}
	sigma, forecast := e.error.sigma(), s[wordForecast]
	if gap {
		sigma, forecast = 1, 0
	}
	e.centre = view.Level + float64(view.Unit*forecast)
	if view.Lowest >= 0 {
		e.centre = max(0, e.centre)
	}
	e.sigma = view.Unit * sigma * (1 + haste/(view.Count+1))
	return e
}

// bounds are where a value scores 0.5, but 0 where a series was never negative.
func (m *Model) bounds(view *profile.View, own *tail.Own, expect *expectation, v *algorithms.Verdict) {
	reach := min(m.tail.Score(tail.AllRarity(own, m.half))*expect.sigma, 1e300)
	v.Expected, v.Lower, v.Upper = expect.centre, expect.centre-reach, expect.centre+reach
	if view.Lowest >= 0 {
		v.Lower = max(v.Lower, 0)
	}
}

// learn takes the value into the profile and the net's memory, and foretells the next one.
func (m *Model) learn(s []float64, view *profile.View, u usual, e float64, in *algorithms.Input) {
	fresh := in.Gap || view.Count == 0
	if !fresh {
		u = u.learn(e/view.Unit, m.rate)
		s[wordError], s[wordErrors] = u.mean, u.count
	}
	p := (*profile.State)(s)
	m.follow.Learn(p, *view, in.Value, in.Gap)
	after := profile.Look(p)
	x := inputs(&after, fresh)
	var memory recurrent.State
	words := s[wordMemory:]
	if !fresh {
		unpack(&memory, words)
	}
	s[wordForecast] = float64(bounded(float64(m.net.Step(&memory, &x))))
	pack(words, &memory)
}

// The two numbers of a unit share a word. Of a finite number in the upper half comes a finite word.

func unpack(m *recurrent.State, words []float64) {
	for i, w := range words[:min(len(words), recurrent.MaxHidden)] {
		b := math.Float64bits(w)
		m.H[i], m.C[i] = math.Float32frombits(uint32(b)), math.Float32frombits(uint32(b>>32))
	}
}

func pack(words []float64, m *recurrent.State) {
	for i := range words[:min(len(words), recurrent.MaxHidden)] {
		words[i] = math.Float64frombits(uint64(math.Float32bits(m.C[i]))<<32 | uint64(math.Float32bits(m.H[i])))
	}
}
