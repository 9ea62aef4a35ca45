package stages

import (
	"errors"
	"fmt"

	"eddy/algorithms"
	"eddy/schema"
)

// Catalogue finds an algorithm by its name.
type Catalogue func(name string) (algorithms.Algorithm, bool)

// ErrPolicy wraps every reason why a policy cannot be put into force.
var ErrPolicy = errors.New("policy")

// Plan is a policy ready for use: selectors parsed, models made. It is a function of the policy alone.
type Plan struct {
	Policy    schema.Policy // as it was given
	Digest    string        // of Policy
	Detectors []Detector    // in the policy's order, unset fields filled
}

// Detector is one detector of a plan.
type Detector struct {
	schema.Detector
	// Model judges; detectors with equal algorithm and parameters share one. It is nil for a detector that ignores.
	Model algorithms.Model
	// ModelInfo is the model's.
	ModelInfo algorithms.Info
	selector  Selector
}

// NewPlan makes the plan of a policy. Every reason against it is in the error, which wraps ErrPolicy; see Check.
func NewPlan(policy schema.Policy, catalogue Catalogue) (*Plan, error) {
	p, faults := plan(policy, catalogue)
	if len(faults) == 0 {
		return p, nil
	}
	reasons := make([]error, len(faults))
	for i, f := range faults {
		reasons[i] = f
	}
	return nil, fmt.Errorf("%w: %w", ErrPolicy, errors.Join(reasons...))
}

func plan(policy schema.Policy, catalogue Catalogue) (*Plan, []Fault) {
	p := &Plan{Policy: policy, Digest: policy.Digest()}
	if n := len(policy.Detectors); n > maxDetectors {
		return nil, []Fault{{Detector: -1, Message: fmt.Sprintf("%d detectors, at most %d can be", n, maxDetectors)}}
	}
	var faults []Fault
	for i, d := range policy.Detectors {
		d.SetDefaults()
		b := builder{plan: p, made: Detector{Detector: d}, index: i}
		b.rules()
		b.model(catalogue)
		p.Detectors = append(p.Detectors, b.made)
		faults = append(faults, b.faults...)
	}
	return p, faults
}

// SameModel tells whether two models judge alike, so that one may go on with states of the other.
func SameModel(a, b algorithms.Info) bool {
	return a.Algorithm == b.Algorithm && a.Version == b.Version && a.Digest == b.Digest
}

// Select returns the index of the detector that scores a series, -1 when none does.
func (p *Plan) Select(l schema.Labels) int {
	i := p.First(l)
	if i >= 0 && p.Detectors[i].Ignore {
		return -1
	}
	return i
}

// First returns the index of the first detector that selects a series, be it to ignore it; -1 when none does.
func (p *Plan) First(l schema.Labels) int {
	for i := range p.Detectors {
		if p.Detectors[i].selector.Matches(l) {
			return i
		}
	}
	return -1
}

// Named returns the index of the detector of that name, -1 when there is none or it ignores.
func (p *Plan) Named(name string) int {
	for i := range p.Detectors {
		if p.Detectors[i].Name == name && !p.Detectors[i].Ignore {
			return i
		}
	}
	return -1
}
