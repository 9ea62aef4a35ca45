package anomalies

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// story is a run of everything that can happen to a few watches, the same for the same seed.
func story(seed uint64) (records []stream.Record) {
	rng := rand.New(rand.NewPCG(seed, 2))
	for step := range 200 {
		var watches []schema.Watch
		var rows []schema.ScoreRow
		for ref := range uint32(6) {
			if step == 0 || rng.IntN(30) == 0 {
				watches = append(watches, schema.Watch{Ref: ref, Labels: labels("__name__", "s"+string('0'+rune(ref))+string('a'+rune(rng.IntN(3))))})
			}
			r := schema.ScoreRow{Ref: ref, Timestamp: int64(step+1) * 15_000, Value: rng.Float64()}
			switch n := rng.IntN(60); {
			case n == 0:
				r.Flags |= schema.RowEnded
			case n == 1:
				r.Flags |= schema.RowLast
			case n == 2:
				r.Flags, r.Score = schema.RowSilence, 1
			case step/20%2 == 1 && n < 50:
				r.Score = 0.5 + rng.Float64()/2
			}
			r.Flags |= [...]schema.RowFlag{schema.RowReset, schema.RowIngest, 0, 0}[rng.IntN(4)]
			rows = append(rows, r)
		}
		records = append(records, block(uint64(2*step+1), watches, rows...))
		if step%50 == 49 {
			policy := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{Detectors: []schema.Detector{{Name: []string{"default", "other"}[rng.IntN(2)], For: 1 + rng.IntN(3)}}}}
			records = append(records, stream.Record{Tenant: schema.ControlTenant, Root: uint64(2*step + 2), Kind: schema.EntryControl, Data: policy.Encode()})
		}
	}
	return records
}

func TestRestartsChangeNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		events := stagetest.RestartLaw(t, start, story(seed))
		if len(events) < 20 {
			t.Fatalf("the story is too quiet: %d events", len(events))
		}
		ids := map[string]bool{}
		for _, e := range events {
			var event schema.Event
			if err := json.Unmarshal(e.Data, &event); err != nil {
				t.Fatal(err)
			}
			if ids[event.ID] {
				t.Fatalf("event id %s twice", event.ID)
			}
			ids[event.ID] = true
		}
	}
}

func TestRestoreRefusesOthers(t *testing.T) {
	t.Parallel()
	p := start()
	stagetest.Run(t, p, story(1)[:30]...)
	state := stagetest.Snapshot(t, p)
	if err := New(1, stagetest.Catalogue).Restore(bytes.NewReader(state)); err == nil {
		t.Error("another partition's snapshot is accepted")
	}
	for n := range state {
		if err := start().Restore(bytes.NewReader(state[:n])); err == nil {
			t.Errorf("a snapshot cut at %d of %d is accepted", n, len(state))
		}
	}
}

// FuzzProcess: whatever the bytes, an error that leaves the state alone, or events that are JSON.
func FuzzProcess(f *testing.F) {
	f.Add(opening(labels("__name__", "x")).Data, []byte(`{"type":"policy","policy":{"detectors":[{"name":"x"}]}}`))
	f.Fuzz(func(t *testing.T, scores, control []byte) {
		p := start()
		stagetest.Run(t, p, opening(labels("__name__", "y")))
		for i, rec := range []stream.Record{
			{Tenant: "shop", Root: 50, Data: scores},
			{Tenant: schema.ControlTenant, Root: 51, Kind: schema.EntryControl, Data: control},
			{Tenant: "shop", Root: 52, Data: scores},
		} {
			before := stagetest.Snapshot(t, p)
			var out stream.Output
			if err := p.Process(&rec, &out); err != nil {
				if !bytes.Equal(before, stagetest.Snapshot(t, p)) {
					t.Fatalf("record %d was refused (%v) and changed the state", i, err)
				}
				continue
			}
			for j := range out.Len() {
				if _, _, data := out.At(j); !json.Valid(data) {
					t.Fatalf("not JSON: %s", data)
				}
			}
		}
		again := start()
		if err := again.Restore(bytes.NewReader(stagetest.Snapshot(t, p))); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRestore: whatever the bytes, an error or a processor that works.
func FuzzRestore(f *testing.F) {
	p := start()
	records := story(1)
	stagetest.Run(f, p, records[:5]...)
	f.Add(stagetest.Snapshot(f, p))
	f.Fuzz(func(t *testing.T, state []byte) {
		p := start()
		if err := p.Restore(bytes.NewReader(state)); err != nil {
			return
		}
		stagetest.Run(t, p, block(9, nil, abnormal(0, 1), abnormal(1, 2)))
	})
}

// FuzzStamp: Strip undoes Stamp, and neither minds any bytes.
func FuzzStamp(f *testing.F) {
	f.Add([]byte(`{"data":{"labels":{"latency":"x"}}}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		at := time.Unix(1, 2)
		if bytes.Contains(event, []byte(stampHead)) {
			Strip(event)
			return
		}
		if got := Strip(Stamp(event, at, at, at, at)); !bytes.Equal(got, event) {
			t.Fatalf("%q came back as %q", event, got)
		}
	})
}
