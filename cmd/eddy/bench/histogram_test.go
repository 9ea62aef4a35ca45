package bench

import (
	"testing"
	"time"
)

func TestBucketsCoverEveryDurationWithinAnEighth(t *testing.T) {
	t.Parallel()
	for us := int64(0); us < 1<<40; us = us*9/8 + 1 {
		d := time.Duration(us) * time.Microsecond
		bound := upperBound(bucketOf(d))
		if bound < d || bound > d+d/8+time.Microsecond {
			t.Fatalf("%v falls into a bucket up to %v", d, bound)
		}
	}
	if bucketOf(-time.Second) != 0 {
		t.Error("a clock that goes back must not be counted as a long time")
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var h histogram
	if h.quantile(0.99) != 0 {
		t.Error("nothing observed, but a latency reported")
	}
	for i := range 100 {
		h.observe(time.Duration(i+1) * time.Millisecond)
	}
	f := func(q float64, want time.Duration) {
		t.Helper()
		if got := h.quantile(q); got < want || got > want*5/4 {
			t.Errorf("quantile %v: got %v, want about %v", q, got, want)
		}
	}
	f(0, time.Millisecond)
	f(0.5, 50*time.Millisecond)
	f(0.99, 99*time.Millisecond)
	h.reset()
	if h.quantile(0.5) != 0 {
		t.Error("reset kept something")
	}
}
