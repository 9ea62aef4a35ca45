package prove

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"eddy/schema"
	"eddy/stages/replay"
	"eddy/stream"
)

// logs is a NATS server made of slices.
type logs map[string][]stream.Message

func (l logs) follow(_ context.Context, name string, _ []string, from stream.Start, fn func(stream.Message) error) error {
	if !from.UntilNow {
		return errors.New("a proof must not wait for more")
	}
	for _, m := range l[name] {
		if m.Sequence < from.Sequence {
			continue
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	return nil
}

// echo is a chain that makes one event of each data record: the event's id is the record.
type echo struct{ spoil string }

func (c echo) Process(rec *stream.Record, emit func(string, []byte)) error {
	if rec.Kind == schema.EntryControl {
		return nil
	}
	switch string(rec.Data) {
	case "poison":
		return &replay.SkipError{Stage: "features", Root: rec.Root, Err: errors.New("cannot digest")}
	case "broken":
		return replay.ErrBroken
	}
	emit(schema.AnomalySubject(rec.Tenant, "info", 0), event(string(rec.Data), rec.Root, c.spoil))
	return nil
}

func event(id string, sequence uint64, subject string) []byte {
	return encode(schema.Event{SpecVersion: "1.0", ID: id, Type: schema.TypeOpened, Subject: subject,
		Data: schema.Anomaly{ID: strings.TrimRight(id, "-0123456789"), Sequence: sequence}})
}

func measured(data []byte) []byte {
	var e schema.Event
	if json.Unmarshal(data, &e) == nil {
		e.Data.Latency = &schema.Latency{Accepted: "2026-11-24T00:00:00.000001Z"}
	}
	return encode(e)
}

func encode(e schema.Event) []byte {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return data
}

func sample(sequence uint64, data string) stream.Message {
	return stream.Message{Subject: "eddy.samples.t.0", Sequence: sequence, Data: []byte(data)}
}

func store() logs {
	control := sample(2, "{}")
	control.Header = stream.Header{stream.HeaderKind: {stream.KindControl}}
	return logs{
		"EDDY_SAMPLES_0": {sample(1, "a-0"), control, sample(3, "a-1"), sample(4, "poison"), sample(5, "a-2"), sample(6, "broken")},
		schema.AnomalyStream: {
			{Subject: "eddy.anomalies.t.info.0", Data: event("a-0", 1, "")},
			{Subject: "eddy.anomalies.t.info.0", Data: measured(event("a-1", 3, ""))},
			{Subject: "eddy.anomalies.t.info.0", Data: event("a-2", 5, "")},
			{Subject: "eddy.anomalies.t.info.0", Data: event("late-0", 9, "")},
			{Subject: "eddy.anomalies.t.info.0", Data: event("bad-0", 6, "")},
		},
	}
}

func verifier(l logs, c Chain) *Verifier {
	return &Verifier{
		Follow: l.follow, Saved: nothing{}, Strip: strip,
		NewChain: func(int, []replay.State) (Chain, error) { return c, nil },
	}
}

// nothing is a server on which no stage has saved a state.
type nothing struct{}

func (nothing) SavedStates(context.Context, string, int) ([]stream.SnapshotKey, error) {
	return nil, nil
}
func (nothing) LoadState(context.Context, stream.SnapshotKey) ([]byte, error) {
	return nil, errors.New("there is none")
}

// strip removes the latency the long way; stages/anomalies has the real one.
func strip(data []byte) []byte {
	var e schema.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return data
	}
	e.Data.Latency = nil
	return encode(e)
}

func TestAnomalyAndEventAreProved(t *testing.T) {
	t.Parallel()
	f := func(id string, want int) {
		t.Helper()
		results, err := verifier(store(), echo{}).Verify(t.Context(), id)
		if err != nil || len(results) != want {
			t.Fatalf("%s: %d results, %v", id, len(results), err)
		}
		for _, r := range results {
			if !r.OK || len(r.Digest) != 64 || r.Diff() != "" {
				t.Errorf("%s: %+v", id, r)
			}
		}
	}
	f("a", 3) // the anomaly: all its events, one of them behind a record that every stage leaves out
	f("a-1", 1)
}

func TestADifferenceIsShown(t *testing.T) {
	t.Parallel()
	results, err := verifier(store(), echo{spoil: "other"}).Verify(t.Context(), "a-1")
	if err != nil || len(results) != 1 || results[0].OK || !strings.Contains(results[0].Diff(), `"subject":"other"`) {
		t.Errorf("%v, %+v", err, results)
	}
	l := store()
	l[schema.AnomalyStream][0].Data = event("forged-0", 1, "")
	results, err = verifier(l, echo{}).Verify(t.Context(), "forged")
	if err != nil || len(results) != 1 || results[0].Diff() != "the replay made no such event" {
		t.Errorf("%v, %+v", err, results)
	}
	l[schema.AnomalyStream][0] = stream.Message{Subject: "eddy.anomalies.t.critical.0", Data: event("a-0", 1, "")}
	results, err = verifier(l, echo{}).Verify(t.Context(), "a-0")
	if err != nil || len(results) != 1 || results[0].OK {
		t.Errorf("an event on the wrong subject: %v, %+v", err, results)
	}
}

func TestWhatCannotBeProvedSaysWhy(t *testing.T) {
	t.Parallel()
	if _, err := verifier(store(), echo{}).Verify(t.Context(), "nobody"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown id: %v", err)
	}
	l := store()
	l["EDDY_SAMPLES_0"] = l["EDDY_SAMPLES_0"][1:]
	if _, err := verifier(l, echo{}).Verify(t.Context(), "a-0"); !errors.Is(err, ErrGone) {
		t.Errorf("a log that begins at 2: %v", err)
	}
	l["EDDY_SAMPLES_0"] = store()["EDDY_SAMPLES_0"][:2]
	if _, err := verifier(l, echo{}).Verify(t.Context(), "late"); !errors.Is(err, ErrGone) {
		t.Errorf("a log that ends too early: %v", err)
	}
	if _, err := verifier(store(), echo{}).Verify(t.Context(), "bad"); err == nil || !strings.Contains(err.Error(), "record 6: replay: a stage panicked") {
		t.Errorf("a chain that broke: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verifier(store(), echo{}).Verify(ctx, "a-0"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
