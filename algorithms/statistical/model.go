package statistical

import (
	"math"

	"eddy/algorithms"
)

// Model scores any number of series; it holds nothing but settings and what follows from them.
type Model struct {
	algorithms.Settings

	rate  float64 // share of a new sample in level and variance
	ready float64 // samples before the first verdict
	adopt float64 // abnormal samples before a new level is accepted
	scale float64 // of the tail
	half  float64 // decades of rarity that score 0.5
}

var _ algorithms.Model = (*Model)(nil)

// newModel builds a model from values in the order of the parameter space.
func newModel(values []float64) (*Model, error) {
	settings, err := algorithms.NewSettings(Name, Version, values, algorithms.Info{Contributors: []string{"zscore", "mad", "iqr"}})
	if err != nil {
		return nil, err
	}
	return &Model{
		Settings: settings,
		rate:     1 - math.Exp2(-1/values[paramHalfLife]),
		ready:    values[paramWarmup],
		adopt:    values[paramAdopt],
		scale:    lightness / values[paramSensitivity],
		half:     algorithms.Rarity(0.5),
	}, nil
}

// StateLen is 21 words, 168 bytes a series.
func (m *Model) StateLen() int { return stateLen }
