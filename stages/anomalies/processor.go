package anomalies

import (
	"errors"
	"fmt"
	"slices"

	"eddy/schema"
	"eddy/stages"
	"eddy/stream"
)

// ErrRecord wraps every refusal of a record's bytes.
var ErrRecord = errors.New("anomalies: malformed record")

// Processor is the anomalies stage of one partition: a stream.Processor and stream.Snapshotter. Each emission is an
// event of its own.
type Processor struct {
	partition int
	catalogue stages.Catalogue
	plan      *stages.Plan
	broken    error // why there is no plan

	tenants map[string]*tenant
	order   []*tenant // in the order of their first record

	metrics *counters
	out     *stream.Output // during Process
	root    uint64
}

// tenant is what a partition follows of one tenant: few series at any time.
type tenant struct {
	name    string
	watches map[uint32]*watch
}

// watch is one watched series.
type watch struct {
	labels   schema.Labels
	kind     schema.SeriesKind
	detector int   // index into the plan
	last     int64 // timestamp of the newest row
	metric   episode
	silence  episode
}

var (
	_ stream.Processor   = (*Processor)(nil)
	_ stream.Snapshotter = (*Processor)(nil)
)

// New returns a partition's processor in its initial state, with the default policy in force. The catalogue tells what
// models are called; when it lacks what the policy needs, every Process returns the reason.
func New(partition int, catalogue stages.Catalogue) *Processor {
	p := &Processor{partition: partition, catalogue: catalogue, tenants: map[string]*tenant{}}
	p.plan, p.broken = stages.NewPlan(schema.DefaultPolicy(), catalogue)
	return p
}

// Process turns a ScoreBlock, or a control record, into the events it causes. It returns an error, and leaves the state
// as it was, for a record that is neither and for a policy that cannot be put in force.
func (p *Processor) Process(rec *stream.Record, out *stream.Output) error {
	if p.broken != nil {
		return p.broken
	}
	p.out, p.root = out, rec.Root
	defer func() { p.out = nil }()
	if rec.Kind == schema.EntryControl {
		return p.command(rec)
	}
	if err := schema.CheckTenant(rec.Tenant); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	v, err := schema.ParseScores(rec.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	for w := range v.Watches {
		if !p.inForce(int(w.Detector)) {
			return fmt.Errorf("%w: detector %d is not in force", ErrRecord, w.Detector)
		}
	}
	t := p.tenant(rec.Tenant)
	for w := range v.Watches {
		p.introduce(t, w)
	}
	for i := range v.Rows() {
		var r schema.ScoreRow
		v.Row(i, &r)
		p.row(t, &r)
	}
	return nil
}

// inForce tells whether the plan has a detector of that index that scores.
func (p *Processor) inForce(detector int) bool {
	return detector < len(p.plan.Detectors) && p.plan.Detectors[detector].Model != nil
}

// introduce begins a watch. One that makes a reference mean something else ends the episodes of what it meant.
func (p *Processor) introduce(t *tenant, x schema.Watch) {
	if w := t.watches[x.Ref]; w != nil {
		if w.kind == x.Kind && w.detector == int(x.Detector) && string(w.labels) == string(x.Labels) {
			return
		}
		p.close(t, w, w.last)
	}
	t.watches[x.Ref] = &watch{labels: slices.Clone(x.Labels), kind: x.Kind, detector: int(x.Detector)}
}

// row digests a row; one of a series that is not watched is passed over.
func (p *Processor) row(t *tenant, r *schema.ScoreRow) {
	w := t.watches[r.Ref]
	if w == nil {
		return
	}
	w.last = r.Timestamp
	d := &p.plan.Detectors[w.detector]
	switch {
	case r.Flags&schema.RowEnded != 0:
		p.close(t, w, r.Timestamp)
	case r.Flags&schema.RowSilence != 0:
		p.tell(t, w, schema.CauseSilence, w.silence.begin(d, r), r.Timestamp)
	default:
		p.tell(t, w, schema.CauseSilence, w.silence.end(r.Timestamp), r.Timestamp)
		p.tell(t, w, schema.CauseMetric, w.metric.step(d, r), r.Timestamp)
	}
	if r.Flags&schema.RowLast != 0 {
		p.close(t, w, r.Timestamp)
		delete(t.watches, r.Ref)
	}
}

// close resolves what is open.
func (p *Processor) close(t *tenant, w *watch, timestamp int64) {
	p.tell(t, w, schema.CauseSilence, w.silence.end(timestamp), timestamp)
	p.tell(t, w, schema.CauseMetric, w.metric.end(timestamp), timestamp)
}

// tell emits the event an episode has just caused, if any. The kind says which: of silence, or of the metric.
func (p *Processor) tell(t *tenant, w *watch, kind schema.Cause, eventType string, timestamp int64) {
	if eventType == "" {
		return
	}
	o := occasion{
		eventType: eventType, timestamp: timestamp, tenant: t.name, partition: p.partition, root: p.root,
		digest: p.plan.Digest, detector: &p.plan.Detectors[w.detector], kind: w.kind, labels: w.labels,
		episode: &w.metric, silent: kind == schema.CauseSilence,
	}
	if o.silent {
		o.episode = &w.silence
	}
	o.cause = o.episode.cause(kind)
	p.out.Emit(schema.AnomalySubject(t.name, o.episode.highest, p.partition), schema.EntryData, o.encode())
	p.count(eventType, o.episode.highest, o.cause)
}

// command digests a control record. Under a new policy watches stay with the detector of the same name; what belongs
// to one that is gone is resolved, as the scoring stage lets go of it too.
func (p *Processor) command(rec *stream.Record) error {
	c, err := schema.ParseControl(rec.Data)
	if err != nil || c.Type != schema.ControlPolicy || rec.Tenant != schema.ControlTenant {
		return err
	}
	plan, err := stages.NewPlan(*c.Policy, p.catalogue)
	if err != nil {
		return err
	}
	if plan.Digest == p.plan.Digest {
		return nil
	}
	for _, t := range p.order {
		for _, ref := range t.refs() {
			w := t.watches[ref]
			if to := plan.Named(p.plan.Detectors[w.detector].Name); to >= 0 {
				w.detector = to
				continue
			}
			p.close(t, w, w.last)
			delete(t.watches, ref)
		}
	}
	p.plan = plan
	return nil
}

func (p *Processor) tenant(name string) *tenant {
	t := p.tenants[name]
	if t == nil {
		t = &tenant{name: name, watches: map[uint32]*watch{}}
		p.tenants[name] = t
		p.order = append(p.order, t)
	}
	return t
}

// refs lists the watched references in order.
func (t *tenant) refs() []uint32 {
	refs := make([]uint32, 0, len(t.watches))
	for ref := range t.watches {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	return refs
}
