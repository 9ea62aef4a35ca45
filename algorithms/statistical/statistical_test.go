package statistical_test

import (
	"errors"
	"math"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/statistical"
)

// train returns a model of the given parameters.
func train(t testing.TB, params map[string]float64) algorithms.Model {
	t.Helper()
	m, err := statistical.Algorithm{}.Train(t.Context(), params, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLaws(t *testing.T) { lawtest.Run(t, statistical.Algorithm{}, nil) }

func TestWarmupIsCountedInSamples(t *testing.T) {
	t.Parallel()
	f := func(params map[string]float64, want int) {
		t.Helper()
		m := train(t, params)
		state := make([]float64, m.StateLen())
		var v algorithms.Verdict
		for i := range 200 {
			m.Score(state, &algorithms.Input{Value: float64(i % 3)}, &v)
			if v.Ready {
				if i != want {
					t.Errorf("%v: first verdict on sample %d; want %d", params, i, want)
				}
				return
			}
		}
		t.Errorf("%v: never ready", params)
	}
	f(nil, 32)
	f(map[string]float64{"warmup": 16}, 16)
	f(map[string]float64{"warmup": 150}, 150)
}

func TestInfinityIsFarOutsideAndNotLearned(t *testing.T) {
	t.Parallel()
	m := train(t, nil)
	state := make([]float64, m.StateLen())
	var v algorithms.Verdict
	for _, x := range noise(500) {
		m.Score(state, &algorithms.Input{Value: x}, &v)
	}
	before := append([]float64(nil), state...)
	for _, x := range []float64{math.Inf(1), math.Inf(-1), math.MaxFloat64, -1e200} {
		m.Score(state, &algorithms.Input{Value: x}, &v)
		if !v.Ready || v.Score < 0.99 {
			t.Errorf("%v scores %v, ready %v; want close to 1", x, v.Score, v.Ready)
		}
		for i := range state {
			if state[i] != before[i] {
				t.Fatalf("%v was learned in word %d", x, i)
			}
		}
	}
}

func TestSensitivityScalesTheBand(t *testing.T) {
	t.Parallel()
	width := func(sensitivity float64) float64 {
		m := train(t, map[string]float64{"sensitivity": sensitivity})
		state := make([]float64, m.StateLen())
		var v algorithms.Verdict
		for _, x := range noise(5000) {
			m.Score(state, &algorithms.Input{Value: x}, &v)
		}
		return (v.Upper - v.Lower) / 2 / 5 // in standard deviations of the noise
	}
	f := func(sensitivity, least, most float64) {
		t.Helper()
		if got := width(sensitivity); got < least || got > most {
			t.Errorf("sensitivity %v: the band is %v standard deviations to each side; want %v to %v", sensitivity, got, least, most)
		}
	}
	f(1, 4.9, 6.4) // one in a million is 4.9, if the spread were known exactly
	f(0.5, 9.8, 12.8)
	f(2, 2.4, 3.2)
}

func TestBandOfARateStopsAtZero(t *testing.T) {
	t.Parallel()
	f := func(shift, least, most float64) {
		t.Helper()
		m := train(t, nil)
		state := make([]float64, m.StateLen())
		var v algorithms.Verdict
		r := random(4)
		for range 2000 {
			m.Score(state, &algorithms.Input{Value: r.ExpFloat64() + shift}, &v)
		}
		if v.Lower < least || v.Lower > most {
			t.Errorf("shift %v: lower bound %v; want %v to %v", shift, v.Lower, least, most)
		}
	}
	f(0, 0, 0)
	f(-1, -1e3, -1.001)
}

func TestContributionsNameWhatSawIt(t *testing.T) {
	t.Parallel()
	m := train(t, nil)
	state := make([]float64, m.StateLen())
	var v algorithms.Verdict
	r := random(6)
	for range 3000 { // heavy tails: the quantiles are narrower than the standard deviation
		m.Score(state, &algorithms.Input{Value: r.NormFloat64() / (0.05 + r.Float64())}, &v)
	}
	m.Score(state, &algorithms.Input{Value: 1e4}, &v)
	if z, mad, iqr := v.Contributions[0], v.Contributions[1], v.Contributions[2]; mad <= z || iqr <= z {
		t.Errorf("contributions zscore %v, mad %v, iqr %v; want the last two larger", z, mad, iqr)
	}
}

// Bytes that are whole and ours, but hold what Train would have refused.
func TestLoadChecksTheParametersItReads(t *testing.T) {
	t.Parallel()
	f := func(want error, values ...float64) {
		t.Helper()
		sealed, err := algorithms.Seal(statistical.Name, statistical.Version, algorithms.AppendValues(nil, values))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (statistical.Algorithm{}).Load(sealed); !errors.Is(err, want) {
			t.Errorf("Load of %v: %v; want %v", values, err, want)
		}
	}
	f(nil, 60, 32, 120, 1)
	f(algorithms.ErrModel, 0, 32, 120, 1)
	f(algorithms.ErrModel, 60, 32.5, 120, 1)
	f(algorithms.ErrModel, 60, 32, 120, math.NaN())
	f(algorithms.ErrModel, 60, 32, 120)
	f(algorithms.ErrModel, 60, 32, 120, 1, 1)
}
