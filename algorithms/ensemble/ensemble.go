package ensemble

import (
	"context"
	"fmt"

	"eddy/algorithms"
	"eddy/algorithms/seasonal"
	"eddy/algorithms/shape"
	"eddy/algorithms/statistical"
)

// Name is what configuration calls the algorithm; Version changes whenever equal input may give different output, so
// also with each member's.
const (
	Name    = "ensemble"
	Version = "1-" + statistical.Version + "." + seasonal.Version + "." + shape.Version
)

// The parameters, in the order of the space.
const (
	paramWarmup = iota
	paramSensitivity
)

// Algorithm makes models; the zero value is ready to use.
type Algorithm struct{}

var _ algorithms.Algorithm = Algorithm{}

// Name returns "ensemble".
func (Algorithm) Name() string { return Name }

// Parameters returns the space.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		paramWarmup: {
			Name: "warmup", Default: 32, Min: 20, Max: 10000, Integer: true, Log: true,
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
	values, err := algorithms.Resolve(a.Parameters(), params)
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

// The members, in the order of their states and of the contributions.
const (
	memberStatistical = iota
	memberSeasonal
	memberShape
	members
)

// Model scores any number of series with the members' models. They are fields and no list of interfaces, so that the
// verdicts they fill stay on the stack.
type Model struct {
	algorithms.Settings

	statistical *statistical.Model
	seasonal    *seasonal.Model
	shape       *shape.Model
	from        [members + 1]int // where each member's words begin; the last is where the own ones do
}

var _ algorithms.Model = (*Model)(nil)

func newModel(values []float64) (*Model, error) {
	params := map[string]float64{"warmup": values[paramWarmup], "sensitivity": values[paramSensitivity]}
	settings, err := algorithms.NewSettings(Name, Version, values, algorithms.Info{Contributors: []string{"statistical", "seasonal", "shape"}, Shape: true})
	if err != nil {
		return nil, err
	}
	m := &Model{Settings: settings}
	if m.statistical, err = statistical.New(params); err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	if m.seasonal, err = seasonal.New(params); err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	if m.shape, err = shape.New(params); err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	for i, words := range [members]int{m.statistical.StateLen(), m.seasonal.StateLen(), m.shape.StateLen()} {
		m.from[i+1] = m.from[i] + words
	}
	return m, nil
}

// StateLen is 237 words, 1896 bytes a series.
func (m *Model) StateLen() int { return m.from[members] + ownLen }
