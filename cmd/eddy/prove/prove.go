// Package prove shows that an anomaly event is what the samples say: it replays the partition the event came from, from
// states the stages saved before the event or from the first record on, and compares what comes out with what was
// published, byte for byte.
package prove

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"eddy/schema"
	"eddy/stages/replay"
	"eddy/stream"
)

// The reasons why nothing can be proved.
var (
	// ErrUnknown: no event with that id is in the anomaly stream.
	ErrUnknown = errors.New("no such anomaly or event in the stream; it may be older than the stream keeps (retention.anomalies)")
	// ErrGone: the samples an event was made of are no longer all there.
	ErrGone = errors.New("the samples behind the event are no longer all in the log, so it cannot be made again; raise " +
		"retention.samples to prove events for longer, and where only the anomaly's beginning is gone, prove a later event by its own id")
)

// Chain is the processors of one partition, one behind the other, in memory.
type Chain interface {
	// Process takes the next record; emit is called for each event that comes out, and its data is only valid then.
	// After a *replay.SkipError the chain goes on with the next record; any other error ends it.
	Process(rec *stream.Record, emit func(subject string, data []byte)) error
}

// Verifier proves events. All fields but Whole and Progress must be set.
type Verifier struct {
	// Follow reads a stream: stream.Client.Follow.
	Follow func(ctx context.Context, name string, filters []string, from stream.Start, fn func(stream.Message) error) error
	// Saved knows the states that stages have saved: a *stream.Client.
	Saved States
	// Stages are those of a chain, in the order the data flows.
	Stages []Stage
	// NewChain makes the processors of a partition, in the given states: replay.Resume.
	NewChain func(partition int, states []replay.State) (Chain, error)
	// Strip removes what was measured, not decided, from an event.
	Strip func(event []byte) []byte
	// Whole replays from the first record on, whatever is saved: nothing but the samples has to be trusted.
	Whole bool
	// Progress, if set, is told now and then how far the replay is.
	Progress func(sequence, until uint64)
}

// Result is the proof of one event, or the difference.
type Result struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Partition int    `json:"partition"`
	Sequence  uint64 `json:"sequence"`
	From      uint64 `json:"replayed_from"` // the first record of the replay; 1: nothing had to be trusted
	Digest    string `json:"digest"`        // SHA-256 of the event as published, without its latency
	// Reproduced is the event as the replay made it, empty when it made none; Published what is in the stream. Both
	// are set only when they differ.
	Reproduced string `json:"reproduced,omitempty"`
	Published  string `json:"published,omitempty"`
	OK         bool   `json:"ok"`
}

// published is an event in the stream.
type published struct {
	subject string
	event   schema.Event
	data    []byte // stripped
}

// Verify proves every event of an anomaly, or one event, by id.
func (v *Verifier) Verify(ctx context.Context, id string) ([]Result, error) {
	events, err := v.find(ctx, id)
	if err != nil {
		return nil, err
	}
	first, last := span(events)
	b, err := v.begin(ctx, events[0].event.Data.Partition, first)
	if err != nil {
		return nil, err
	}
	made, err := v.replay(ctx, b, last)
	if err != nil {
		return nil, err
	}
	results := make([]Result, len(events))
	for i, e := range events {
		results[i] = compare(e, made[e.event.ID])
		results[i].From = b.next
	}
	return results, nil
}

