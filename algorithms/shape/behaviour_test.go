package shape_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
)

const (
	perDay   = 24 * 12 // samples a day, one each five minutes
	interval = 5 * time.Minute
)

func wave(r *rand.Rand) func(i int) float64 {
	return func(i int) float64 { return 50 + 40*math.Sin(2*math.Pi*float64(i)/72) + r.NormFloat64() }
}

func TestAWaveThatGoesOnIsNoNews(t *testing.T) {
	t.Parallel()
	all := lawtest.Watch(train(t), 14*perDay, interval, wave(rand.New(rand.NewPCG(1, 1))))
	if n := opened(all, 0, len(all)); n > 0 {
		t.Errorf("%d verdicts on a regular wave", n)
	}
}

// The middle of the wave, held: no value is odd.
func TestAFlatLineInAWaveIsFound(t *testing.T) {
	t.Parallel()
	const from, to = 10 * perDay, 10*perDay + 36
	value := wave(rand.New(rand.NewPCG(1, 2)))
	all := lawtest.Watch(train(t), 14*perDay, interval, func(i int) float64 {
		if i >= from && i < to {
			return 75
		}
		return value(i)
	})
	if n := opened(all, from, to+12); n == 0 {
		t.Errorf("not found; worst score %v", lawtest.Worst(all, from, to+12))
	}
	if n := opened(all, 0, from) + opened(all, to+24, len(all)); n > 0 {
		t.Errorf("%d verdicts elsewhere", n)
	}
}

func TestWhatLeavesTheRangeIsFoundAtOnceAndSaidOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 3))
	const from = 5 * perDay
	all := lawtest.Watch(train(t), 6*perDay, interval, func(i int) float64 {
		if i >= from && i < from+20 {
			return 400
		}
		return 50 + r.Float64()
	})
	if v := all[from]; v.Score < 0.8 || v.Contributions[1] != 1 {
		t.Errorf("far out of range: %+v", v)
	}
	if n := opened(all, from, len(all)); n != 1 {
		t.Errorf("said %d times", n)
	}
}

// opened counts how often the score rises to a half.
func opened(all []algorithms.Verdict, from, to int) (n int) {
	for i := max(from, 1); i < to; i++ {
		if all[i].Score >= 0.5 && all[i-1].Score < 0.5 {
			n++
		}
	}
	return n
}
