package stagetest

import (
	"context"
	"fmt"
	"math"

	"eddy/algorithms"
)

// Catalogue holds one algorithm, under the name of the one default policies ask for.
func Catalogue(name string) (algorithms.Algorithm, bool) { return Algorithm{}, name == "ensemble" }

// Algorithm is an algorithm a test can do in the head: it expects the mean of the last rows, after three, and scores
// half when a value is off by the parameter "width", 5 by default.
type Algorithm struct{}

// Name is that of the default algorithm.
func (Algorithm) Name() string { return "ensemble" }

// Parameters is width.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{{Name: "width", Default: 5, Min: 0, Max: 1000}}
}

// Train needs no data.
func (Algorithm) Train(_ context.Context, params map[string]float64, _ algorithms.Dataset) (algorithms.Model, error) {
	m := model{width: 5}
	for name, v := range params {
		if name != "width" {
			return nil, fmt.Errorf("parameter %q is not known", name)
		}
		m.width = v
	}
	return m, nil
}

// Load refuses everything.
func (Algorithm) Load([]byte) (algorithms.Model, error) { return nil, algorithms.ErrModel }

type model struct{ width float64 }

func (m model) Info() algorithms.Info {
	return algorithms.Info{Algorithm: "statistical", Version: "test", Digest: fmt.Sprint(m.width), Contributors: []string{"distance", "other"}}
}

func (model) StateLen() int                  { return 2 }
func (model) MarshalBinary() ([]byte, error) { return nil, nil }

// Score expects state[1] once it has seen three, state[0].
func (m model) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	*v = algorithms.Verdict{Expected: state[1], Lower: state[1] - m.width, Upper: state[1] + m.width, Ready: state[0] >= 3}
	off := min(math.Abs(in.Value-state[1]), 1e300)
	if v.Ready && off > 0 {
		v.Score = off / (off + m.width)
		v.Contributions = [algorithms.MaxContributors]float32{0.75, 0.25}
	}
	if v.Score < 0.5 {
		state[1] += (in.Value - state[1]) / min(state[0]+1, 8)
	}
	state[0]++
}
