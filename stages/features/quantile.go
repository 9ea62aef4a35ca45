package features

import "math"

// bin is one bucket of a classic histogram: how many observations were up to a bound, at two scrapes.
type bin struct{ upper, count, before float64 }

// quantiles are those that are scored: the middle, and two of the tail that users feel.
func quantiles() [derivedCount - 1]float64 { return [...]float64{0.5, 0.9, 0.99} }

// monotone makes running counts that do not fall: the parts of a scrape are not all of one instant. Of equal bounds,
// which differ in spelling, the higher count stands.
func monotone(bins []bin) {
	most := 0.0
	for i := range bins {
		if c := bins[i].count; c > most { // not for NaN
			most = c
		}
		bins[i].count = most
	}
}

// bucketQuantile is PromQL's histogram_quantile: linear within a bucket, 0 being the lower bound of the first one when
// its upper is above, and no more than the highest finite bound. Bins are running counts in the order of bounds, two or
// more, the last with bound +Inf and a count above 0.
// Source: https://github.com/prometheus/prometheus/blob/v3.7.0/promql/quantile.go BucketQuantile
func bucketQuantile(q float64, bins []bin) float64 {
	last := len(bins) - 1
	rank := q * bins[last].count
	b := 0
	for b < last && !(bins[b].count >= rank) {
		b++
	}
	switch {
	case b == last || math.IsInf(bins[b].upper, 1):
		for b > 0 && math.IsInf(bins[b].upper, 1) {
			b--
		}
		return bins[b].upper
	case b == 0 && bins[0].upper <= 0:
		return bins[0].upper
	}
	start, end, count := 0.0, bins[b].upper, bins[b].count
	if b > 0 {
		start = bins[b-1].upper
		count -= bins[b-1].count
		rank -= bins[b-1].count
	}
	return start + (end-start)*(rank/count)
}
