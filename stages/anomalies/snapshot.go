package anomalies

import (
	"encoding/json"
	"io"
	"math"

	"eddy/schema"
	"eddy/stages"
	"eddy/stages/internal/intern"
	"eddy/stages/internal/snap"
)

// Snapshot writes the state; equal states write equal bytes.
func (p *Processor) Snapshot(out io.Writer) error {
	if p.broken != nil {
		return p.broken
	}
	policy, err := json.Marshal(p.plan.Policy)
	if err != nil {
		return err
	}
	w := snap.NewWriter(out)
	w.Uvarint(uint64(p.partition))
	w.Bytes(policy)
	w.Uvarint(uint64(len(p.order)))
	for _, t := range p.order {
		w.String(t.name)
		w.Uvarint(uint64(len(t.watches)))
		for _, ref := range t.refs() {
			w.Uvarint(uint64(ref))
			t.watches[ref].save(w)
		}
	}
	return w.Flush()
}

func (x *watch) save(w *snap.Writer) {
	w.Bytes(x.labels)
	w.Byte(byte(x.kind))
	w.Uvarint(uint64(x.detector))
	w.Varint(x.last)
	x.metric.save(w)
	x.silence.save(w)
}

func (e *episode) save(w *snap.Writer) {
	w.Bool(e.open)
	w.Uvarint(uint64(e.streak))
	w.Uvarint(uint64(e.normal))
	w.Varint(e.started)
	w.Varint(e.said)
	w.Uvarint(uint64(e.events))
	w.Byte(byte(e.because))
	w.Byte(byte(e.highest.Rank()))
	r := &e.worst
	w.Byte(byte(r.Flags))
	w.Varint(r.Timestamp)
	for _, v := range [...]float64{r.Value, r.Expected, r.Lower, r.Upper, r.Score} {
		w.F64(v)
	}
	for _, v := range r.Contributions {
		w.F32(v)
	}
}

const maxPolicy = 1 << 20 // bytes of a policy's JSON: it came in one message

// Restore reads what Snapshot of the same partition wrote into a fresh processor.
func (p *Processor) Restore(in io.Reader) error {
	r := snap.NewReader(in)
	if got := r.Uvarint(); got != uint64(p.partition) {
		r.Fail("of partition %d, not %d", got, p.partition)
	}
	var policy schema.Policy
	if data := r.Bytes(nil, maxPolicy); r.Err() == nil {
		if err := json.Unmarshal(data, &policy); err != nil {
			r.Fail("policy: %v", err)
		} else if p.plan, err = stages.NewPlan(policy, p.catalogue); err != nil {
			return err
		}
	}
	for n := r.Count(math.MaxInt32); n > 0 && r.Err() == nil; n-- {
		name := r.String(64)
		if r.Err() == nil && (!schema.ValidTenant(name) || p.tenants[name] != nil) {
			r.Fail("tenant %q", name)
		}
		if r.Err() == nil {
			p.loadTenant(r, p.tenant(name))
		}
	}
	return r.End()
}

func (p *Processor) loadTenant(r *snap.Reader, t *tenant) {
	for n := r.Count(math.MaxInt32); n > 0 && r.Err() == nil; n-- {
		ref := uint32(r.Count(math.MaxUint32))
		w := &watch{labels: r.Bytes(nil, intern.MaxKey), kind: schema.SeriesKind(r.Byte())}
		w.detector = r.Count(math.MaxInt32)
		w.last = r.Varint()
		w.metric.load(r)
		w.silence.load(r)
		if r.Err() == nil && (t.watches[ref] != nil || !p.inForce(w.detector)) {
			r.Fail("watch %d of tenant %s", ref, t.name)
		}
		t.watches[ref] = w
	}
}

func (e *episode) load(r *snap.Reader) {
	e.open = r.Bool()
	e.streak, e.normal = r.Count(math.MaxInt32), r.Count(math.MaxInt32)
	e.started, e.said = r.Varint(), r.Varint()
	e.events = r.Count(math.MaxInt32)
	e.because = schema.RowFlag(r.Byte())
	severities := [...]schema.Severity{"", schema.SeverityInfo, schema.SeverityWarning, schema.SeverityCritical}
	rank := r.Byte()
	if int(rank) >= len(severities) || e.open && rank == 0 {
		r.Fail("severity %d", rank)
		return
	}
	e.highest = severities[rank]
	w := &e.worst
	w.Flags, w.Timestamp = schema.RowFlag(r.Byte()), r.Varint()
	for _, v := range [...]*float64{&w.Value, &w.Expected, &w.Lower, &w.Upper, &w.Score} {
		*v = r.F64()
	}
	for i := range w.Contributions {
		w.Contributions[i] = r.F32()
	}
}
