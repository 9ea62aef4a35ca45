package seasonal_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"eddy/algorithms/lawtest"
)

const perDay = 24 * 60 // samples a day, one a minute

// daily is a wave with a steep rise at nine and some noise: what a person would call the same every day.
func daily(r *rand.Rand) func(i int) float64 {
	return func(i int) float64 {
		hour := float64(i%perDay) / 60
		x := 100 + 80*math.Sin(2*math.Pi*(hour-6)/24)
		if hour >= 9 && hour < 17 {
			x += 60
		}
		return x + 2*r.NormFloat64()
	}
}

func TestWhatIsUsualAtThisHourIsNoNews(t *testing.T) {
	t.Parallel()
	all := lawtest.Watch(train(t), 10*perDay, time.Minute, daily(rand.New(rand.NewPCG(1, 1))))
	if worst := lawtest.Worst(all, 5*perDay, 10*perDay); worst >= 0.5 {
		t.Errorf("a regular day scores %v", worst)
	}
}

func TestWhatIsUsualAtAnotherHourIsFound(t *testing.T) {
	t.Parallel()
	const night = 8*perDay + 3*60 // three in the morning of the ninth day
	value := daily(rand.New(rand.NewPCG(1, 2)))
	all := lawtest.Watch(train(t), 9*perDay, time.Minute, func(i int) float64 {
		if i >= night && i < night+30 {
			return value(i) + 90 // still below what noon is like
		}
		return value(i)
	})
	if worst := lawtest.Worst(all, night, night+2); worst < 0.5 {
		t.Errorf("a busy night scores %v", worst)
	}
	if v := all[night]; v.Contributions[0] != 1 {
		t.Errorf("the season is not named as the reason: %+v", v)
	}
}

func TestNoSeasonIsNoWorseThanALevel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	all := lawtest.Watch(train(t), 6*perDay, time.Minute, func(i int) float64 {
		if i == 5*perDay {
			return 30
		}
		return 10 + r.NormFloat64()
	})
	if v := all[5*perDay]; v.Score < 0.5 || v.Contributions[1] != 1 {
		t.Errorf("twenty deviations from the level: %+v", v)
	}
}
