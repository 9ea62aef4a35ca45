package forest

import (
	"fmt"
	"slices"

	"eddy/algorithms"
	"eddy/algorithms/internal/codec"
	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/tail"
)

// Model scores any number of series.
type Model struct {
	info   algorithms.Info
	sealed []byte

	forest      *isolation.Forest
	tails       tails
	follow      profile.Profile
	columns     columns
	ready       float64 // samples before the first verdict
	sensitivity float64
	half        float64 // decades in a series that score 0.5
}

var _ algorithms.Model = (*Model)(nil)

// newModel builds a model from values in the order of the parameter space and what training found.
func newModel(values []float64, grown *isolation.Forest, t tails, trained algorithms.Training) (*Model, error) {
	var payload []byte
	for _, v := range values {
		payload = codec.AppendFloat64(payload, v)
	}
	payload = grown.Append(t.change.Append(t.level.Append(t.shape.Append(payload))))
	m := &Model{
		forest: grown, tails: t, follow: profile.New(values[paramHalfLife]), columns: findColumns(),
		ready: values[paramWarmup], sensitivity: values[paramSensitivity],
		info: algorithms.Info{
			Algorithm: Name, Version: Version, Contributors: contributors(), Features: featureNames(), Trained: trained,
			Shape: true,
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

// StateLen is 19 words, 152 bytes a series.
func (m *Model) StateLen() int { return profile.Words + tail.OwnWords }

// MarshalBinary returns the envelope around parameters, the tails and the forest.
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
	var t tails
	for _, one := range []*tail.Tail{&t.shape, &t.level, &t.change} {
		if *one, err = tail.Read(r); err != nil {
			return nil, fmt.Errorf("%w: %w", algorithms.ErrModel, err)
		}
	}
	grown, err := isolation.Read(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", algorithms.ErrModel, err)
	}
	if !r.Done() || grown.Dimension() != dimension {
		return nil, fmt.Errorf("%w: the forest is of another size than its parameters say", algorithms.ErrModel)
	}
	return newModel(values, grown, t, info.Trained)
}
