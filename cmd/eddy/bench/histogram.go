package bench

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets an eighth of a power of two wide (at most 12.5 % error), without a lock.
type histogram struct {
	counts [64 * 8]atomic.Int64
	total  atomic.Int64
}

func (h *histogram) observe(d time.Duration) {
	h.counts[bucketOf(d)].Add(1)
	h.total.Add(1)
}

// reset empties the histogram; nobody may observe meanwhile.
func (h *histogram) reset() {
	for i := range h.counts {
		h.counts[i].Store(0)
	}
	h.total.Store(0)
}

// bucketOf orders durations of 1 microsecond and up; shorter ones share the first bucket.
func bucketOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 8 {
		return int(us)
	}
	exponent := bits.Len64(us) - 4
	return exponent*8 + int(us>>exponent)
}

// upperBound is the longest duration of a bucket.
func upperBound(bucket int) time.Duration {
	if bucket < 8 {
		return time.Duration(bucket) * time.Microsecond
	}
	exponent := bucket/8 - 1
	mantissa := uint64(bucket - exponent*8)
	return time.Duration((mantissa+1)<<exponent-1) * time.Microsecond
}

// quantile returns a bound that a share q of the observations does not exceed, or 0 without observations.
func (h *histogram) quantile(q float64) time.Duration {
	rank := int64(q * float64(h.total.Load()))
	seen := int64(0)
	for bucket := range h.counts {
		n := h.counts[bucket].Load()
		seen += n
		if n > 0 && seen > rank {
			return upperBound(bucket)
		}
	}
	return 0
}
