package streamtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
)

// Laws are what the engine promises on any broker. Open returns an empty one with at least one partition.
func Laws(t *testing.T, open func(t *testing.T) stream.Broker) {
	t.Run("log", func(t *testing.T) { logLaws(t, open) })
	t.Run("snapshots", func(t *testing.T) { snapshotLaws(t, open(t)) })
	t.Run("leases", func(t *testing.T) { leaseLaws(t, open(t)) })
	t.Run("exactly once", func(t *testing.T) { engineLaws(t, open) })
	t.Run("keeping", func(t *testing.T) { keepingLaws(t, open) })
}

// engineLaws run two stages over the same samples under many kinds of trouble; the outputs must be those of a
// processor that was simply called in a loop.
func engineLaws(t *testing.T, open func(t *testing.T) stream.Broker) {
	cases := []struct {
		name   string
		owners int
		faults Faults
		cfg    stream.Config
	}{
		{name: "undisturbed", owners: 1},
		{name: "one record a group", owners: 1, cfg: stream.Config{GroupBytes: 1}},
		{name: "lost acknowledgements", owners: 1, faults: Faults{LostAck: 300}},
		{name: "refused appends", owners: 1, faults: Faults{Refused: 300}},
		{name: "crash before and after commits", owners: 1, faults: Faults{Crash: 60, CrashAt: 60}, cfg: stream.Config{GroupBytes: 64}},
		{name: "crash with frequent snapshots", owners: 1, faults: Faults{Crash: 60, CrashAt: 60}, cfg: stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}},
		{name: "three owners at once", owners: 3, cfg: stream.Config{GroupBytes: 64}},
		{name: "zombies", owners: 3, faults: Faults{Paused: 100, PauseFor: 5 * time.Millisecond}, cfg: stream.Config{GroupBytes: 64, SnapshotEvery: 3 * time.Millisecond}},
		{name: "everything at once", owners: 3, cfg: stream.Config{GroupBytes: 96, SnapshotEvery: 2 * time.Millisecond},
			faults: Faults{Refused: 50, LostAck: 50, Paused: 50, Crash: 30, CrashAt: 30, PauseFor: 5 * time.Millisecond}},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			broker := open(t)
			input := Input(200, uint64(i))
			Feed(t, broker, input)
			Run{Broker: broker, Owners: c.owners, Faults: c.faults, Config: c.cfg, Seed: uint64(i)}.Until(t, Expect(input))
		})
	}
	t.Run("poison", func(t *testing.T) {
		broker := open(t)
		input := Input(60, 99)
		input[20].data, input[41].data = "poison", "poison"
		Feed(t, broker, input)
		Run{Broker: broker, Owners: 1, Config: stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}}.Until(t, Expect(input))
	})
	t.Run("damaged snapshots", func(t *testing.T) {
		broker := open(t)
		input := Input(120, 7)
		Feed(t, broker, input[:60])
		run := Run{Broker: broker, Owners: 1, Config: stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}}
		run.Until(t, Expect(input[:60]))
		damageSnapshots(t, broker)
		Feed(t, broker, input[60:])
		run.Until(t, Expect(input))
	})
}

// Sample is one input record of the laws.
type Sample struct {
	tenant, data string
	control      bool
}

// Input makes n records of three tenants, with a control record now and then.
func Input(n int, seed uint64) []Sample {
	input := make([]Sample, n)
	for i := range input {
		input[i] = Sample{tenant: fmt.Sprintf("t%d", (uint64(i)*7+seed)%10/4), data: fmt.Sprintf("record %d of %d", i, seed)}
		if i%23 == 11 {
			input[i].tenant, input[i].control = schema.ControlTenant, true
		}
	}
	return input
}

// Feed appends records to the samples log of partition 0.
func Feed(t *testing.T, broker stream.Broker, input []Sample) {
	t.Helper()
	ctx := t.Context()
	log, err := broker.Log(ctx, ChainStage().Input(0))
	must(t, err)
	var last uint64
	if m, err := log.Last(ctx); err == nil {
		last = m.Sequence
	}
	for _, s := range input {
		m := stream.Message{Subject: schema.PartitionSubject(schema.KindSamples, s.tenant, 0), Data: []byte(s.data), Header: stream.Header{}}
		if s.control {
			m.Header.Set(stream.HeaderKind, stream.KindControl)
		}
		last, err = log.Append(ctx, m, last)
		must(t, err)
	}
}

