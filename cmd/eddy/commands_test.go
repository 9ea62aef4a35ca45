package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stream"
)

// server starts a NATS server with eddy's streams, two partitions.
func server(t *testing.T) (*stream.JetStream, string) {
	t.Helper()
	embedded, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: t.TempDir(), ListenAddress: "127.0.0.1:0", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(embedded.Stop)
	client, err := stream.DialEmbedded(t.Context(), embedded)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	broker, err := stream.Open(t.Context(), client, stream.Layout{Partitions: 2}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return broker, embedded.URL()
}

// store appends one sample of a series named by its job.
func store(t *testing.T, broker *stream.JetStream, tenant, job string, partition int, timestamp int64, value float64) {
	t.Helper()
	labels := schema.LabelsFromMap(map[string]string{"__name__": "up", "job": job})
	request, err := remotewrite.NewRequest(remotewrite.V1, []schema.Labels{labels})
	if err != nil {
		t.Fatal(err)
	}
	request.Set(0, timestamp, value)
	if err := broker.Samples().Append(t.Context(), partition, schema.PartitionSubject(schema.KindSamples, tenant, partition), request.Compress(nil)); err != nil {
		t.Fatal(err)
	}
}

func TestReplayPrintsTheTenantsSamplesOfTheWindow(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	at := time.Now().Add(-time.Hour).UnixMilli()
	store(t, broker, "a", "x", 0, at, 1)
	store(t, broker, "b", "x", 0, at, 2)
	store(t, broker, "a", "y", 1, at+1000, 3.5)
	store(t, broker, "a", "z", 1, at-3600_000, 4)
	if err := broker.Samples().AppendControl(t.Context(), 0, schema.PartitionSubject(schema.KindSamples, "a", 0), schema.Control{Type: schema.ControlTick}.Encode()); err != nil {
		t.Fatal(err)
	}
	line := func(job string, timestamp int64, value string, partition, sequence int) string {
		return fmt.Sprintf(`{"series":"up{job=\"%s\"}","timestamp":%d,"value":%s,"partition":%d,"sequence":%d}`+"\n", job, timestamp, value, partition, sequence)
	}
	f := func(want string, args ...string) {
		t.Helper()
		code, out, err := call(t, append([]string{"replay", "--nats.url", url, "--tenant", "a"}, args...)...)
		if diff := cmp.Diff(want, out); diff != "" || code != 0 {
			t.Errorf("%v: exit %d, %s(-want +got):\n%s", args, code, err, diff)
		}
	}
	x, y, z := line("x", at, "1", 0, 1), line("y", at+1000, "3.5", 1, 1), line("z", at-3600_000, "4", 1, 2)
	f(x + y + z)
	f(y+z, "--partition", "1")
	f(x+y, "--from", "90m")
	f(z, "--to", "90m")
	f("", "--from", "30m")
}

func TestReplayPublishesTheRecordsAsStored(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	store(t, broker, "a", "x", 0, time.Now().UnixMilli(), 1)
	code, out, err := call(t, "replay", "--nats.url", url, "--tenant", "a", "--to-subject", "lab.samples")
	if code != 0 || out != "" || !strings.Contains(err, "1 samples in 1 records") {
		t.Errorf("exit %d: %s%s", code, out, err)
	}
}

func TestTailPrintsHistoryAndEnds(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	send := func(tenant string, severity schema.Severity, id string) {
		t.Helper()
		data, err := json.Marshal(schema.Event{SpecVersion: "1.0", ID: id + "-0", Type: schema.TypeOpened, Subject: "up\x1b[2J", Time: "2026-11-24T12:00:00.000Z",
			Data: schema.Anomaly{ID: id, Severity: severity, Cause: schema.CauseMetric, Score: 0.9}})
		if err != nil {
			t.Fatal(err)
		}
		publish(t, broker, schema.AnomalySubject(tenant, severity, 0), data)
	}
	send("a", schema.SeverityInfo, "one")
	send("a", schema.SeverityCritical, "two")
	send("b", schema.SeverityCritical, "three")
	publish(t, broker, "eddy.anomalies.a.critical.0", []byte("somebody else's"))
	settled(t, broker, 4)
	ids := func(args ...string) []string {
		t.Helper()
		code, out, err := call(t, append([]string{"tail", "--nats.url", url, "--since", "1h", "--no-follow", "--output", "json"}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, err)
		}
		var got []string
		for _, line := range strings.Fields(out) {
			var e schema.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Data.ID)
		}
		return got
	}
	if diff := cmp.Diff([]string{"one", "two", "three"}, ids()); diff != "" {
		t.Errorf("all:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"two"}, ids("--tenant", "a", "--severity", "critical")); diff != "" {
		t.Errorf("critical of a:\n%s", diff)
	}
	_, out, err := call(t, "tail", "--nats.url", url, "--since", "1h", "--no-follow", "--tenant", "a")
	if strings.Count(out, "\n") != 2 || !strings.Contains(out, `up\x1b[2J`) || !strings.Contains(err, "not an event") {
		t.Errorf("table:\n%s%s", out, err)
	}
}

// settled waits until the anomaly stream holds n messages: publishing outside a fence is not acknowledged.
func settled(t *testing.T, broker *stream.JetStream, n int) {
	t.Helper()
	seen := 0
	err := broker.Follow(t.Context(), schema.AnomalyStream, nil, stream.Start{}, func(stream.Message) error {
		if seen++; seen == n {
			return errFound
		}
		return nil
	})
	if err != errFound {
		t.Fatal(err)
	}
}

func TestCommandsSayWhenEddyHasNotRunThere(t *testing.T) {
	t.Parallel()
	embedded, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: t.TempDir(), ListenAddress: "127.0.0.1:0", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(embedded.Stop)
	for _, args := range [][]string{{"tail"}, {"replay"}, {"verify", "x"}} {
		code, _, said := call(t, append(args, "--nats.url", embedded.URL())...)
		if code != 1 || !strings.Contains(said, "does not exist on this server") {
			t.Errorf("%v: exit %d: %s", args, code, said)
		}
	}
}

func TestVerifyKnowsWhenThereIsNothing(t *testing.T) {
	t.Parallel()
	_, url := server(t)
	code, _, said := call(t, "verify", "--nats.url", url, "0123")
	if code != 1 || !strings.Contains(said, "no such anomaly or event") {
		t.Errorf("exit %d: %s", code, said)
	}
}
