package forest

import (
	"math"

	"eddy/algorithms"
	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/tail"
)

const (
	// haste widens everything while few samples of a series are known: by haste/n.
	haste = 32
	// explained is the rarity from which on the paths are walked again to see which features did it; below, there is
	// nothing to explain, and the contributors share evenly.
	explained = 2
)

// inside tells whether a value can be learned: not NaN, not infinite, not as good as that.
func inside(x float64) bool { return math.Abs(x) <= profile.Beyond }

// deviation is a distance in units, at most 1e12.
func deviation(view *profile.View, distance, unit float64) float64 {
	return min(math.Abs(distance)/(unit*(1+haste/(view.Count+1))), 1e12)
}

// Score judges one sample and learns from it; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	s, own := (*profile.State)(state), tail.Begin((*tail.Own)(state[profile.Words:]))
	*v = algorithms.Verdict{}
	if !profile.Sane(s) {
		*s = profile.State{} // no state this model ever left behind: begin anew
	}
	view := profile.Look(s)
	if view.Count > 0 {
		m.bounds(&view, &own, v)
	}
	x := in.Value
	if x != x {
		return
	}
	if view.Count >= m.ready {
		v.Ready = true
		decades := m.judge(&view, &own, max(-2*profile.Beyond, min(2*profile.Beyond, x)), in, v)
		if inside(x) {
			tail.LearnOwn(&own, decades, tail.OwnRarity(&own, decades)*m.sensitivity)
			copy(state[profile.Words:], own[:])
		}
	}
	if inside(x) {
		m.follow.Learn(s, view, x, in.Gap)
	}
}

// bounds are where the level alone scores 0.5. A series that was never negative is not expected to become so.
func (m *Model) bounds(view *profile.View, own *tail.Own, v *algorithms.Verdict) {
	half := m.tails.level.Score(tail.AllRarity(own, m.half))
	reach := min(half*(1+haste/(view.Count+1))*view.Unit, 1e300)
	v.Expected, v.Lower, v.Upper = view.Level, view.Level-reach, view.Level+reach
	if view.Lowest >= 0 {
		v.Lower = max(v.Lower, min(0, view.Level))
	}
}

// judge scores x by the rarest of its level, its change and its shape, and returns the decades of rarity among all series.
func (m *Model) judge(view *profile.View, own *tail.Own, x float64, in *algorithms.Input, v *algorithms.Verdict) float64 {
	last := view.Recall(x, in.Gap)
	row := m.columns.vector(view, &last, x, in.Features)
	byShape := m.tails.shape.Rarity(m.forest.Score(&row))
	byLevel := m.tails.level.Rarity(deviation(view, x-view.Level, view.Unit))
	byChange := m.tails.change.Rarity(deviation(view, x-last[0], view.Step))
	decades := max(byShape, byLevel, byChange)
	v.Score = algorithms.ScoreFromRarity(tail.OwnRarity(own, decades) * m.sensitivity)
	switch {
	case v.Score == 0:
	case decades < explained:
		v.Contributions = [algorithms.MaxContributors]float32{0.25, 0.25, 0.25, 0.25}
	case decades == byLevel:
		v.Contributions[aboutLevel] = 1
	case decades == byChange:
		v.Contributions[aboutChange] = 1
	default:
		m.explain(&row, v)
	}
	return decades
}

// explain shares the score among what the features are about.
func (m *Model) explain(row *isolation.Vector, v *algorithms.Verdict) {
	var features [isolation.Width]float64
	m.forest.Explain(row, &features)
	var groups [aboutCount]float64
	sum := 0.0
	for i, share := range features[:dimension] {
		groups[about(i)] += share
		sum += share
	}
	if !(sum > 0) { // every training row was the same: no tree has a split
		v.Contributions[aboutLevel] = 1
		return
	}
	for i, g := range groups {
		v.Contributions[i] = float32(g / sum)
	}
}