// Output is what a run must leave behind: the entries of the blocks and the events, each with its subject.
type Output struct{ Entries, Events []string }

// Expect computes the output by calling the processors in a loop.
func Expect(input []Sample) Output { return ExpectFrom(input, 0, 0) }

// ExpectFrom computes what is put out for the records behind some, by processors that begin at one.
func ExpectFrom(input []Sample, begin, behind int) Output {
	var want Output
	first, second := ChainStage().New(0), EventsStage().New(0)
	for i, s := range input[begin:] {
		if s.data == "poison" {
			continue
		}
		i += begin
		var blocks, events stream.Output
		rec := stream.Record{Tenant: s.tenant, Root: uint64(i + 1), Data: []byte(s.data)}
		if s.control {
			rec.Kind = schema.EntryControl
		}
		_ = first.Process(&rec, &blocks)
		for j := range blocks.Len() {
			subject, kind, data := blocks.At(j)
			want.Entries = append(want.Entries, describe(subject, rec.Root, kind, data))
			_ = second.Process(&stream.Record{Tenant: s.tenant, Root: rec.Root, Kind: kind, Data: data}, &events)
		}
		for j := range events.Len() {
			if subject, _, data := events.At(j); i >= behind {
				want.Events = append(want.Events, subject+" "+string(data))
			}
		}
	}
	return want
}

func describe(subject string, root uint64, kind schema.EntryKind, data []byte) string {
	return fmt.Sprintf("%s root %d kind %d %x", subject, root, kind, data)
}

// Run is a number of owners of the same partition, none of which knows of the others, restarted whenever they die.
type Run struct {
	Broker stream.Broker
	Owners int
	Faults Faults
	Config stream.Config
	Seed   uint64
	// Version of both stages, if it is not the first.
	Version string
	// Janitor frees the logs all the while. The blocks are then partly gone in the end and not compared: the events,
	// which depend on every one of them, are.
	Janitor bool
	// Meanwhile, if set, is called with the owners running.
	Meanwhile func()
	// Within is how long Until waits; default 5 minutes: owners that fence each other all the time come forward slowly.
	Within time.Duration
}

// Until runs both stages until the output is complete, stops them, and compares.
func (r Run) Until(t *testing.T, want Output) {
	t.Helper()
	if r.Within == 0 {
		r.Within = 5 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), r.Within)
	defer cancel()
	var owners sync.WaitGroup
	stages := r.stages()
	for _, stage := range stages {
		for o := range r.Owners {
			owners.Go(func() { r.own(t, ctx, stage, o) })
		}
	}
	house, leave := context.WithCancel(t.Context())
	defer leave()
	var janitor sync.WaitGroup
	if r.Janitor {
		janitor.Go(func() { r.keepHouse(house, stages) })
	}
	if r.Meanwhile != nil {
		r.Meanwhile()
	}
	readEvents(t, ctx, r.Broker, len(want.Events))
	if !r.Janitor {
		readEntries(t, ctx, r.Broker, len(want.Entries))
	}
	cancel()
	owners.Wait()
	leave()
	janitor.Wait()
	got := Output{Entries: want.Entries, Events: readEvents(t, t.Context(), r.Broker, -1)}
	if !r.Janitor {
		got.Entries = readEntries(t, t.Context(), r.Broker, -1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs differ from an undisturbed loop (-want +got), seed %d:\n%s", r.Seed, diff)
	}
}

// UntilRoot runs the first stage until its log says that it has processed the samples up to a sequence, and stops it.
func (r Run) UntilRoot(t *testing.T, root uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var owner sync.WaitGroup
	r.Config.SnapshotEvery = time.Millisecond // each says how far it has come
	owner.Go(func() { r.own(t, ctx, ChainStage(), 0) })
	readLog(t, ctx, r.Broker, ChainStage().Output(0), 1, func(m stream.Message) int {
		if m.Header.Get(stream.HeaderRoot) == strconv.FormatUint(root, 10) {
			return 1
		}
		return 0
	})
	cancel()
	owner.Wait()
}

// Await waits until both logs hold as many outputs.
func Await(t *testing.T, broker stream.Broker, want Output) {
	t.Helper()
	readEntries(t, t.Context(), broker, len(want.Entries))
	readEvents(t, t.Context(), broker, len(want.Events))
}

