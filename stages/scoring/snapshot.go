package scoring

import (
	"encoding/json"
	"io"
	"math"

	"eddy/schema"
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
		p.saveTenant(w, t)
	}
	return w.Flush()
}

func (p *Processor) saveTenant(w *snap.Writer, t *tenant) {
	w.String(t.name)
	w.Uvarint(uint64(t.known))
	for ref, s := range t.series.All {
		if !s.is(stateLive) {
			continue
		}
		w.Uvarint(uint64(ref))
		w.Bytes(t.labels.Get(s.labels))
		w.Byte(byte(s.kind))
		w.Byte(byte(s.state))
		w.Uvarint(uint64(s.calm))
		w.Varint(int64(s.detector))
		if s.is(stateToggle) {
			t.toggles.Touch(ref).save(w)
		}
		if s.detector != unscored {
			for _, word := range t.banks[p.models[s.detector]].state(s.slot) {
				w.F64(word)
			}
		}
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
		} else if err := p.enforce(policy); err != nil {
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
	next := uint32(0)
	for n := r.Count(maxRef); n > 0; n-- {
		ref := uint32(r.Count(maxRef - 1))
		labels := r.Bytes(nil, intern.MaxKey)
		kind, flags := schema.SeriesKind(r.Byte()), state(r.Byte())
		calm, detector := r.Count(math.MaxUint32), r.Varint()
		valid := detector == unscored || detector >= 0 && detector < int64(len(p.models)) && p.models[detector] >= 0
		if !valid || ref < next || flags&stateLive == 0 {
			r.Fail("series %d of tenant %s", ref, t.name)
		}
		if r.Err() != nil {
			return
		}
		next = ref + 1
		s := t.series.Touch(ref)
		*s = series{labels: t.labels.Put(labels), kind: kind, state: flags, calm: uint32(calm), detector: int32(detector)}
		t.known++
		if s.is(stateToggle) {
			t.toggles.Touch(ref).load(r)
		}
		p.house(t, s)
		if s.detector != unscored {
			words := t.banks[p.models[s.detector]].state(s.slot)
			for i := range words {
				words[i] = r.F64()
			}
		}
	}
}
