package profile_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms/internal/profile"
)

// follow feeds n values of a function of the index.
func follow(t *testing.T, n int, value func(i int) float64) profile.View {
	t.Helper()
	p, s := profile.New(60), new(profile.State)
	for i := range n {
		p.Learn(s, profile.Look(s), value(i), i%500 == 499)
		if !profile.Sane(s) {
			t.Fatalf("state %v after value %d = %v", s, i, value(i))
		}
	}
	return profile.Look(s)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v; want %v", what, got, want)
	}
}

func TestUnitsAreStandardDeviations(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	v := follow(t, 5000, func(int) float64 { return 100 + 5*r.NormFloat64() })
	near(t, "level", v.Level, 100, 2)
	near(t, "unit", v.Unit, 5, 1.5)
	near(t, "step", v.Step, 5*math.Sqrt2, 2)
}

func TestOutlierMovesLittle(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 1))
	v := follow(t, 2001, func(i int) float64 {
		if i == 2000 {
			return 1e9
		}
		return 100 + 5*r.NormFloat64()
	})
	near(t, "level", v.Level, 100, 3)
	near(t, "unit", v.Unit, 5, 2)
	near(t, "last value", v.Last[0], 100+6*v.Unit, 12)
}

func TestLastingChangeIsTakenIn(t *testing.T) {
	t.Parallel()
	for _, size := range []float64{100, 1e6, 1e12} {
		r := rand.New(rand.NewPCG(3, 1))
		v := follow(t, 3000, func(i int) float64 { return 100 + size*float64(i/2000) + 5*r.NormFloat64() })
		near(t, "level", v.Level, 100+size, 0.1*size)
	}
}

func TestStillSeriesWakesUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 1))
	v := follow(t, 5300, func(i int) float64 {
		if i < 5000 {
			return 0
		}
		return 10 + r.NormFloat64()
	})
	near(t, "level", v.Level, 10, 2)
}

func TestAnythingStaysFinite(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 1))
	follow(t, 5000, func(i int) float64 { return (r.Float64() - 0.5) * 2 * profile.Beyond })
	follow(t, 5000, func(i int) float64 { return (float64(i%2) - 0.5) * profile.Beyond * math.Pow(10, -float64(i%300)) })
}

func TestGapForgetsTheLastValues(t *testing.T) {
	t.Parallel()
	v := follow(t, 100, func(i int) float64 { return float64(i) })
	if got := v.Recall(50, true); got[0] != 50 || got[7] != 50 {
		t.Errorf("after a gap %v is recalled", got)
	}
	if got := v.Recall(50, false); got[0] != 99 || got[7] != 92 {
		t.Errorf("without a gap %v is recalled", got)
	}
}
