package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// event is what a subscriber reads of an anomaly event; see README, "The event".
type event struct {
	ID, Source, Type, Subject, Time string
	SpecVersion                     string
	Data                            struct {
		AnomalyID              string `json:"anomaly_id"`
		Tenant, Detector       string
		Severity, Cause        string
		Labels                 map[string]string
		Value, Expected, Score float64
		Lower, Upper           float64
		Direction              string
		StartedAt              string `json:"started_at"`
		Latency                map[string]string
	}
}

func (e event) kind() string {
	return strings.TrimSuffix(strings.TrimPrefix(e.Type, "eddy.anomaly."), ".v1")
}

// connect dials NATS and returns JetStream.
func connect(t *testing.T, address string) (*nats.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := nats.Connect("nats://"+address, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

// verdicts returns all anomaly messages, "subject payload", without the measured latency: partition after partition,
// in order within each. Between partitions there is no order: each is a log of its own.
func verdicts(t *testing.T, js jetstream.JetStream) []string {
	t.Helper()
	byPartition := map[string][]string{}
	readStream(t, js, "EDDY_ANOMALIES", []string{"eddy.anomalies.>"}, func(m jetstream.Msg) {
		p := m.Subject()[strings.LastIndexByte(m.Subject(), '.'):]
		byPartition[p] = append(byPartition[p], m.Subject()+" "+withoutLatency(t, m.Data()))
	})
	var all []string
	for _, p := range slices.Sorted(maps.Keys(byPartition)) {
		all = append(all, byPartition[p]...)
	}
	return all
}

// withoutLatency cuts `,"latency":{…}` out of an event; it is the last member of data, as the contract says.
func withoutLatency(t *testing.T, data []byte) string {
	t.Helper()
	s := string(data)
	before, after, ok := strings.Cut(s, `,"latency":{`)
	if !ok {
		t.Fatalf("event without latency: %s", s)
	}
	_, after, ok = strings.Cut(after, "}")
	if !ok || after != "}}" {
		t.Fatalf("latency is not the last member of data: %s", s)
	}
	return before + after
}

// readStream reads what a stream holds now.
func readStream(t *testing.T, js jetstream.JetStream, stream string, filters []string, fn func(jetstream.Msg)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	consumer, err := js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{FilterSubjects: filters})
	if err != nil {
		t.Fatal(err)
	}
	info, err := consumer.Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for pending := info.NumPending; pending > 0; {
		m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
		if errors.Is(err, nats.ErrTimeout) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", stream, err)
		}
		md, err := m.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		pending = md.NumPending
		fn(m)
	}
}

// parseEvent decodes an anomaly event and checks that it is a CloudEvent.
func parseEvent(t *testing.T, data []byte) event {
	t.Helper()
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if e.SpecVersion != "1.0" || e.ID == "" || e.Source == "" || e.Type == "" {
		t.Fatalf("not a CloudEvent: %s", data)
	}
	return e
}
