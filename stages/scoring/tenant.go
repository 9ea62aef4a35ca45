package scoring

import (
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/internal/chunk"
	"eddy/stages/internal/intern"
)

// tenant is what a partition knows of one tenant.
type tenant struct {
	name    string
	subject string
	series  chunk.Sparse[series] // by reference
	toggles chunk.Sparse[toggle] // by reference, of series that have stateToggle
	labels  intern.Arena
	banks   []*bank // by model of the plan; nil until needed
	known   int
}

// series is one series, 40 bytes without pointers.
type series struct {
	labels   intern.Span
	slot     uint32 // in the bank of its detector's model
	detector int32  // index into the plan, unscored when none selects it
	calm     uint32 // normal rows since the last abnormal one, while watched
	kind     schema.SeriesKind
	state    state
}

const unscored = -1

// state is a set of truths about a series.
type state uint8

const (
	stateLive    state = 1 << iota // the reference is in use
	stateWatched                   // downstream follows it
	stateMoved                     // downstream must hear what it is before its next row
	stateToggle                    // it has a toggle
)

func (s *series) is(x state) bool { return s.state&x != 0 }
func (s *series) set(x state)     { s.state |= x }
func (s *series) clear(x state)   { s.state &^= x }

func newTenant(name string, partition int) *tenant {
	return &tenant{name: name, subject: schema.PartitionSubject(schema.KindScores, name, partition)}
}

// bind makes a reference mean a series. A watch on what it meant before stays, and hears of it.
func (p *Processor) bind(t *tenant, x schema.Series) {
	s := t.series.Touch(x.Ref)
	watched := s.is(stateWatched)
	if s.is(stateLive) {
		t.labels.Free(s.labels)
		p.release(t, s)
	} else {
		t.known++
	}
	*s = series{labels: t.labels.Put(x.Labels), kind: x.Kind, state: stateLive}
	if watched {
		s.set(stateWatched | stateMoved)
	}
	s.detector = int32(p.plan.Select(x.Labels))
	p.house(t, s)
}

// toggle returns what is remembered of a series that is a state.
func (t *tenant) toggle(ref uint32, s *series) *toggle {
	x := t.toggles.Touch(ref)
	if !s.is(stateToggle) {
		*x = toggle{}
		s.set(stateToggle)
	}
	return x
}

// house gives a series a zero state in the bank of its detector's model.
func (p *Processor) house(t *tenant, s *series) {
	if s.detector != unscored {
		s.slot = p.bank(t, p.models[s.detector]).take()
	}
}

// release gives a series' state back.
func (p *Processor) release(t *tenant, s *series) {
	if s.detector != unscored {
		t.banks[p.models[s.detector]].give(s.slot)
	}
}

// bank returns a tenant's bank for a model of the plan.
func (p *Processor) bank(t *tenant, model int) *bank {
	for model >= len(t.banks) {
		t.banks = append(t.banks, nil)
	}
	if t.banks[model] == nil {
		d := p.distinct[model]
		t.banks[model] = &bank{model: d, words: d.Model.StateLen()}
	}
	return t.banks[model]
}

// index lists a plan's distinct models: by detector the number of its model, and one detector for each model.
func index(plan *stages.Plan) (models []int, distinct []*stages.Detector) {
	models = make([]int, len(plan.Detectors))
	for i := range plan.Detectors {
		d := &plan.Detectors[i]
		models[i] = -1
		for m, other := range distinct {
			if d.Model != nil && stages.SameModel(d.ModelInfo, other.ModelInfo) {
				models[i] = m
			}
		}
		if d.Model != nil && models[i] < 0 {
			models[i] = len(distinct)
			distinct = append(distinct, d)
		}
	}
	return models, distinct
}
