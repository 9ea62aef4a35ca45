package stream_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"eddy/stream"
	"eddy/stream/streamtest"
)

// A single external server is restarted. Its memory is gone, and with it the leases; who is connected does not open anew.
func TestTheEngineOutlivesARestartOfItsServer(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), freePort(t)
	first := startServer(t, dir, port)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	js := openExternal(t, ctx, first.ClientURL(), stream.Layout{Partitions: 1, MaxBytes: 64 << 20})
	input := streamtest.Input(100, 41)
	streamtest.Feed(t, js, input[:50])
	run := func(want streamtest.Output) {
		done := make(chan error, 1)
		ectx, stop := context.WithCancel(ctx)
		engine := &stream.Engine{Broker: js, Partitions: 1, Owner: "engine", Config: stream.Config{LeaseTTL: time.Second}, Log: zerolog.Nop()}
		go func() { done <- engine.Run(ectx, streamtest.ChainStage(), streamtest.EventsStage()) }()
		streamtest.Run{Broker: js}.Until(t, want)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	run(streamtest.Expect(input[:50]))
	first.Shutdown()
	first.WaitForShutdown()
	startServer(t, dir, port)
	for !js.Connected() {
		<-time.After(10 * time.Millisecond)
	}
	streamtest.Feed(t, js, input[50:])
	run(streamtest.Expect(input))
}

func openExternal(t *testing.T, ctx context.Context, url string, layout stream.Layout) *stream.JetStream {
	t.Helper()
	client, err := stream.Dial(ctx, url)
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

func startServer(t *testing.T, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{ServerName: "one", Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: 1 << 30, JetStreamMaxMemory: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server takes no connections")
	}
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
