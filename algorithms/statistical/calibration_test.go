package statistical_test

import (
	"math"
	"testing"
)

// A score of 0.5 is meant to be one in a million. How far each kind of noise is from that, is part of the contract.
func TestHalfIsRare(t *testing.T) {
	t.Parallel()
	r := random(21)
	student := func() float64 {
		sum := 0.0
		for range 3 {
			x := r.NormFloat64()
			sum += x * x
		}
		return r.NormFloat64() / math.Sqrt(sum/3)
	}
	f := func(name string, atMost float64, value func() float64) {
		t.Helper()
		const n = 500_000
		o := watch(t, n, func(int) float64 { return value() })
		if got := 1e6 * float64(len(o.abnormal)) / n; got > atMost || len(o.opened) > 0 {
			t.Errorf("%s: %v in a million score 0.5, episodes open at %v; want at most %v and none", name, got, o.opened, atMost)
		}
	}
	f("Gaussian", 12, r.NormFloat64)
	f("exponential", 60, r.ExpFloat64)
	f("log-normal, sigma 0.5", 150, func() float64 { return math.Exp(0.5 * r.NormFloat64()) })
	f("log-normal, sigma 1", 600, func() float64 { return math.Exp(r.NormFloat64()) })
	f("Student, 3 degrees", 700, student)
}
