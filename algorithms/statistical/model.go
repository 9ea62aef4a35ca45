package statistical

import (
	"math"

	"eddy/algorithms"
)

// Model scores any number of series; it holds nothing but settings and what follows from them.
type Model struct {
	info   algorithms.Info
	sealed []byte

	rate  float64 // share of a new sample in level and variance
	ready float64 // samples before the first verdict
	adopt float64 // abnormal samples before a new level is accepted
	scale float64 // of the tail
	half  float64 // decades of rarity that score 0.5
}

var _ algorithms.Model = (*Model)(nil)

// newModel builds a model from values in the order of the parameter space.
func newModel(values []float64) (*Model, error) {
	sealed, err := algorithms.Seal(Name, Version, algorithms.AppendValues(nil, values))
	if err != nil {
		return nil, err
	}
	return &Model{
		info: algorithms.Info{
			Algorithm: Name, Version: Version, Digest: algorithms.Digest(sealed),
			Contributors: []string{"zscore", "mad", "iqr"},
		},
		sealed: sealed,
		rate:   1 - math.Exp2(-1/values[paramHalfLife]),
		ready:  values[paramWarmup],
		adopt:  values[paramAdopt],
		scale:  lightness / values[paramSensitivity],
		half:   algorithms.Rarity(0.5),
	}, nil
}

// Info names the model. The list of contributors is the caller's to keep, not to change.
func (m *Model) Info() algorithms.Info { return m.info }

// StateLen is 21 words, 168 bytes a series.
func (m *Model) StateLen() int { return stateLen }

// MarshalBinary returns the envelope around the parameters' values, little-endian, in the order of the space.
func (m *Model) MarshalBinary() ([]byte, error) { return append([]byte(nil), m.sealed...), nil }
