package statistical

import (
	"context"
	"fmt"

	"eddy/algorithms"
)

// Name is what configuration calls the algorithm; Version changes whenever equal input may give different output.
const (
	Name    = "statistical"
	Version = "1"
)

// The parameters, in the order of the space.
const (
	paramHalfLife = iota
	paramWarmup
	paramAdopt
	paramSensitivity
)

// Algorithm makes models; the zero value is ready to use.
type Algorithm struct{}

var _ algorithms.Algorithm = Algorithm{}

// Name returns "statistical".
func (Algorithm) Name() string { return Name }

// Parameters returns the space: four settings that a person can reason about; everything else is learned per series.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		paramHalfLife: {
			Name: "half_life", Default: 60, Min: 8, Max: 100000, Log: true,
			Help: "samples after which a value has lost half its weight in level and spread",
		},
		paramWarmup: {
			Name: "warmup", Default: 32, Min: buffered, Max: 10000, Integer: true, Log: true,
			Help: "samples to learn from before the first verdict",
		},
		paramAdopt: {
			Name: "adopt", Default: 120, Min: 8, Max: 100000, Integer: true, Log: true,
			Help: "abnormal samples in a row after which a new level counts as normal",
		},
		paramSensitivity: {
			Name: "sensitivity", Default: 1, Min: 0.1, Max: 10, Log: true,
			Help: "factor on every deviation: 2 reports deviations half as large, 0.5 only those twice as large",
		},
	}
}

// Train returns a model of the given parameters. The algorithm learns online, so data may be nil and is not read.
func (a Algorithm) Train(_ context.Context, params map[string]float64, _ algorithms.Dataset) (algorithms.Model, error) {
	m, err := New(params)
	if err != nil { // not m, which would be a model that is none
		return nil, err
	}
	return m, nil
}

// New is Train for those who want the model's own type.
func New(params map[string]float64) (*Model, error) {
	values, err := algorithms.Resolve(Algorithm{}.Parameters(), params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	return newModel(values)
}

// Load reads what MarshalBinary wrote.
func (a Algorithm) Load(data []byte) (algorithms.Model, error) {
	values, err := algorithms.OpenSettings(a, Version, data)
	if err != nil {
		return nil, err
	}
	return newModel(values)
}
