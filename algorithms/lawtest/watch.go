package lawtest

import (
	"time"

	"eddy/algorithms"
)

// Watch scores n values of one series, an interval apart, and returns the verdicts.
func Watch(m algorithms.Model, n int, interval time.Duration, value func(i int) float64) []algorithms.Verdict {
	state := fresh(m)
	all := make([]algorithms.Verdict, n)
	for i := range n {
		in := algorithms.Input{Timestamp: int64(i) * interval.Milliseconds(), Value: value(i)}
		m.Score(state, &in, &all[i])
	}
	return all
}

// Worst is the highest score of verdicts from..to-1.
func Worst(all []algorithms.Verdict, from, to int) (worst float64) {
	for _, v := range all[from:to] {
		worst = max(worst, v.Score)
	}
	return worst
}
