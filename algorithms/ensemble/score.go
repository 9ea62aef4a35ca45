package ensemble

import (
	"math"

	"eddy/algorithms"
)

// The ensemble's own words, behind the members'.
const (
	ownRun = iota // abnormal rows in a row
	ownLen
)

const (
	// half is the rarity in decades that scores 0.5, from which on evidence is capped.
	half = 6
	// once is how many decades beyond half one row alone can give, and again what each further one in a row adds.
	once  = 2
	again = 2

	// odd is the rarity from which on rows count as abnormal in a row.
	odd = 3
	// longest bounds the run, so that it stays a small number.
	longest = 1000
)

// Score asks each member and combines their verdicts; the package comment says how.
func (m *Model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	var said [members]algorithms.Verdict
	m.statistical.Score(m.words(state, memberStatistical), in, &said[memberStatistical])
	m.seasonal.Score(m.words(state, memberSeasonal), in, &said[memberSeasonal])
	m.shape.Score(m.words(state, memberShape), in, &said[memberShape])
	*v = algorithms.Verdict{}
	band(&said, v)
	if math.IsNaN(in.Value) {
		return
	}
	far, shares := deviation(&said)
	own := state[m.from[members]:]
	run := steps(own[ownRun], far)
	own[ownRun] = run
	novel := algorithms.Rarity(said[memberShape].Score)
	v.Ready = said[memberStatistical].Ready
	decades := max(capped(far, run), novel)
	if !v.Ready || !(decades > 0) {
		return
	}
	v.Score = algorithms.ScoreFromRarity(decades)
	if novel >= decades {
		v.Contributions[memberShape] = 1
	} else {
		v.Contributions[memberStatistical], v.Contributions[memberSeasonal] = shares[0], shares[1]
	}
}

// words is a member's part of a state.
func (m *Model) words(state []float64, member int) []float64 {
	return state[m.from[member]:m.from[member+1]:m.from[member+1]]
}

// deviation is the rarity of the value, by the two members that judge values, and the share of each in it.
func deviation(said *[members]algorithms.Verdict) (decades float64, shares [2]float32) {
	near, daily := &said[memberStatistical], &said[memberSeasonal]
	a := algorithms.Rarity(near.Score)
	if !daily.Ready {
		return a, [2]float32{1, 0}
	}
	b := algorithms.Rarity(daily.Score)
	if !(a > 0) || !(b > 0) {
		return 0, shares
	}
	decades = math.Sqrt(min(a, math.MaxFloat64)) * math.Sqrt(min(b, math.MaxFloat64))
	share := float32(1 / (1 + b/a))
	return decades, [2]float32{share, 1 - share}
}

// steps counts abnormal rows in a row.
func steps(run, decades float64) float64 {
	if !(decades > odd) {
		return 0
	}
	if !(run >= 0) { // no state this model ever left behind
		run = 0
	}
	return min(run+1, longest)
}

// capped is the soft cap: rarities beyond half are squeezed into a span that grows with the run, and keep their order.
func capped(decades, run float64) float64 {
	if decades <= half {
		return decades
	}
	span := once + float64(again*max(0, run-1))
	return half + float64(span*(1-math.Exp((half-decades)/span)))
}

// band is the members' bands taken together: the mean of their centres, the geometric mean of their widths.
func band(said *[members]algorithms.Verdict, v *algorithms.Verdict) {
	near, daily := &said[memberStatistical], &said[memberSeasonal]
	*v = algorithms.Verdict{Expected: near.Expected, Lower: near.Lower, Upper: near.Upper}
	if !near.Ready || !daily.Ready {
		return
	}
	v.Expected = float64(near.Expected/2) + float64(daily.Expected/2)
	v.Upper = v.Expected + between(near.Upper-near.Expected, daily.Upper-daily.Expected)
	v.Lower = v.Expected - between(near.Expected-near.Lower, daily.Expected-daily.Lower)
	if near.Lower >= 0 { // the series was never negative
		v.Lower = max(v.Lower, min(0, v.Expected))
	}
}

func between(a, b float64) float64 { return float64(math.Sqrt(max(0, a)) * math.Sqrt(max(0, b))) }
