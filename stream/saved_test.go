package stream_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

// A partition that lives on leaves, beside the newest few snapshots, older ones whose next record is still in the log.
func TestOlderStatesAreKeptForProofs(t *testing.T) {
	t.Parallel()
	server, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: t.TempDir(), ListenAddress: "127.0.0.1:0", MaxStore: 1 << 30, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	client, err := stream.DialEmbedded(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if states, err := client.SavedStates(t.Context(), "chain", 0); len(states) != 0 || err != nil {
		t.Errorf("where eddy has never run: %v, %v", states, err)
	}
	broker, err := stream.Open(t.Context(), client, stream.Layout{Partitions: 1}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	input := streamtest.Input(480, 1)
	live := func(from, to int) {
		for n := from; n < to; n += 40 { // each life ends in good order, and saves its state
			streamtest.Feed(t, broker, input[n:n+40])
			streamtest.Run{Broker: broker, Owners: 1}.Until(t, streamtest.Expect(input[:n+40]))
		}
	}
	live(0, 320)
	if oldest := checkStates(t, client); oldest > 100 {
		t.Errorf("the oldest state is that after record %d of 320", oldest)
	}
	purge(t, server.URL(), 150)
	live(320, 480)
	if oldest := checkStates(t, client); oldest < 149 || oldest > 300 {
		t.Errorf("the oldest state is that after record %d; the log holds 150 to 480", oldest)
	}
}

// checkStates loads every state of both stages and returns the highest of their lowest roots.
func checkStates(t *testing.T, client *stream.Client) (oldest uint64) {
	t.Helper()
	for _, stage := range []string{"chain", "events"} {
		keys, err := client.SavedStates(t.Context(), stage, 0)
		if err != nil || len(keys) < 5 {
			t.Fatalf("%s: %d states, %v", stage, len(keys), err)
		}
		for i, k := range keys {
			if i > 0 && k.Root > keys[i-1].Root {
				t.Errorf("%s: not newest first: %v", stage, keys)
			}
			if data, err := client.LoadState(t.Context(), k); err != nil || len(data) == 0 {
				t.Errorf("%v: %d bytes, %v", k, len(data), err)
			}
		}
		oldest = max(oldest, keys[len(keys)-1].Root)
	}
	return oldest
}

// purge removes the samples before a sequence, as age would.
func purge(t *testing.T, url string, sequence uint64) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), schema.PartitionStream(schema.KindSamples, 0))
	if err == nil {
		err = s.Purge(t.Context(), jetstream.WithPurgeSequence(sequence))
	}
	if err != nil {
		t.Fatal(err)
	}
}
