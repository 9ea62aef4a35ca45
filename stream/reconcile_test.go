package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"eddy/stream"
)

// kept is what a process that knows little must not change.
type kept struct {
	Age      time.Duration
	MaxBytes int64
	Replicas int
}

func keptOf(t *testing.T, js jetstream.JetStream, name string) kept {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	return kept{c.MaxAge, c.MaxBytes, c.Replicas}
}

func TestWhatIsNotConfiguredStaysAsTheStreamsHaveIt(t *testing.T) {
	t.Parallel()
	urls := startCluster(t, 3)
	js := openExternal(t, t.Context(), urls, stream.Layout{Partitions: 1, SamplesAge: 7 * 24 * time.Hour, AnomaliesAge: time.Minute, MaxBytes: 64 << 20})
	nc, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	raw, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"EDDY_SAMPLES_0", "EDDY_FEATURES_0", "EDDY_ANOMALIES", "EDDY_DEAD"}
	all := func() map[string]kept {
		m := map[string]kept{}
		for _, name := range names {
			m[name] = keptOf(t, raw, name)
		}
		return m
	}
	open := func(l stream.Layout) {
		if _, err := stream.Open(t.Context(), js.Client, l, zerolog.Nop()); err != nil {
			t.Fatal(err)
		}
	}
	before := all()
	open(stream.Layout{})
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("a process without configuration changed the streams (-before +after):\n%s", diff)
	}
	open(stream.Layout{Replicas: 3, SamplesAge: time.Hour})
	for name, k := range before {
		k.Replicas = 3
		if name == "EDDY_SAMPLES_0" {
			k.Age = time.Hour
		}
		before[name] = k
	}
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("what was configured (-want +got):\n%s", diff)
	}
	open(stream.Layout{})
	if diff := cmp.Diff(before, all()); diff != "" {
		t.Errorf("a process without configuration changed the streams (-before +after):\n%s", diff)
	}
}

// A stream that is written asynchronously can never be replicated. That is said before anything is changed.
func TestAnEmbeddedServersStreamsAreNotReplicatedByHalf(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 1})
	_, err := stream.Open(t.Context(), js.Client, stream.Layout{Replicas: 3}, zerolog.Nop())
	if err == nil || !strings.Contains(err.Error(), "EDDY_FEATURES_0 was made for one server") {
		t.Errorf("Open with 3 replicas: %v", err)
	}
	if _, err := stream.Open(t.Context(), js.Client, stream.Layout{Replicas: 1}, zerolog.Nop()); err != nil {
		t.Errorf("and back: %v", err)
	}
}