// find collects the events asked for; they all come from one partition, as one series lives in one.
func (v *Verifier) find(ctx context.Context, id string) ([]published, error) {
	var events []published
	err := v.Follow(ctx, schema.AnomalyStream, []string{"eddy.anomalies.>"}, stream.Start{UntilNow: true}, func(m stream.Message) error {
		if !strings.Contains(string(m.Data), id) {
			return nil // most events: not worth decoding
		}
		var e schema.Event
		if err := json.Unmarshal(m.Data, &e); err != nil || e.ID != id && e.Data.ID != id {
			return nil
		}
		events = append(events, published{m.Subject, e, v.Strip(m.Data)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(events) == 0 {
		return nil, fmt.Errorf("%q: %w", id, ErrUnknown)
	}
	return events, nil
}

// span returns the first and the last record that caused one of the events.
func span(events []published) (first, last uint64) {
	first = events[0].event.Data.Sequence
	for _, e := range events {
		first, last = min(first, e.event.Data.Sequence), max(last, e.event.Data.Sequence)
	}
	return first, last
}

// made is an event as the replay made it.
type made struct {
	subject string
	data    []byte
}

// errDone ends a replay that has come far enough.
var errDone = errors.New("done")

// replay runs a partition's records up to a sequence through the chain and returns the events by id.
func (v *Verifier) replay(ctx context.Context, b beginning, until uint64) (map[string]made, error) {
	events, failed := map[string]made{}, error(nil)
	err := v.run(ctx, b, until, func(subject string, data []byte) {
		var e schema.Event
		if err := json.Unmarshal(data, &e); err != nil {
			failed = fmt.Errorf("the replay made an event that cannot be read: %w", err)
			return
		}
		events[e.ID] = made{subject, append([]byte(nil), v.Strip(data)...)}
	})
	return events, errors.Join(err, failed)
}

// Rerun takes a partition's records up to one through a chain that begins at states saved before another one, or at the
// first record. Emit is told of every event that comes out. It returns the first record of the replay.
func (v *Verifier) Rerun(ctx context.Context, partition int, before, until uint64, emit func(subject string, data []byte)) (from uint64, err error) {
	b, err := v.begin(ctx, partition, before)
	if err != nil {
		return 0, err
	}
	return b.next, v.run(ctx, b, until, emit)
}

// run takes a partition's records up to a sequence through the chain.
func (v *Verifier) run(ctx context.Context, b beginning, until uint64, emit func(subject string, data []byte)) error {
	next := b.next
	name := schema.PartitionStream(schema.KindSamples, b.partition)
	err := v.Follow(ctx, name, nil, stream.Start{Sequence: b.next, UntilNow: true}, func(m stream.Message) error {
		if m.Sequence > until {
			return errDone
		}
		if m.Sequence != next {
			return fmt.Errorf("%s: the replay needs record %d, the log goes on with %d: %w", name, next, m.Sequence, ErrGone)
		}
		next++
		if v.Progress != nil && m.Sequence%1000 == 0 {
			v.Progress(m.Sequence, until)
		}
		var skipped *replay.SkipError
		if err := b.chain.Process(recordOf(m), emit); err != nil && !errors.As(err, &skipped) { // the engine left it out, too
			return fmt.Errorf("%s, record %d: %w", name, m.Sequence, err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if next <= until {
		return fmt.Errorf("%s ends before record %d: %w", name, until, ErrGone)
	}
	return nil
}

// recordOf is a samples message as a processor sees it.
func recordOf(m stream.Message) *stream.Record {
	kind := schema.EntryData
	if m.Header.Get(stream.HeaderKind) == stream.KindControl {
		kind = schema.EntryControl
	}
	return &stream.Record{Tenant: schema.SubjectTenant(m.Subject), Root: m.Sequence, Kind: kind, Data: m.Data}
}

func compare(p published, m made) Result {
	sum := sha256.Sum256(p.data)
	r := Result{
		ID: p.event.ID, Type: p.event.Type, Partition: p.event.Data.Partition, Sequence: p.event.Data.Sequence,
		Digest: hex.EncodeToString(sum[:]), OK: p.subject == m.subject && string(p.data) == string(m.data),
	}
	if !r.OK {
		r.Published, r.Reproduced = p.subject+" "+string(p.data), ""
		if m.data != nil {
			r.Reproduced = m.subject + " " + string(m.data)
		}
	}
	return r
}

// Diff points at the first byte where the two differ, with some context; "" when OK.
func (r Result) Diff() string {
	if r.OK {
		return ""
	}
	if r.Reproduced == "" {
		return "the replay made no such event"
	}
	at := 0
	for at < len(r.Published) && at < len(r.Reproduced) && r.Published[at] == r.Reproduced[at] {
		at++
	}
	around := func(s string) string { return s[max(0, at-40):min(len(s), at+40)] }
	return fmt.Sprintf("differs at byte %d:\n  published   …%s…\n  reproduced  …%s…", at, around(r.Published), around(r.Reproduced))
}
