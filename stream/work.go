package stream

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"eddy/schema"
)

// work is the state of a session: the processor, what it has seen, and the group of outputs not yet committed.
type work struct {
	r         *Runner
	processor Processor
	seen      uint64 // root of the last record the processor has digested
	input     uint64 // sequence of the last input message fully read

	rec    Record
	output Output

	group     []outgoing
	committed int // how many of the group are in the log already
	bytes     int
	records   int
}

// outgoing is one message of the group under construction.
type outgoing struct {
	subject string
	data    []byte
	at      position // what the log holds once this message is in it
	trace   string
	skip    bool
}

func newWork(r *Runner, st restored) *work {
	return &work{r: r, processor: st.processor, seen: st.root, input: st.from - 1}
}

// message digests one input message.
func (w *work) message(ctx context.Context, m Message) error {
	if w.r.stage.FromSamples {
		if m.Sequence > w.input+1 {
			w.lost(w.input+1, m.Sequence-1)
		}
		kind := schema.EntryData
		if m.Header.Get(HeaderKind) == KindControl {
			kind = schema.EntryControl
		}
		if err := w.record(ctx, m, schema.Entry{Root: m.Sequence, Kind: kind, Payload: m.Data}); err != nil {
			return err
		}
		w.input = m.Sequence
		return nil
	}
	return w.batch(ctx, m)
}

// batch digests a message of a derived log.
func (w *work) batch(ctx context.Context, m Message) error {
	at, err := readStamp(m)
	switch {
	case err != nil:
		w.r.metrics.foreign.Inc()
		w.input = m.Sequence
		return nil
	case at.generation < w.r.generation: // has been written anew since
		w.input = m.Sequence
		return nil
	case at.generation > w.r.generation:
		return errGeneration
	case at.epoch > w.r.upstream:
		return errReopen
	}
	for rest := m.Data; len(rest) > 0; {
		var e schema.Entry
		if e, rest, err = schema.NextEntry(rest); err != nil {
			return w.unreadable(ctx, m, at.at.root)
		}
		if err := w.record(ctx, m, e); err != nil {
			return err
		}
	}
	w.input = m.Sequence
	w.advance(m)
	return nil
}

// unreadable gives up on the rest of a message that carries the engine's stamp but no batch: what it should hold, up to
// the root it names, is skipped as a poison record is.
func (w *work) unreadable(ctx context.Context, m Message, root uint64) error {
	w.r.metrics.poison.Inc()
	if root > w.seen {
		if err := w.skip(ctx, m, schema.Entry{Root: root, Payload: m.Data}); err != nil {
			return err
		}
		w.seen = root
	}
	w.input = m.Sequence
	return nil
}

// lost says that samples left the log before they were read: expired, or purged by somebody else.
func (w *work) lost(from, to uint64) {
	if to <= w.r.done.root {
		return // they were processed before; only the state is rebuilt without them
	}
	w.r.metrics.lost.Add(float64(to - from + 1))
	w.r.log.Error().Uint64("from", from).Uint64("to", to).
		Msg("records left the samples log before they were processed; raise its retention or find what held this stage up")
}

// record digests one record; what the processor has already seen is passed over.
func (w *work) record(ctx context.Context, m Message, e schema.Entry) error {
	if e.Root <= w.seen {
		return nil
	}
	if w.r.poison[e.Root] > 1 {
		if err := w.skip(ctx, m, e); err != nil {
			return err
		}
		w.seen = e.Root // not before: a stop in between would count it as done, with neither skip nor copy
		return nil
	}
	w.rec = Record{Tenant: schema.SubjectTenant(m.Subject), Root: e.Root, Kind: e.Kind, Data: e.Payload}
	w.output.Reset()
	if err := w.process(); err != nil {
		return &errPoison{root: e.Root, cause: err}
	}
	w.collect(m, e.Root)
	w.seen = e.Root
	w.records++
	return nil
}

// process calls the processor and turns a panic into an error.
func (w *work) process() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := w.processor.Process(&w.rec, &w.output); err != nil {
		return err
	}
	return w.check()
}

// check refuses emissions that could never be committed.
func (w *work) check() error {
	if !w.r.stage.Events && w.output.Len() > 1 {
		return fmt.Errorf("stage %s emitted %d times for one record; only event stages may", w.r.stage.Name, w.output.Len())
	}
	for i := 0; i < w.output.Len(); i++ {
		if _, _, data := w.output.At(i); len(data)+entryOverhead > maxMessage {
			return fmt.Errorf("stage %s emitted %d bytes for one record; a message holds %d", w.r.stage.Name, len(data), maxMessage)
		}
	}
	return nil
}

