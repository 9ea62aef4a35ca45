package lawtest

import (
	"fmt"
	"math"
	"testing"

	"eddy/algorithms"
)

// Sane tells what is wrong with a verdict, whatever made it: nil for one that a model may give.
func Sane(v *algorithms.Verdict) error {
	sum, least := 0.0, float32(0)
	for _, c := range v.Contributions {
		sum += float64(c)
		least = min(least, c)
	}
	switch {
	case !finite(v.Expected) || !finite(v.Lower) || !finite(v.Upper):
		return fmt.Errorf("bounds are not finite: %+v", *v)
	case !(v.Lower <= v.Expected && v.Expected <= v.Upper):
		return fmt.Errorf("bounds are out of order: %+v", *v)
	case !(v.Score >= 0 && v.Score <= 1):
		return fmt.Errorf("score is outside [0,1]: %+v", *v)
	case !v.Ready && v.Score > 0:
		return fmt.Errorf("score without being ready: %+v", *v)
	case v.Score == 0 && sum != 0:
		return fmt.Errorf("contributions to nothing: %+v", *v)
	case !(least >= 0) || v.Score > 0 && !(math.Abs(sum-1) <= 1e-5):
		return fmt.Errorf("contributions are no shares: %+v", *v)
	}
	return nil
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

func (l laws) verdictsAreSane(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range streams() {
		checkVerdicts(t, m, s)
	}
}

func checkVerdicts(t *testing.T, m algorithms.Model, s stream) {
	t.Helper()
	contributors := len(m.Info().Contributors)
	state := make([]float64, m.StateLen())
	v := garbage()
	for i := range s.inputs {
		m.Score(state, &s.inputs[i], &v)
		if err := Sane(&v); err != nil {
			t.Fatalf("%s, sample %d = %v: %v", s.name, i, s.inputs[i].Value, err)
		}
		for k := contributors; k < len(v.Contributions); k++ {
			if v.Contributions[k] != 0 {
				t.Fatalf("%s, sample %d: contribution %d has no name", s.name, i, k)
			}
		}
	}
}

// garbage is what a reused verdict holds; Score must leave none of it.
func garbage() algorithms.Verdict {
	nan := math.NaN()
	return algorithms.Verdict{
		Ready: true, Score: 7, Expected: nan, Lower: nan, Upper: nan,
		Contributions: [algorithms.MaxContributors]float32{3, 3, 3, 3},
	}
}

func (l laws) boundsScoreAHalf(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range ordinary() {
		state := make([]float64, m.StateLen())
		for i := range s.inputs {
			v := judge(m, state, s.inputs[i], s.inputs[i].Value)
			if v.Ready {
				checkBounds(t, m, state, s.inputs[i], v, fmt.Sprintf("%s, sample %d", s.name, i))
			}
			m.Score(state, &s.inputs[i], &v)
		}
	}
}

// checkBounds asks what values at, inside and outside of the bounds would have scored.
func checkBounds(t *testing.T, m algorithms.Model, state []float64, in algorithms.Input, v algorithms.Verdict, at string) {
	t.Helper()
	// A band a few floating-point steps wide cannot be hit exactly.
	if v.Upper-v.Lower < 1e-6*math.Abs(v.Upper) {
		return
	}
	const tolerance = 1e-6
	upper, lower := judge(m, state, in, v.Upper).Score, judge(m, state, in, v.Lower).Score
	inside := max(judge(m, state, in, v.Expected).Score, judge(m, state, in, v.Expected+0.98*(v.Upper-v.Expected)).Score)
	outside := judge(m, state, in, v.Upper+0.02*(v.Upper-v.Expected)).Score
	if m.Info().Shape { // what is inside is for more than the value to say, and so is what more a bound scores
		inside, upper, lower = 0, min(upper, 0.5), min(lower, 0.5)
	}
	switch {
	case math.Abs(upper-0.5) > tolerance:
		t.Fatalf("%s: the upper bound %v of %+v scores %v", at, v.Upper, v, upper)
	case lower > 0.5+tolerance || v.Lower != 0 && lower < 0.5-tolerance:
		t.Fatalf("%s: the lower bound %v of %+v scores %v", at, v.Lower, v, lower)
	case inside >= 0.5 || outside <= 0.5:
		t.Fatalf("%s: inside of %+v scores %v, outside %v", at, v, inside, outside)
	}
}

// judge scores a value without learning it.
func judge(m algorithms.Model, state []float64, in algorithms.Input, value float64) (v algorithms.Verdict) {
	in.Value = value
	m.Score(append([]float64(nil), state...), &in, &v)
	return v
}

func (l laws) becomesReady(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range ordinary() {
		state := make([]float64, m.StateLen())
		var v algorithms.Verdict
		ready := 0
		for i := range s.inputs {
			m.Score(state, &s.inputs[i], &v)
			if v.Ready {
				ready++
			}
			if i == 0 && v.Ready {
				t.Errorf("%s: ready without having seen anything", s.name)
			}
		}
		if ready < samples/4 {
			t.Errorf("%s: ready for %d of %d samples", s.name, ready, samples)
		}
	}
}
