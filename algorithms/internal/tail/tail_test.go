package tail_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms/internal/codec"
	"eddy/algorithms/internal/tail"
)

func fit(n int, draw func(r *rand.Rand) float64) tail.Tail {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	scores := make([]float64, n)
	for i := range scores {
		scores[i] = draw(r)
	}
	return tail.Fit(scores, 0.01, true)
}

func exponential(r *rand.Rand) float64 { return r.ExpFloat64() }

func TestRarityIsTheShareAbove(t *testing.T) {
	t.Parallel()
	f := func(name string, draw func(r *rand.Rand) float64, score, want, tolerance float64) {
		t.Helper()
		d := fit(200_000, draw)
		if got := d.Rarity(score); math.Abs(got-want) > tolerance {
			t.Errorf("%s: %v is %v decades rare; want %v", name, score, got, want)
		}
	}
	pareto := func(r *rand.Rand) float64 { return math.Pow(1-r.Float64(), -0.08) }
	f("exponential", exponential, math.Ln10, 1, 0.02)
	f("exponential", exponential, 2*math.Ln10, 2, 0.05)
	f("exponential", exponential, 6*math.Ln10, 6, 0.9)
	f("Pareto", pareto, 2.089, 4, 0.3)
	f("Pareto", pareto, 4.365, 8, 1.2)
	f("uniform", (*rand.Rand).Float64, 0.5, 0.301, 0.02)
	f("uniform", (*rand.Rand).Float64, -1, 0, 0)
	f("uniform", (*rand.Rand).Float64, math.NaN(), 0, 0)
}

func TestScoreIsTheInverse(t *testing.T) {
	t.Parallel()
	for _, d := range []tail.Tail{
		fit(1000, exponential), fit(1, exponential), fit(1000, func(*rand.Rand) float64 { return 0 }),
		fit(1000, func(r *rand.Rand) float64 { return math.Exp(3 * r.NormFloat64()) }),
		fit(1000, func(r *rand.Rand) float64 { return math.MaxFloat64 * r.Float64() }),
	} {
		for _, decades := range []float64{0.05, 0.6, 1.8, 3, 6, 9} {
			if got := d.Rarity(d.Score(decades)); math.Abs(got-decades) > 1e-6 && d.Score(decades) < 1e11 {
				t.Errorf("%+v: %v decades come back as %v", d, decades, got)
			}
		}
		last := -1.0
		for x := 1e-12; x < 1e13; x *= 1.3 {
			r := d.Rarity(x)
			if !(r >= last) || math.IsInf(r, 0) {
				t.Fatalf("%+v: rarity falls from %v to %v at %v", d, last, r, x)
			}
			last = r
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for _, d := range []tail.Tail{fit(1000, exponential), fit(50, func(*rand.Rand) float64 { return 0 }), fit(50, func(*rand.Rand) float64 { return 7 })} {
		survivesBytes(t, d)
	}
}

func survivesBytes(t *testing.T, d tail.Tail) {
	t.Helper()
	b := d.Append(nil)
	got, err := tail.Read(codec.NewReader(b))
	if err != nil || got != d {
		t.Errorf("Read = %+v, %v; want %+v", got, err, d)
	}
	if _, err := tail.Read(codec.NewReader(b[:len(b)-9])); err == nil {
		t.Error("a cut distribution was read")
	}
}
