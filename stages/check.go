package stages

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"eddy/algorithms"
	"eddy/schema"
)

// The bounds of a policy: every new series is held against each detector, and a detector counts rows while it waits.
const (
	maxDetectors = 1000
	maxRows      = 100_000
)

// Fault is one reason why a policy cannot be put into force.
type Fault struct {
	Detector int    // its index; -1 when it is the policy as a whole
	Name     string // the detector's
	Key      string // what of the detector, as in a configuration: for, parameters.half_life
	Message  string
	// Word is one that is not among the Known; both are empty when the fault is another.
	Word  string
	Known []string
}

// Error names the detector and the key.
func (f Fault) Error() string {
	if f.Detector < 0 {
		return f.Message
	}
	return fmt.Sprintf("detector %d %q: %s: %s", f.Detector, f.Name, f.Key, f.Message)
}

// Check returns every reason why NewPlan refuses a policy; none when it accepts it.
func Check(policy schema.Policy, catalogue Catalogue) []Fault {
	_, faults := plan(policy, catalogue)
	return faults
}

// builder makes a detector and collects what is wrong with it.
type builder struct {
	plan   *Plan
	made   Detector
	index  int
	faults []Fault
}

func (b *builder) fault(key, format string, args ...any) {
	b.faults = append(b.faults, Fault{Detector: b.index, Name: b.made.Name, Key: key, Message: fmt.Sprintf(format, args...)})
}

// unknown is a fault about a word.
func (b *builder) unknown(key, word string, known []string, format string, args ...any) {
	b.fault(key, format, args...)
	f := &b.faults[len(b.faults)-1]
	f.Word, f.Known = word, known
}

// rules checks what needs no algorithm, in words for who wrote it.
func (b *builder) rules() {
	d := &b.made.Detector
	if !schema.ValidTenant(d.Name) { // the same alphabet, for the same reason: both become a token of a subject
		b.fault("name", "%q: use 1 to 64 of A-Z a-z 0-9 _ -", d.Name)
	}
	if slices.ContainsFunc(b.plan.Detectors, func(o Detector) bool { return o.Name == d.Name }) {
		b.fault("name", "%q is the name of an earlier detector", d.Name)
	}
	if d.Match != "" {
		var err error
		if b.made.selector, err = ParseSelector(d.Match); err != nil {
			b.fault("match", "%v", err)
		}
	}
	directions := []string{string(schema.DirectionBoth), string(schema.DirectionUp), string(schema.DirectionDown)}
	if !slices.Contains(directions, string(d.Direction)) {
		b.unknown("direction", string(d.Direction), directions, "%q: must be one of %s", d.Direction, strings.Join(directions, ", "))
	}
	if !(d.MinDeviation >= 0) || math.IsInf(d.MinDeviation, 0) {
		b.fault("min_deviation", "%v: must be 0 or more", d.MinDeviation)
	}
	if d.For != 0 { // 0 leaves it to the series
		b.rows("for", d.For)
	}
	b.rows("resolve_after", d.ResolveAfter)
	if !(0 < d.Info && d.Info <= d.Warning && d.Warning <= d.Critical && d.Critical <= 1) {
		b.fault("info", "severities must satisfy 0 < info (%v) <= warning (%v) <= critical (%v) <= 1", d.Info, d.Warning, d.Critical)
	}
}

func (b *builder) rows(key string, n int) {
	if n < 1 || n > maxRows {
		b.fault(key, "%d: must be 1 to %d", n, maxRows)
	}
}

// model trains the detector's model, or says what of its parameters the algorithm does not take.
func (b *builder) model(catalogue Catalogue) {
	d := &b.made.Detector
	if d.Ignore {
		return // it needs none
	}
	algorithm, ok := catalogue(d.Algorithm)
	if !ok {
		b.unknown("algorithm", d.Algorithm, nil, "%q is not known", d.Algorithm)
		return
	}
	before := len(b.faults)
	b.parameters(algorithm)
	if len(b.faults) > before {
		return
	}
	model, err := algorithm.Train(context.Background(), d.Parameters, nil)
	if errors.Is(err, algorithms.ErrTooLittle) {
		b.fault("algorithm", "%q must be trained on history first, which only eddy backtest does so far: choose one that learns online, as ensemble", d.Algorithm)
		return
	}
	if err != nil {
		b.fault("parameters", "%v", err)
		return
	}
	b.made.Model, b.made.ModelInfo = model, model.Info()
	for i := range b.plan.Detectors {
		if other := &b.plan.Detectors[i]; other.Model != nil && SameModel(other.ModelInfo, b.made.ModelInfo) {
			b.made.Model = other.Model
			break
		}
	}
}

func (b *builder) parameters(algorithm algorithms.Algorithm) {
	space := algorithm.Parameters()
	var known []string
	for _, p := range space {
		known = append(known, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(b.made.Parameters)) {
		key, at := "parameters."+name, slices.Index(known, name)
		if at < 0 {
			b.unknown(key, name, known, "algorithm %q has no such parameter; it knows %s", algorithm.Name(), strings.Join(known, ", "))
		} else if err := space[at].Check(b.made.Parameters[name]); err != nil {
			b.fault(key, "%v (%s)", err, space[at].Help)
		}
	}
}
