package lstm_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/lstm"
)

func TestLaws(t *testing.T) { lawtest.Run(t, lstm.Algorithm{}, lawtest.History) }

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

// wave is a sine with noise, of another size, phase and speed for each series.
func wave(r *rand.Rand) func(series, i int) float64 {
	return func(series, i int) float64 {
		size := math.Pow(10, float64(series%7)-3)
		speed := 4 + float64(series%5)
		return size * (20 + 5*math.Sin(float64(i+37*series)/speed) + 0.1*r.NormFloat64())
	}
}

func train(t testing.TB, params map[string]float64, value func(series, i int) float64) algorithms.Model {
	t.Helper()
	m, err := lstm.Algorithm{}.Train(t.Context(), params, &fleet{series: 20, samples: 1000, value: value})
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

func TestForecastsBeatTheLastValue(t *testing.T) {
	t.Parallel()
	m := train(t, nil, wave(random(1)))
	value := wave(random(2))
	last, ours, naive := 0.0, 0.0, 0.0
	state := make([]float64, m.StateLen())
	var v algorithms.Verdict
	for i := range 1000 {
		x := value(3, i)
		m.Score(state, &algorithms.Input{Value: x}, &v)
		if i >= 100 {
			ours += math.Abs(x - v.Expected)
			naive += math.Abs(x - last)
		}
		last = x
	}
	if ours > naive/2 {
		t.Errorf("forecasts are off by %.3f a sample, the last value by %.3f; want at most half", ours/900, naive/900)
	}
}

func TestNormalSeriesStayQuiet(t *testing.T) {
	t.Parallel()
	m := train(t, nil, wave(random(1)))
	value := wave(random(2))
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

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	m := train(t, nil, wave(random(1)))
	const at = 700
	for _, c := range []struct {
		name string
		odd  func(i int, x float64) float64
	}{
		{"spike", func(_ int, x float64) float64 { return x + 10 }},
		{"outage", func(int, float64) float64 { return 0 }},
		{"value of the opposite phase, inside the usual range", func(_ int, x float64) float64 { return 40 - x }},
	} {
		value := wave(random(3))
		v := judge(m, at+1, func(i int) float64 {
			x := value(3, i)
			if i == at {
				x = c.odd(i, x)
			}
			return x
		})[at]
		if v.Score < 0.5 {
			t.Errorf("%s: %+v; want a score of a half", c.name, v)
		}
	}
}

func TestGapForgetsTheForecast(t *testing.T) {
	t.Parallel()
	m := train(t, nil, wave(random(1)))
	value := wave(random(4))
	state := make([]float64, m.StateLen())
	var v algorithms.Verdict
	for i := range 700 {
		m.Score(state, &algorithms.Input{Value: value(3, i)}, &v)
	}
	opposite := 40 - value(3, 700)
	var at, after algorithms.Verdict
	m.Score(append([]float64(nil), state...), &algorithms.Input{Value: opposite}, &at)
	m.Score(append([]float64(nil), state...), &algorithms.Input{Value: opposite, Gap: true}, &after)
	if at.Score < 0.5 || after.Score >= 0.5 {
		t.Errorf("the opposite phase scores %v at once and %v after a gap; want it abnormal at once only", at.Score, after.Score)
	}
}

func TestDivergedTrainingIsNoModel(t *testing.T) {
	t.Parallel()
	// Nothing short of broken arithmetic makes weights that large; what Load refuses stands in for it.
	m := train(t, map[string]float64{"epochs": 1, "hidden": 8}, wave(random(1)))
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	payload, info, err := algorithms.OpenTrained(lstm.Name, lstm.Version, b)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), payload...)
	copy(bad[len(bad)-4:], []byte{0, 0, 0x80, 0x7f}) // infinity
	sealed, err := algorithms.SealTrained(info, bad)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (lstm.Algorithm{}).Load(sealed); !errors.Is(err, algorithms.ErrModel) {
		t.Errorf("a net with an infinite weight loads: %v", err)
	}
}
