package forest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/forest"
	"eddy/algorithms/lawtest"
)

func TestLaws(t *testing.T) { lawtest.Run(t, forest.Algorithm{}, lawtest.History) }

// fleet is a training set: so many series of so many samples, made by a function of the index.
type fleet struct {
	series, samples int
	value           func(series, i int) float64
	at              int
	input           algorithms.Input
}

// Next gives one series after another.
func (f *fleet) Next() (*algorithms.Input, bool, bool) {
	if f.at == f.series*f.samples {
		return nil, false, false
	}
	series, i := f.at/f.samples, f.at%f.samples
	f.at++
	f.input = algorithms.Input{Timestamp: int64(i) * 15_000, Value: f.value(series, i)}
	return &f.input, i == 0, true
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// smooth is a slow wave with noise, of another size for each series.
func smooth(r *rand.Rand) func(series, i int) float64 {
	return func(series, i int) float64 {
		size := math.Pow(10, float64(series%7)-3)
		return size * (20 + math.Sin(float64(i+37*series)/15) + 0.1*r.NormFloat64())
	}
}

func train(t testing.TB, params map[string]float64, value func(series, i int) float64) algorithms.Model {
	t.Helper()
	m, err := forest.Algorithm{}.Train(t.Context(), params, &fleet{series: 20, samples: 1000, value: value})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// judge returns the verdicts on n samples of a new series.
func judge(m algorithms.Model, n int, value func(i int) float64) []algorithms.Verdict {
	state := make([]float64, m.StateLen())
	verdicts := make([]algorithms.Verdict, n)
	for i := range verdicts {
		m.Score(state, &algorithms.Input{Timestamp: int64(i) * 15_000, Value: value(i)}, &verdicts[i])
	}
	return verdicts
}

func TestNormalSeriesStayQuiet(t *testing.T) {
	t.Parallel()
	m := train(t, nil, smooth(random(1)))
	value := smooth(random(2))
	high := 0
	for series := range 20 {
		for _, v := range judge(m, 1000, func(i int) float64 { return value(series, i) }) {
			if v.Score >= 0.5 {
				high++
			}
		}
	}
	if high > 10 {
		t.Errorf("%d of 20000 normal samples score 0.5; want at most 10", high)
	}
}

func TestOddShapesAreFound(t *testing.T) {
	t.Parallel()
	m := train(t, nil, smooth(random(1)))
	const at = 700
	for _, c := range []struct {
		name   string
		within int // samples from the fault until the score is high
		least  float64
		odd    func(r *rand.Rand, i int, x float64) float64
	}{
		{"spike", 0, 0.5, func(_ *rand.Rand, i int, x float64) float64 { return x + 10 }},
		{"level shift", 2, 0.5, func(_ *rand.Rand, i int, x float64) float64 { return x + 8 }},
		{"outage", 0, 0.5, func(*rand.Rand, int, float64) float64 { return 0 }},
		{"zigzag inside the usual range", 6, 0.5, func(_ *rand.Rand, i int, x float64) float64 { return 20 + float64(i%2*2-1) }},
	} {
		r := random(3)
		value := smooth(r)
		best := 0.0
		for _, v := range judge(m, at+c.within+1, func(i int) float64 {
			x := value(3, i)
			if i >= at {
				x = c.odd(r, i, x)
			}
			return x
		})[at:] {
			best = max(best, v.Score)
		}
		if best < c.least {
			t.Errorf("%s: scores %.3f at most; want %v", c.name, best, c.least)
		}
	}
}

func TestWorseScoresHigher(t *testing.T) {
	t.Parallel()
	m := train(t, nil, smooth(random(1)))
	last := 0.0
	for size := 10.0; size < 1e10; size *= 10 {
		value := smooth(random(4))
		v := judge(m, 501, func(i int) float64 {
			if i == 500 {
				return size
			}
			return value(3, i) / 20
		})[500]
		if v.Score <= last {
			t.Errorf("a spike of %v scores %v, one of a tenth %v", size, v.Score, last)
		}
		last = v.Score
	}
}

func TestContributionsNameWhatIsOdd(t *testing.T) {
	t.Parallel()
	m := train(t, nil, smooth(random(1)))
	value := smooth(random(5))
	v := judge(m, 601, func(i int) float64 {
		if i >= 595 {
			return 20 + 1.1*float64(i%2*2-1)
		}
		return value(3, i)
	})[600]
	level, change := v.Contributions[0], v.Contributions[1]
	if change <= level {
		t.Errorf("a zigzag scores %v by level %v, change %v; want it by change", v.Score, level, change)
	}
}

func TestMemoryIsBoundedByRows(t *testing.T) {
	t.Parallel()
	m := train(t, map[string]float64{"rows": 1000}, smooth(random(1)))
	if got := m.Info().Trained.Rows; got != 20_000 {
		t.Errorf("trained on %d rows; want the number given, not the number kept", got)
	}
}
