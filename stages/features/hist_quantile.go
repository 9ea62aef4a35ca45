package features

import "math"

// sameBuckets tells whether two histograms have the same bounds, so that their counts can be compared. A client changes
// them when it has too many buckets, which is no reset.
func sameBuckets(a, b *hist) bool {
	if a.schema != b.schema || a.zeroThreshold != b.zeroThreshold || len(a.custom) != len(b.custom) {
		return false
	}
	for i := range a.custom {
		if a.custom[i] != b.custom[i] {
			return false
		}
	}
	return true
}

// fell tells whether any count is below what it was: the counters have started again.
func (h *hist) fell(before *hist) bool {
	return h.count < before.count || h.zeroCount < before.zeroCount ||
		h.positive.fell(before.positive.buckets) || h.negative.fell(before.negative.buckets)
}

func (s *side) fell(before []histBucket) bool {
	i := 0
	for _, b := range before {
		for i < len(s.buckets) && s.buckets[i].index < b.index {
			i++
		}
		now := 0.0
		if i < len(s.buckets) && s.buckets[i].index == b.index {
			now = s.buckets[i].count
		}
		if now < b.count {
			return true
		}
	}
	return false
}

// subtract takes away what was there before, of a histogram of the same buckets that has not fallen.
func (h *hist) subtract(before *hist) {
	h.count -= before.count
	h.zeroCount -= before.zeroCount
	h.positive.subtract(before.positive.buckets)
	h.negative.subtract(before.negative.buckets)
}

func (s *side) subtract(before []histBucket) {
	i := 0
	for _, b := range before {
		for i < len(s.buckets) && s.buckets[i].index < b.index {
			i++
		}
		if i < len(s.buckets) && s.buckets[i].index == b.index {
			s.buckets[i].count -= b.count
		}
	}
}

// quantile is PromQL's histogram_quantile: by the logarithm within a bucket, linear within custom ones and around zero.
// It is NaN when there is no observation, or too many that are no number.
// Source: https://github.com/prometheus/prometheus/blob/v3.7.0/promql/quantile.go HistogramQuantile
func (h *hist) quantile(q float64) float64 {
	if !(h.count > 0) {
		return math.NaN()
	}
	rank := q * h.count
	lower, upper, inside, below := h.find(rank)
	if below+inside < rank && h.sum != h.sum {
		return math.NaN()
	}
	switch {
	case inside <= 0:
		return math.NaN()
	case h.schema == customSchema && math.IsInf(lower, -1):
		if upper <= 0 {
			return upper
		}
		lower = 0
	case h.schema == customSchema && math.IsInf(upper, 1):
		return lower
	case h.schema != customSchema && lower < 0 && upper > 0:
		if len(h.negative.buckets) == 0 && len(h.positive.buckets) > 0 {
			lower = 0
		} else if len(h.positive.buckets) == 0 && len(h.negative.buckets) > 0 {
			upper = 0
		}
	}
	share := max(0, min((rank-below)/inside, 1))
	switch {
	case h.schema == customSchema || lower <= 0 && upper >= 0:
		return lower + (upper-lower)*share
	case lower > 0:
		from, to := math.Log2(lower), math.Log2(upper)
		return math.Exp2(from + (to-from)*share)
	}
	from, to := math.Log2(-lower), math.Log2(-upper)
	return -math.Exp2(to + (from-to)*(1-share))
}

// find returns the bucket that a rank falls into: its bounds, what it holds and what all below it hold. Beyond what
// there is, it is the highest that holds anything.
func (h *hist) find(rank float64) (lower, upper, inside, below float64) {
	seen := 0.0
	take := func(from, to, count float64) bool {
		if count > 0 {
			lower, upper, inside, below = from, to, count, seen
			seen += count
		}
		return count > 0 && seen >= rank
	}
	for i := len(h.negative.buckets) - 1; i >= 0; i-- {
		b := h.negative.buckets[i]
		if take(-h.bound(b.index), -h.bound(b.index-1), b.count) {
			return
		}
	}
	if take(-h.zeroThreshold, h.zeroThreshold, h.zeroCount) {
		return
	}
	for _, b := range h.positive.buckets {
		if take(h.bound(b.index-1), h.bound(b.index), b.count) {
			return
		}
	}
	return
}

// bound is the upper bound of the positive bucket of an index.
func (h *hist) bound(index int32) float64 {
	switch {
	case h.schema == customSchema && index < 0:
		return math.Inf(-1)
	case h.schema == customSchema && int(index) >= len(h.custom):
		return math.Inf(1)
	case h.schema == customSchema:
		return h.custom[index]
	case h.schema <= 0:
		return math.Ldexp(1, int(index)<<-h.schema)
	}
	return math.Exp2(float64(index) / float64(int(1)<<h.schema))
}