// collect adds the emissions of a record to the group, but for those the log already holds.
func (w *work) collect(m Message, root uint64) {
	done := w.r.done
	if root <= done.root || w.output.Len() == 0 {
		return
	}
	already := 0
	if w.seen <= done.root {
		already = done.index // the first record behind the commit may be partly out
	}
	for i := 0; i < w.output.Len(); i++ {
		subject, kind, data := w.output.At(i)
		if w.r.stage.Events {
			if i >= already {
				w.addEvent(m, root, i, subject, data)
			}
			continue
		}
		w.addEntry(m, schema.Entry{Root: root, Kind: kind, Payload: data}, subject)
	}
}

func (w *work) addEvent(m Message, root uint64, i int, subject string, data []byte) {
	at := position{root: root}
	if i < w.output.Len()-1 {
		at = position{root: root - 1, index: i + 1}
	}
	w.group = append(w.group, outgoing{subject: subject, data: append([]byte(nil), data...), at: at, trace: m.traceAt()})
	w.bytes += len(data)
}

// addEntry joins the entry to the message before it when they share a subject and a message has room for both.
func (w *work) addEntry(m Message, e schema.Entry, subject string) {
	n := len(w.group)
	if n == 0 || w.group[n-1].skip || w.group[n-1].subject != subject || len(w.group[n-1].data)+len(e.Payload)+entryOverhead > maxMessage {
		var buf []byte
		if n < cap(w.group) {
			buf = w.group[:n+1][n].data[:0] // the memory of an earlier group
		}
		w.group = append(w.group, outgoing{subject: subject, data: buf, trace: m.traceAt()})
		n++
	}
	g := &w.group[n-1]
	before := len(g.data)
	g.data = schema.AppendEntry(g.data, e)
	g.at = position{root: e.Root}
	w.bytes += len(g.data) - before
}

// skip records in the log that a record is left out, for good, and keeps a copy where its tenant finds it.
func (w *work) skip(ctx context.Context, m Message, e schema.Entry) error {
	if e.Root <= w.r.done.root {
		return nil
	}
	id := fmt.Sprintf("%s-%d-%d", w.r.stage.Name, w.r.partition, e.Root)
	tenant := schema.SubjectTenant(m.Subject)
	for attempt := 0; ; attempt++ {
		err := w.r.broker.DeadLetters().Bury(ctx, tenant, id, Message{Subject: m.Subject, Header: m.Header, Data: e.Payload})
		if err == nil {
			break
		}
		w.r.log.Warn().Err(err).Msg("the copy of a poison record could not be kept; trying again")
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	w.r.log.Error().Uint64("sequence", e.Root).Str("tenant", tenant).Str("copy", schema.DeadSubject(tenant)).
		Msg("a record cannot be processed and is skipped")
	w.group = append(w.group, outgoing{subject: w.r.stage.Mark(w.r.partition), at: position{root: e.Root}, skip: true, trace: m.traceAt()})
	return nil
}

// commit appends the group. The last message also covers the records behind it that had nothing to say.
func (w *work) commit(ctx context.Context) error {
	for ; w.committed < len(w.group); w.committed++ {
		g := &w.group[w.committed]
		if w.committed == len(w.group)-1 && g.at.index == 0 {
			g.at.root = max(g.at.root, w.seen)
		}
		s := w.r.stamp(kindData, g.at)
		if g.skip {
			s.kind = kindSkip
		}
		now := time.Now()
		trace := g.trace + "," + formatNano(now)
		data := g.data
		if w.r.stage.Finish != nil && !g.skip {
			data = w.r.stage.Finish(data, ParseTrace(trace))
		}
		if err := w.r.append(ctx, s, Message{Subject: g.subject, Data: data}, trace); err != nil {
			return err
		}
	}
	w.group, w.committed, w.bytes = w.group[:0], 0, 0
	return nil
}

// mark commits progress that had no output, so that a snapshot may cover it.
func (w *work) mark(ctx context.Context) error {
	if w.seen <= w.r.done.root {
		return nil
	}
	return w.r.append(ctx, w.r.stamp(kindMark, position{root: w.seen}), Message{Subject: w.r.stage.Mark(w.r.partition)}, "")
}
