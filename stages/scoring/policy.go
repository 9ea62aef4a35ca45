package scoring

import (
	"eddy/schema"
	"eddy/stages"
)

// enforce puts a policy into force: every series gets its detector anew, and keeps its state where the model is the
// same. An error leaves the old one in force. It is the one thing here that takes time with the number of series.
func (p *Processor) enforce(policy schema.Policy) error {
	plan, err := stages.NewPlan(policy, p.catalogue)
	if err != nil {
		return err
	}
	if p.plan != nil && plan.Digest == p.plan.Digest {
		return nil
	}
	old, oldModels := p.plan, p.models
	p.plan = plan
	p.models, p.distinct = index(plan)
	for _, t := range p.order {
		oldBanks := t.banks
		t.banks = p.inherit(oldBanks)
		for _, s := range t.series.All {
			if s.is(stateLive) {
				p.move(t, s, old, oldModels, oldBanks)
			}
		}
	}
	return nil
}

// inherit takes over the banks whose models are still in force.
func (p *Processor) inherit(old []*bank) []*bank {
	banks := make([]*bank, len(p.distinct))
	for m, d := range p.distinct {
		for _, b := range old {
			if b != nil && stages.SameModel(b.model.ModelInfo, d.ModelInfo) {
				b.model = d
				banks[m] = b
			}
		}
	}
	return banks
}

// move gives a series its detector under the new plan.
func (p *Processor) move(t *tenant, s *series, old *stages.Plan, oldModels []int, oldBanks []*bank) {
	var was *bank
	name := ""
	if s.detector != unscored {
		was = oldBanks[oldModels[s.detector]]
		name = old.Detectors[s.detector].Name
	}
	s.detector = int32(p.plan.Select(t.labels.Get(s.labels)))
	var is *bank
	if s.detector != unscored {
		is = p.bank(t, p.models[s.detector])
	}
	if was != is {
		if was != nil {
			was.give(s.slot)
		}
		if is != nil {
			s.slot = is.take()
		}
	}
	p.follow(s, name)
}

// follow decides what becomes of a watch. Downstream hears of the new policy too and by itself drops what belongs to
// a detector that is no more, so only what changed hands needs saying.
func (p *Processor) follow(s *series, detector string) {
	switch {
	case !s.is(stateWatched):
	case s.is(stateMoved): // not yet said what it is since the last time
	case p.plan.Named(detector) < 0:
		s.clear(stateWatched | stateMoved)
		s.calm = 0
	case s.detector == unscored || p.plan.Detectors[s.detector].Name != detector:
		s.set(stateMoved)
	}
}
