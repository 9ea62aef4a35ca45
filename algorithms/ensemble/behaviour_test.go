package ensemble_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"eddy/algorithms/lawtest"
)

const n, from = 4000, 3000

// noise is 50 but for the samples from..from+length-1.
func noise(seed uint64, length int, there float64) func(i int) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(i int) float64 {
		x := 50 + r.NormFloat64()
		if i >= from && i < from+length {
			return x + there
		}
		return x
	}
}

func TestNoiseIsQuiet(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		all := lawtest.Watch(train(t), n, 15*time.Second, noise(seed, 0, 0))
		if worst := lawtest.Worst(all, 0, n); worst >= 0.65 {
			t.Errorf("seed %d: noise scores %v", seed, worst)
		}
	}
}

// Fifteen deviations inside the range of an earlier day: no new height, so it rests with the two that judge values.
func TestOneRowIsWeakEvidenceAndManyAreStrong(t *testing.T) {
	t.Parallel()
	earlier := noise(1, 0, 0)
	watch := func(length int) (one, many float64) {
		late := noise(2, length, 15)
		all := lawtest.Watch(train(t), n, 15*time.Second, func(i int) float64 {
			if i == 500 || i == 900 {
				return 70
			}
			if i < 1000 {
				return earlier(i)
			}
			return late(i)
		})
		return all[from].Score, lawtest.Worst(all, from, from+length)
	}
	one, _ := watch(1)
	if one < 0.5 || one >= 0.65 {
		t.Errorf("a single row scores %v; want information, no warning", one)
	}
	if _, many := watch(12); many < 0.65 {
		t.Errorf("twelve rows in a row score %v", many)
	}
}
