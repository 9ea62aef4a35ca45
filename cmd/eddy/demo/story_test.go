package demo

import (
	"encoding/json"
	"testing"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stages/replay"
	"eddy/stream"
)

// noon is second 0.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// play tells the whole story to the processors, one record a second, and returns what they reported.
func play(t *testing.T, seed uint64) (events []schema.Event) {
	t.Helper()
	f := NewFleet(seed)
	chain := replay.NewChain(0, catalogue.Lookup)
	for at := -History; at < End; at++ {
		var labels []schema.Labels
		samples := f.Samples(at)
		for _, s := range samples {
			labels = append(labels, f.Series[s.Series].Labels)
		}
		r, err := remotewrite.NewRequest(remotewrite.V1, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range samples {
			r.Set(i, noon().Add(time.Duration(at)*time.Second).UnixMilli(), s.Value)
		}
		record := &stream.Record{Tenant: Tenant, Root: uint64(at + History + 1), Data: r.Compress(nil)}
		if err := chain.Process(record, func(_ string, data []byte) {
			var e schema.Event
			if err := json.Unmarshal(data, &e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	return events
}

// Without any configuration every fault is caught, the deploy pages nobody, normal life is quiet, and all is resolved.
func TestTheDefaultDetectorTellsTheStory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		j, open := NewJudge(noon(), Story()), map[string]bool{}
		for _, e := range play(t, seed) {
			if e.Type == schema.TypeOpened && !j.Shows(e) {
				t.Errorf("seed %d: normal life is reported: %s at %s", seed, e.Subject, e.Time)
			}
			j.Add(e)
			open[e.Data.ID] = e.Type != schema.TypeResolved
		}
		if s := j.Summary(); s.Caught != 5 || s.Missed != 0 || s.False != 0 {
			t.Errorf("seed %d:\n%s", seed, s)
		}
		for id, still := range open {
			if still {
				t.Errorf("seed %d: anomaly %s is never resolved", seed, id)
			}
		}
	}
}
