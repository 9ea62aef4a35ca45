package seasonal

import (
	"context"
	"fmt"

	"eddy/algorithms"
)

// Name is what configuration calls the algorithm; Version changes whenever equal input may give different output.
const (
	Name    = "seasonal"
	Version = "1"
)

// The parameters, in the order of the space.
const (
	paramWarmup = iota
	paramSensitivity
)

// Algorithm makes models; the zero value is ready to use.
type Algorithm struct{}

var _ algorithms.Algorithm = Algorithm{}

// Name returns "seasonal".
func (Algorithm) Name() string { return Name }

// Parameters returns the space.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		paramWarmup: {
			Name: "warmup", Default: 32, Min: 16, Max: 10000, Integer: true, Log: true,
			Help: "samples to learn from before the first verdict",
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

// Model scores any number of series; it holds nothing but settings.
type Model struct {
	algorithms.Settings

	ready float64 // samples before the first verdict
	unit  float64 // mean absolute residuals that are one decade of rarity
}

var _ algorithms.Model = (*Model)(nil)

func newModel(values []float64) (*Model, error) {
	settings, err := algorithms.NewSettings(Name, Version, values, algorithms.Info{Contributors: []string{"season", "level"}})
	if err != nil {
		return nil, err
	}
	return &Model{
		Settings: settings,
		ready:    values[paramWarmup],
		unit:     deviations / values[paramSensitivity],
	}, nil
}

// StateLen is 60 words, 480 bytes a series.
func (m *Model) StateLen() int { return stateLen }
