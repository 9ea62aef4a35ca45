package replay

import (
	"errors"
	"fmt"
	"runtime/debug"

	"eddy/schema"
	"eddy/stages"
	"eddy/stages/anomalies"
	"eddy/stages/features"
	"eddy/stages/scoring"
	"eddy/stream"
)

// SkipError says that a record could not be processed by a stage and was left out from there on, as the engine leaves
// out a record that fails twice. The chain goes on with the next one.
type SkipError struct {
	Stage string
	Root  uint64 // the record's sequence in the samples log
	Err   error
}

func (e *SkipError) Error() string {
	return fmt.Sprintf("record %d is skipped by %s: %v", e.Root, e.Stage, e.Err)
}
func (e *SkipError) Unwrap() error { return e.Err }

// ErrBroken is returned after a stage panicked: what it knows can no longer be trusted.
var ErrBroken = errors.New("replay: a stage panicked")

// Chain runs the stages of one partition. It belongs to one goroutine.
type Chain struct {
	links  []*link
	broken bool
}

// link is one stage, how far it had come when the chain was made, and what it emitted for the current record.
type link struct {
	name      string
	processor stream.Processor
	root      uint64
	out       stream.Output
}

// NewChain returns a partition's stages in their initial state.
func NewChain(partition int, catalogue stages.Catalogue) *Chain {
	return &Chain{links: []*link{
		{name: "features", processor: features.New(partition)},
		{name: "scoring", processor: scoring.New(partition, catalogue)},
		{name: "anomalies", processor: anomalies.New(partition, catalogue)},
	}}
}

// Observe calls fn for every row that scoring judges.
func (c *Chain) Observe(fn func(*scoring.Observation)) {
	for _, l := range c.links {
		if p, ok := l.processor.(*scoring.Processor); ok {
			p.Observe(fn)
		}
	}
}

// Process digests one record of the samples log, in the log's order, and calls emit for each event it causes. The data
// is valid during the call. A *SkipError leaves the chain usable.
func (c *Chain) Process(rec *stream.Record, emit func(subject string, data []byte)) error {
	if c.broken {
		return ErrBroken
	}
	return c.run(0, rec, func(out *stream.Output, i int) {
		subject, _, data := out.At(i)
		emit(subject, data)
	})
}

// run gives a record to a stage and what that emits to the next ones.
func (c *Chain) run(stage int, rec *stream.Record, emit func(*stream.Output, int)) error {
	l := c.links[stage]
	if rec.Root <= l.root {
		return nil // in the state it was restored from
	}
	l.out.Reset()
	if err := c.process(l, rec); err != nil {
		return err
	}
	for i := range l.out.Len() {
		if stage == len(c.links)-1 {
			emit(&l.out, i)
			continue
		}
		subject, kind, data := l.out.At(i)
		next := stream.Record{Tenant: schema.SubjectTenant(subject), Root: rec.Root, Kind: kind, Data: data}
		if err := c.run(stage+1, &next, emit); err != nil {
			return err
		}
	}
	return nil
}

func (c *Chain) process(l *link, rec *stream.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.broken = true
			err = fmt.Errorf("%w: %s, record %d: %v\n%s", ErrBroken, l.name, rec.Root, p, debug.Stack())
		}
	}()
	if err := l.processor.Process(rec, &l.out); err != nil {
		return &SkipError{Stage: l.name, Root: rec.Root, Err: err}
	}
	return nil
}
