package scoring

import (
	"math"

	"eddy/schema"
	"eddy/stages"
)

// rows judges all rows of a block.
func (p *Processor) rows(t *tenant, v *schema.FeatureView) {
	n := v.Rows()
	for i := range n {
		s := t.series.Get(v.Ref(i))
		if s == nil || !s.is(stateLive) {
			p.strangers++
			continue
		}
		p.left = n - i
		flags := v.Flags(i)
		if flags&(schema.RowSilence|schema.RowEnded|schema.RowFresh) != 0 || s.is(stateMoved) {
			p.special(t, v, i, s, flags)
		} else if s.detector != unscored {
			p.judge(t, v, i, s, flags)
		}
	}
}

// judge scores a row that holds a new value.
func (p *Processor) judge(t *tenant, v *schema.FeatureView, i int, s *series, flags schema.RowFlag) {
	d := &p.plan.Detectors[s.detector]
	p.input.Timestamp, p.input.Value = v.Timestamp(i), v.Value(i)
	p.input.Gap = flags&schema.RowGap != 0
	v.Features(i, &p.features)
	d.Model.Score(t.banks[p.models[s.detector]].state(s.slot), &p.input, &p.verdict)
	p.scored++
	if flags&schema.RowState != 0 { // the model has learned the row all the same: the next may be a number
		t.toggle(v.Ref(i), s).judge(p.input.Value, &p.verdict)
	}
	score := p.verdict.Score
	if score > 0 && !counts(d, p.input.Value, p.verdict.Expected) {
		score = 0
	}
	if p.observe != nil {
		p.observed(t, s, d, score)
	}
	abnormal := score >= d.Info
	if !abnormal && !s.is(stateWatched) {
		return
	}
	if !p.watch(t, v.Ref(i), s) {
		return
	}
	if abnormal {
		s.calm = 0
	} else if s.calm++; s.calm >= patience(d) {
		flags |= schema.RowLast
		s.clear(stateWatched)
		s.calm = 0
	}
	if p.features[schema.FeatureInterval] >= schema.CoarseInterval {
		flags |= schema.RowCoarse
	}
	row := schema.ScoreRow{
		Ref: v.Ref(i), Flags: flags, Timestamp: p.input.Timestamp, Value: p.input.Value,
		Expected: p.verdict.Expected, Lower: p.verdict.Lower, Upper: p.verdict.Upper, Score: score,
	}
	if score > 0 {
		row.Contributions = p.verdict.Contributions
	}
	p.block.AddRow(&row)
}

// counts tells whether a deviation is one the detector asks about.
func counts(d *stages.Detector, value, expected float64) bool {
	switch {
	case math.Abs(value-expected) < d.MinDeviation:
		return false
	case d.Direction == schema.DirectionUp:
		return value > expected
	case d.Direction == schema.DirectionDown:
		return value < expected
	}
	return true
}

// patience is how many normal rows end a watch: enough for downstream to have resolved what it opened.
func patience(d *stages.Detector) uint32 { return uint32(max(32, 2*d.ResolveAfter)) }

// special deals with rows that say more than a value, and with series that changed hands.
func (p *Processor) special(t *tenant, v *schema.FeatureView, i int, s *series, flags schema.RowFlag) {
	if flags&schema.RowFresh != 0 {
		s.clear(stateToggle)
	}
	if flags&schema.RowFresh != 0 && s.detector != unscored {
		clear(t.banks[p.models[s.detector]].state(s.slot))
	}
	over := flags&schema.RowEnded != 0
	if s.is(stateWatched) && s.is(stateMoved) && (s.detector == unscored || !p.introduce(t, v.Ref(i), s)) {
		over = true // nobody is to watch it any more
	}
	switch {
	case over:
		p.end(v, i, s, flags)
		if flags&schema.RowEnded != 0 {
			return
		}
		if s.detector != unscored {
			p.judge(t, v, i, s, flags)
		}
	case s.detector == unscored:
	case flags&schema.RowSilence != 0:
		p.silence(t, v, i, s, flags)
	default:
		p.judge(t, v, i, s, flags)
	}
}

// end ends a watch.
func (p *Processor) end(v *schema.FeatureView, i int, s *series, flags schema.RowFlag) {
	if !s.is(stateWatched) {
		return
	}
	s.clear(stateWatched | stateMoved)
	s.calm = 0
	value := v.Value(i)
	p.block.AddRow(&schema.ScoreRow{
		Ref: v.Ref(i), Flags: flags | schema.RowEnded | schema.RowLast, Timestamp: v.Timestamp(i),
		Value: value, Expected: value, Lower: value, Upper: value,
	})
}

// silence reports a series that stopped, to who wants to know. There is no new value, so nothing is learned.
func (p *Processor) silence(t *tenant, v *schema.FeatureView, i int, s *series, flags schema.RowFlag) {
	if !p.plan.Detectors[s.detector].ReportsSilence() || !p.watch(t, v.Ref(i), s) {
		return
	}
	s.calm = 0
	value := v.Value(i)
	p.block.AddRow(&schema.ScoreRow{
		Ref: v.Ref(i), Flags: flags, Timestamp: v.Timestamp(i),
		Value: value, Expected: value, Lower: value, Upper: value, Score: 1,
	})
}

// watch makes sure a series is watched. It returns false when the block has no room for its labels; the next
// abnormal row tries again.
func (p *Processor) watch(t *tenant, ref uint32, s *series) bool {
	return s.is(stateWatched) || p.introduce(t, ref, s)
}

// introduce says downstream what a reference is.
func (p *Processor) introduce(t *tenant, ref uint32, s *series) bool {
	labels := t.labels.Get(s.labels)
	if p.block.Size()+len(labels)+watchBytes+p.left*rowBytes > maxBlock {
		p.crowded++
		return false
	}
	p.block.AddWatch(schema.Watch{Ref: ref, Labels: labels, Kind: s.kind, Detector: uint32(s.detector)})
	s.set(stateWatched)
	s.clear(stateMoved)
	s.calm = 0
	return true
}
