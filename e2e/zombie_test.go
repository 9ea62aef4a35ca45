package e2e

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
)

// Two processes share the partitions of an external server. Each in turn is frozen until the other has taken its
// partitions over, then goes on as a zombie that still believes it owns them; one is also killed. The anomaly log is
// that of one undisturbed process.
func TestTwoProcessesAndZombies(t *testing.T) {
	dir := t.TempDir()
	address := startNATS(t, dir)
	url := "nats://" + address
	a, b := newEddy(t, "--nats.url", url, "--partitions", "2"), newEddy(t, "--nats.url", url)
	a.nats, b.nats = address, address
	a.start()
	b.start()
	load := fleet{series: 40, steps: 1500, from: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	gateway := newEddy(t, "--nats.url", url, "--stages", "ingest")
	gateway.nats = address
	gateway.start()
	var accepted atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		load.send(t, "http://"+gateway.web+"/api/v1/write", func(step int) { accepted.Store(int64(step)) })
	}()
	owned := func(e *eddy) float64 { return e.metric("eddy_stage_owned") }
	for round, pair := range [][2]*eddy{{a, b}, {b, a}, {a, b}} {
		frozen, other := pair[0], pair[1]
		at := int64((round + 1) * load.steps / 5)
		eventually(t, "the load goes on", 60*time.Second, func() bool { return accepted.Load() >= at })
		_ = frozen.process.Process.Signal(syscall.SIGSTOP)
		eventually(t, "the other process owns all partitions", 30*time.Second, func() bool { return owned(other) == 6 })
		_ = frozen.process.Process.Signal(syscall.SIGCONT)
		eventually(t, "the zombie has noticed", 30*time.Second, func() bool { return owned(frozen) == 0 })
	}
	b.process.stop(syscall.SIGKILL)
	<-sent
	eventually(t, "the survivor owns all partitions", 30*time.Second, func() bool { return owned(a) == 6 })
	a.settle()
	_, js := connect(t, address)
	checkStored(t, js, load)
	shared := verdicts(t, js)
	checkOnce(t, shared)
	gateway.process.stop(syscall.SIGTERM)
	if diff := cmp.Diff(a.rederive(), shared); diff != "" {
		t.Errorf("the anomaly log differs from that of one process (-one +two):\n%s", diff)
	}
	t.Logf("%d events", len(shared))
}

// startNATS runs a server in this process and returns its address.
func startNATS(t *testing.T, dir string) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{ServerName: "e2e", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true,
		NoLog: true, JetStream: true, StoreDir: dir, JetStreamMaxStore: 32 << 30, JetStreamMaxMemory: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS server not ready")
	}
	return s.Addr().String()
}
