package stream

import (
	"io"

	"eddy/schema"
)

// Record is one input of a Processor.
type Record struct {
	// Tenant is the tenant token of the subject: a tenant, or schema.ControlTenant.
	Tenant string
	// Root is the sequence of the samples record this one is, or was derived from. It never falls, and is the only
	// position a processor may look at: sequences of derived streams change when a lost tail is derived again.
	Root uint64
	// Kind tells data from control.
	Kind schema.EntryKind
	// Data is the payload: snappy WriteRequest, FeatureBlock, ScoreBlock, or a control record's JSON. It belongs to the
	// engine; copy what must outlive Process.
	Data []byte
}

// Processor is one partition of a stage: a deterministic function of its log. Same records, same emissions, byte for
// byte, whatever the batch size or the number of restarts. So: no clock, no randomness without a seed from the
// record, no iteration over maps into output, no I/O.
//
// All calls come from one goroutine, one at a time. An error or a panic marks the record as poison: the engine rebuilds
// the state without it, tries once more, then skips it for good and says so in the log.
type Processor interface {
	Process(rec *Record, out *Output) error
}

// Snapshotter is a Processor whose state can be saved; without it every start replays the whole log. Restore(Snapshot())
// must give a processor that continues exactly as the original would, and snapshots of equal states must be equal bytes.
// Restore gets a fresh processor and an error leaves it unusable.
type Snapshotter interface {
	Snapshot(w io.Writer) error
	Restore(r io.Reader) error
}

// Output collects the emissions of one Process call. It belongs to the engine and is only valid during that call.
type Output struct {
	emissions []emission
	arena     []byte
}

type emission struct {
	subject  string
	kind     schema.EntryKind
	from, to int // into arena
}

// Emit adds one emission; data is copied. Stages that write blocks (Stage.Events false) emit at most once per record.
func (o *Output) Emit(subject string, kind schema.EntryKind, data []byte) {
	from := len(o.arena)
	o.arena = append(o.arena, data...)
	o.emissions = append(o.emissions, emission{subject: subject, kind: kind, from: from, to: len(o.arena)})
}

// Len is the number of emissions so far.
func (o *Output) Len() int { return len(o.emissions) }

// At returns emission i. The data is valid until Reset.
func (o *Output) At(i int) (subject string, kind schema.EntryKind, data []byte) {
	e := o.emissions[i]
	return e.subject, e.kind, o.arena[e.from:e.to:e.to]
}

// Reset empties the output and keeps its memory.
func (o *Output) Reset() { o.emissions, o.arena = o.emissions[:0], o.arena[:0] }
