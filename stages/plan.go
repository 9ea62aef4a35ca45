package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

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
	matchers  []*labels.Matcher
}

// maxDetectors bounds a policy: every new series is held against each detector.
const maxDetectors = 1000

// NewPlan makes the plan of a policy. Every reason against it is in the error, which wraps ErrPolicy.
func NewPlan(policy schema.Policy, catalogue Catalogue) (*Plan, error) {
	p := &Plan{Policy: policy, Digest: policy.Digest()}
	if len(policy.Detectors) > maxDetectors {
		return nil, fmt.Errorf("%w: %d detectors, at most %d can be", ErrPolicy, len(policy.Detectors), maxDetectors)
	}
	var faults []error
	for i, d := range policy.Detectors {
		d.SetDefaults()
		made, err := p.detector(d, catalogue)
		if err != nil {
			faults = append(faults, fmt.Errorf("detector %d %q: %w", i, d.Name, err))
		}
		p.Detectors = append(p.Detectors, made)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, errors.Join(faults...))
	}
	return p, nil
}

func (p *Plan) detector(d schema.Detector, catalogue Catalogue) (Detector, error) {
	made := Detector{Detector: d}
	if err := p.check(&d); err != nil {
		return made, err
	}
	if d.Match != "" {
		var err error
		if made.matchers, err = parser.NewParser(parser.Options{}).ParseMetricSelector(d.Match); err != nil {
			return made, fmt.Errorf("match: %w", err)
		}
	}
	if d.Ignore {
		return made, nil
	}
	algorithm, ok := catalogue(d.Algorithm)
	if !ok {
		return made, fmt.Errorf("algorithm %q is not known", d.Algorithm)
	}
	model, err := algorithm.Train(context.Background(), d.Parameters, nil)
	if err != nil {
		return made, err
	}
	made.Model, made.ModelInfo = model, model.Info()
	for i := range p.Detectors {
		if other := &p.Detectors[i]; other.Model != nil && SameModel(other.ModelInfo, made.ModelInfo) {
			made.Model = other.Model
			break
		}
	}
	return made, nil
}

// check refuses what could never work, in words for who wrote it.
func (p *Plan) check(d *schema.Detector) error {
	named := func(o Detector) bool { return o.Name == d.Name }
	switch {
	case !schema.ValidTenant(d.Name): // the same alphabet, for the same reason
		return errors.New("name: use 1 to 64 of A-Z a-z 0-9 _ -")
	case slices.ContainsFunc(p.Detectors, named):
		return errors.New("name: another detector has it")
	case d.For < 1 || d.For > maxRows || d.ResolveAfter < 1 || d.ResolveAfter > maxRows:
		return fmt.Errorf("for, resolve_after: must be 1 to %d", maxRows)
	case !(0 < d.Info && d.Info <= d.Warning && d.Warning <= d.Critical && d.Critical <= 1):
		return errors.New("severities: need 0 < info <= warning <= critical <= 1")
	case !(d.MinDeviation >= 0):
		return errors.New("min_deviation: must not be negative")
	case d.Direction != schema.DirectionBoth && d.Direction != schema.DirectionUp && d.Direction != schema.DirectionDown:
		return fmt.Errorf("direction %q: must be both, up or down", d.Direction)
	}
	return nil
}

// maxRows bounds how many rows a detector may wait.
const maxRows = 100_000

// SameModel tells whether two models judge alike, so that one may go on with states of the other.
func SameModel(a, b algorithms.Info) bool {
	return a.Algorithm == b.Algorithm && a.Version == b.Version && a.Digest == b.Digest
}

// Select returns the index of the detector that scores a series, -1 when none does.
func (p *Plan) Select(l schema.Labels) int {
	for i := range p.Detectors {
		if p.Detectors[i].matches(l) {
			if p.Detectors[i].Ignore {
				return -1
			}
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

func (d *Detector) matches(l schema.Labels) bool {
	for _, m := range d.matchers {
		value := l.Get(m.Name)
		if !m.Matches(unsafe.String(unsafe.SliceData(value), len(value))) { // Matches keeps nothing
			return false
		}
	}
	return true
}
