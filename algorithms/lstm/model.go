package lstm

import (
	"fmt"
	"math"
	"slices"

	"eddy/algorithms"
	"eddy/algorithms/internal/codec"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/recurrent"
	"eddy/algorithms/internal/tail"
)

// Model scores any number of series.
type Model struct {
	info   algorithms.Info
	sealed []byte

	net         *recurrent.Net
	tail        tail.Tail // of errors in usual errors
	follow      profile.Profile
	rate        float64 // of the usual error
	ready       float64 // samples before the first verdict
	sensitivity float64
	half        float64 // decades in a series that score 0.5
}

var _ algorithms.Model = (*Model)(nil)

// newModel builds a model from values in the order of the parameter space and what training found.
func newModel(values []float64, net *recurrent.Net, deviations tail.Tail, trained algorithms.Training) (*Model, error) {
	var payload []byte
	for _, v := range values {
		payload = codec.AppendFloat64(payload, v)
	}
	payload = net.Append(deviations.Append(payload))
	m := &Model{
		net: net, tail: deviations, follow: profile.New(values[paramHalfLife]),
		rate:  1 - math.Exp2(-1/values[paramHalfLife]),
		ready: values[paramWarmup], sensitivity: values[paramSensitivity],
		info: algorithms.Info{
			Algorithm: Name, Version: Version, Contributors: []string{"forecast"}, Features: featureNames(), Trained: trained,
		},
	}
	m.half = algorithms.Rarity(0.5) / m.sensitivity
	var err error
	if m.sealed, err = algorithms.SealTrained(m.info, payload); err != nil {
		return nil, err
	}
	m.info.Digest = algorithms.Digest(m.sealed)
	return m, nil
}

// Info names the model. Its lists are the caller's to keep, not to change.
func (m *Model) Info() algorithms.Info { return m.info }

// StateLen is 22 words and one for each hidden unit: 432 bytes a series at 32.
func (m *Model) StateLen() int { return wordMemory + m.net.Hidden() }

// MarshalBinary returns the envelope around parameters, the errors' tail and the weights.
func (m *Model) MarshalBinary() ([]byte, error) { return slices.Clone(m.sealed), nil }

// Load reads what MarshalBinary wrote.
func (a Algorithm) Load(data []byte) (algorithms.Model, error) {
	payload, info, err := algorithms.OpenTrained(Name, Version, data)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(info.Features, featureNames()) {
		return nil, fmt.Errorf("%w: it looks at features %v, this version computes %v", algorithms.ErrModel, info.Features, featureNames())
	}
	r := codec.NewReader(payload)
	values := make([]float64, paramCount)
	for i, p := range a.Parameters() {
		values[i] = r.Float64()
		if err := p.Check(values[i]); err != nil {
			return nil, fmt.Errorf("%w: %w", algorithms.ErrModel, err)
		}
	}
	deviations, err := tail.Read(r)
	net, err2 := recurrent.Read(r)
	for _, err := range []error{err, err2} {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", algorithms.ErrModel, err)
		}
	}
	if !r.Done() || net.Hidden() != int(values[paramHidden]) {
		return nil, fmt.Errorf("%w: the net is of another size than its parameters say", algorithms.ErrModel)
	}
	return newModel(values, net, deviations, info.Trained)
}
