package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"eddy/stream"
	"eddy/stream/streamtest"
)

func TestMemoryLaws(t *testing.T) {
	t.Parallel()
	streamtest.Laws(t, func(*testing.T) stream.Broker { return streamtest.NewMemory() })
}

func TestJetStreamLaws(t *testing.T) {
	t.Parallel()
	streamtest.Laws(t, func(t *testing.T) stream.Broker { return openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 2}) })
}

// openEmbedded starts a server on dir and opens the streams; both end with the test.
func openEmbedded(t *testing.T, dir string, layout stream.Layout) *stream.JetStream {
	t.Helper()
	server, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: dir, MaxStore: 1 << 30, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client, err := stream.DialEmbedded(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	js, err := stream.Open(ctx, client, layout, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	return js
}
