package stream_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

// Leaders of all streams change again and again while owners crash, pause and lose acknowledgements.
func TestExactlyOnceAcrossLeaderChanges(t *testing.T) {
	t.Parallel()
	urls := startCluster(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	client, err := stream.Dial(ctx, urls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	js, err := stream.Open(ctx, client, stream.Layout{Partitions: 1, Replicas: 3, MaxBytes: 1 << 30}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	input := streamtest.Input(120, 11)
	streamtest.Feed(t, js, input)

	ctx, stop := context.WithCancel(ctx)
	changes := make(chan int)
	go func() { changes <- stepDown(ctx, urls) }()
	streamtest.Run{Broker: js, Owners: 2, Seed: 11, Within: 4 * time.Minute, Config: stream.Config{GroupBytes: 64, SnapshotEvery: 20 * time.Millisecond, CommitTimeout: 250 * time.Millisecond},
		Faults: streamtest.Faults{LostAck: 30, Paused: 100, Crash: 20, CrashAt: 20, PauseFor: 20 * time.Millisecond},
	}.Until(t, streamtest.Expect(input))
	stop()
	if n := <-changes; n == 0 {
		t.Error("no leader changed: nothing was tested")
	} else {
		t.Logf("%d leader changes", n)
	}
}

// stepDowns is after how many changes the leaders are left alone, so that a slow machine gets to the end.
const stepDowns = 12

// stepDown asks the leaders of the three streams in turn to step down, until ctx ends or they have changed enough.
func stepDown(ctx context.Context, urls string) (changes int) {
	nc, err := nats.Connect(urls)
	if err != nil {
		return 0
	}
	defer nc.Close()
	streams := []string{schema.PartitionStream(schema.KindSamples, 0), schema.PartitionStream(schema.KindFeatures, 0), schema.AnomalyStream}
	for i := 0; ctx.Err() == nil && changes < stepDowns; i++ {
		if _, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.LEADER.STEPDOWN."+streams[i%3], nil); err == nil {
			changes++
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
	return changes
}

// startCluster runs n servers in this process and returns their URLs, comma-separated.
func startCluster(t *testing.T, n int) string {
	t.Helper()
	var routes []*url.URL
	var ports []int
	var listeners []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		listeners = append(listeners, l)
	}
	for _, l := range listeners {
		l.Close()
	}
	var servers []*server.Server
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 4 << 30, JetStreamMaxMemory: 256 << 20,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: ports[i]}, Routes: routes,
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, s)
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
	return startTogether(t, servers)
}

// startTogether starts the servers and returns their URLs as soon as they take connections: that they have no leader
// yet is Open's to bear.
func startTogether(t *testing.T, servers []*server.Server) string {
	t.Helper()
	for _, s := range servers {
		go s.Start()
	}
	var urls []string
	for _, s := range servers {
		if !s.ReadyForConnections(30 * time.Second) {
			t.Fatal("a server takes no connections")
		}
		urls = append(urls, s.ClientURL())
	}
	return strings.Join(urls, ",")
}