// stages are the two, in the version asked for.
func (r Run) stages() []stream.Stage {
	stages := []stream.Stage{ChainStage(), EventsStage()}
	for i := range stages {
		stages[i].Version += r.Version
	}
	return stages
}

// keepHouse is a janitor that never rests.
func (r Run) keepHouse(ctx context.Context, stages []stream.Stage) {
	janitor := stream.Janitor{Broker: r.Broker, Partitions: 1, Log: zerolog.Nop()}
	defer func() { janitor.Round(context.WithoutCancel(ctx), stages...) }() // what the owners saved last counts, too
	for ctx.Err() == nil {
		janitor.Round(ctx, stages...)
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// own starts one owner again and again until ctx ends.
func (r Run) own(t *testing.T, ctx context.Context, stage stream.Stage, owner int) {
	for life := uint64(0); ctx.Err() == nil; life++ {
		lctx, kill := context.WithCancel(ctx)
		if life > 0 {
			r.Faults.Step = 0
		}
		broker := NewFaulty(r.Broker, r.Faults, r.Seed<<32|uint64(owner)<<16|life, kill)
		id := fmt.Sprintf("%s-%d-%d", stage.Name, owner, life)
		err := stream.NewRunner(broker, stage, 0, id, r.Config, nil, zerolog.Nop()).Run(lctx)
		kill()
		if err != nil && !errors.Is(err, stream.ErrFenced) && ctx.Err() == nil {
			t.Errorf("owner %s: %v", id, err)
			return
		}
	}
}

// readEntries returns the entries of the newest generation in the block log: n of them, waiting for more, or with n < 0
// all that are there.
func readEntries(t *testing.T, ctx context.Context, broker stream.Broker, n int) []string {
	var got []string
	generation := ""
	readLog(t, ctx, broker, ChainStage().Output(0), n, func(m stream.Message) int {
		if g := m.Header.Get(stream.HeaderGeneration); g != generation {
			got, generation = nil, g
		}
		for rest := m.Data; len(rest) > 0; {
			var e schema.Entry
			var err error
			e, rest, err = schema.NextEntry(rest)
			must(t, err)
			got = append(got, describe(m.Subject, e.Root, e.Kind, e.Payload))
		}
		return len(got)
	})
	return got
}

// readEvents is readEntries for the event log.
func readEvents(t *testing.T, ctx context.Context, broker stream.Broker, n int) []string {
	var got []string
	readLog(t, ctx, broker, EventsStage().Output(0), n, func(m stream.Message) int {
		if m.Subject != schema.AnomalyClaimSubject(0) {
			got = append(got, m.Subject+" "+string(m.Data))
		}
		return len(got)
	})
	return got
}

func readLog(t *testing.T, ctx context.Context, broker stream.Broker, spec stream.LogSpec, n int, count func(stream.Message) int) {
	t.Helper()
	log, err := broker.Log(ctx, stream.LogSpec{Stream: spec.Stream})
	must(t, err)
	var end uint64
	if n < 0 {
		if m, err := log.Last(ctx); err == nil {
			end = m.Sequence
		}
	}
	cursor, err := log.Open(ctx, 1)
	must(t, err)
	defer cursor.Close()
	for got, seq := 0, uint64(0); n < 0 && seq < end || n >= 0 && got < n; {
		m, err := cursor.Next(ctx)
		if err != nil {
			t.Errorf("%s: %d of %d outputs, then: %v", spec.Stream, got, n, err)
			return
		}
		seq = m.Sequence
		if _, err := strconv.ParseUint(m.Header.Get(stream.HeaderEpoch), 10, 64); err == nil { // what somebody else has published does not count
			got = count(m)
		}
	}
}

func damageSnapshots(t *testing.T, broker stream.Broker) {
	t.Helper()
	for _, stage := range []string{"chain", "events"} {
		keys, err := broker.Snapshots().List(t.Context(), stage, 0)
		must(t, err)
		if len(keys) == 0 {
			t.Errorf("stage %s left no snapshot", stage)
		}
		for i, key := range keys {
			state, err := broker.Snapshots().Load(t.Context(), key)
			must(t, err)
			state = append([]byte(nil), state...)
			state[len(state)-1-i] ^= 1
			must(t, broker.Snapshots().Delete(t.Context(), key))
			must(t, broker.Snapshots().Save(t.Context(), key, [][]byte{state}))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
