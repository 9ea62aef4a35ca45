package tail_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms/internal/tail"
)

func TestOwnTailMakesSeriesComparable(t *testing.T) {
	t.Parallel()
	f := func(name string, factor float64) {
		t.Helper()
		r := rand.New(rand.NewPCG(9, 9))
		var o tail.Own
		rare := 0
		const n = 200_000
		for range n {
			decades := factor * r.ExpFloat64() / math.Ln10
			if tail.OwnRarity(&o, decades) > 3 {
				rare++
			}
			tail.LearnOwn(&o, decades, 0)
		}
		if got := float64(rare) / n; got < 0.0003 || got > 0.003 {
			t.Errorf("%s: %v of the rows are 3 decades rare; want about 0.001", name, got)
		}
	}
	f("as in training", 1)
	f("rougher", 3)
	f("calmer", 0.8)
}

func TestAllRarityIsTheInverse(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	o := tail.Begin(&tail.Own{})
	for i := range 2000 {
		for _, decades := range []float64{0.5, 1.7, 6, 60} {
			if got := tail.OwnRarity(&o, tail.AllRarity(&o, decades)); math.Abs(got-decades) > 1e-9*decades {
				t.Fatalf("after %d rows %v decades come back as %v", i, decades, got)
			}
		}
		tail.LearnOwn(&o, 2*r.ExpFloat64(), float64(i%50))
	}
}

func TestLongRunTeachesOnce(t *testing.T) {
	t.Parallel()
	once, long := tail.Begin(&tail.Own{}), tail.Begin(&tail.Own{})
	tail.LearnOwn(&once, 50, 9)
	for range 1000 {
		tail.LearnOwn(&long, 50, 9)
	}
	if once != long {
		t.Errorf("a run of a thousand leaves %v, its first row %v", long, once)
	}
}

func TestBrokenOwnBeginsAnew(t *testing.T) {
	t.Parallel()
	want := tail.Begin(&tail.Own{})
	for _, o := range []tail.Own{{math.NaN()}, {1.7, math.Inf(1), 3}, {1e300, 1, 1}, {1.7, 0.5, -1}} {
		if got := tail.Begin(&o); got != want {
			t.Errorf("broken words become %v; want %v", got, want)
		}
	}
}
