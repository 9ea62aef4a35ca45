package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/demo"
	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stages/anomalies"
	"eddy/stages/replay"
	"eddy/stream"
)

// lived plays the demonstration up to its first fault into a server's log, and publishes what the stages find as they
// would: stamped. It returns the id of an anomaly.
func lived(t *testing.T, broker *stream.JetStream) (id string) {
	t.Helper()
	fleet, chain, at := demo.NewFleet(1), replay.NewChain(0, catalogue.Lookup), time.Now()
	samplesSubject := schema.PartitionSubject(schema.KindSamples, demo.Tenant, 0)
	events := 0
	for second := -100; second < 120; second++ {
		var labels []schema.Labels
		samples := fleet.Samples(second)
		for _, s := range samples {
			labels = append(labels, fleet.Series[s.Series].Labels)
		}
		request, err := remotewrite.NewRequest(remotewrite.V1, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range samples {
			request.Set(i, at.Add(time.Duration(second)*time.Second).UnixMilli(), s.Value)
		}
		record := &stream.Record{Tenant: demo.Tenant, Root: uint64(second + 101), Data: request.Compress(nil)}
		if err := broker.Samples().Append(t.Context(), 0, samplesSubject, record.Data); err != nil {
			t.Fatal(err)
		}
		if err := chain.Process(record, func(subject string, data []byte) {
			var e schema.Event
			if err := json.Unmarshal(data, &e); err != nil {
				t.Fatal(err)
			}
			id = e.Data.ID
			events++
			publish(t, broker, subject, anomalies.Stamp(data, at, at, at, at))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if events == 0 {
		t.Fatal("the story has no event so far")
	}
	settled(t, broker, events)
	return id
}

func publish(t *testing.T, broker *stream.JetStream, subject string, data []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := broker.Publish(ctx, subject, data); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyProvesAnAnomalyAndFindsAForgery(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	id := lived(t, broker)
	code, out, said := call(t, "verify", "--nats.url", url, id)
	if code != 0 || !strings.HasPrefix(out, "OK    "+id) || !strings.Contains(out, "sha256 ") {
		t.Fatalf("exit %d: %s%s", code, out, said)
	}

	var forged []byte
	var subject string
	if err := broker.Follow(t.Context(), schema.AnomalyStream, nil, stream.Start{}, func(m stream.Message) error {
		forged, subject = bytes.Replace(m.Data, []byte(`"severity":"`), []byte(`"severity":"not `), 1), m.Subject
		return errFound
	}); err != errFound {
		t.Fatal(err)
	}
	var event schema.Event
	if err := json.Unmarshal(forged, &event); err != nil {
		t.Fatal(err)
	}
	publish(t, broker, subject, forged)
	code, out, said = call(t, "verify", "--nats.url", url, event.ID)
	if code != 1 || !strings.Contains(out, "DIFFERENT") || !strings.Contains(out, "not ") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	code, out, _ = call(t, "verify", "--nats.url", url, "--output", "json", id)
	if code == 0 && !json.Valid([]byte(out)) {
		t.Errorf("exit %d: %s", code, out)
	}
}
