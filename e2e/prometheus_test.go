package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A real Prometheus scrapes a small exporter and node_exporter and writes to eddy. A fault in the exporter arrives as an
// event on the subject and is later resolved; a restart of eddy in between loses nothing, and Prometheus itself saw
// no failed and no dropped sample.
func TestRealPrometheus(t *testing.T) {
	exporter := startExporter(t)
	node := freePort(t)
	start(t, "node_exporter", find(t, "prometheus-node-exporter"), "--web.listen-address", node)
	e := newEddy(t)
	e.start()
	prom := startPrometheus(t, e, exporter.address, node)

	nc, _ := connect(t, e.nats)
	events := make(chan *nats.Msg, 10000)
	if _, err := nc.ChanSubscribe("eddy.anomalies.default.>", events); err != nil {
		t.Fatal(err)
	}
	ingested := func(atLeast float64) {
		t.Helper()
		eventually(t, fmt.Sprintf("%v scrapes have arrived", atLeast), 120*time.Second, func() bool {
			return metric(get(t, "http://"+prom+"/metrics"), "prometheus_remote_storage_samples_total") > 0 &&
				exporter.scrapes.Load() >= int64(atLeast)
		})
	}
	ingested(100)
	exporter.fault.Store(true)
	opened := await(t, events, "opened", "shop_queue_depth")
	if opened.Data.Labels["queue"] != "orders" || opened.Data.Labels["job"] != "shop" || opened.Data.Labels["instance"] != exporter.address {
		t.Errorf("labels: %v", opened.Data.Labels)
	}
	if d := opened.Data; d.Value < 400 || d.Upper > 200 || d.Expected < 40 || d.Expected > 60 || d.Lower > d.Expected || d.Upper < d.Expected || d.Direction != "up" {
		t.Errorf("value %v, expected %v in [%v, %v], direction %s; the exporter says 50 ± 2, then 500", d.Value, d.Expected, d.Lower, d.Upper, d.Direction)
	}
	for _, stamp := range []string{"accepted", "featured", "scored", "published"} {
		if _, err := time.Parse(time.RFC3339Nano, opened.Data.Latency[stamp]); err != nil {
			t.Errorf("latency %s: %v", stamp, err)
		}
	}

	e.process.stop(syscall.SIGTERM)
	seen := exporter.scrapes.Load()
	ingested(float64(seen) + 20) // Prometheus goes on without us
	e.start()

	exporter.fault.Store(false)
	resolved := await(t, events, "resolved", "shop_queue_depth")
	if resolved.Data.AnomalyID != opened.Data.AnomalyID {
		t.Errorf("resolved %s, opened %s", resolved.Data.AnomalyID, opened.Data.AnomalyID)
	}
	eventually(t, "Prometheus has sent all it has", 60*time.Second, func() bool {
		return metric(get(t, "http://"+prom+"/metrics"), "prometheus_remote_storage_samples_pending") < 1000
	})
	page := get(t, "http://"+prom+"/metrics")
	for _, name := range []string{"samples_failed_total", "samples_dropped_total", "metadata_failed_total", "histograms_failed_total"} {
		if n := metric(page, "prometheus_remote_storage_"+name); n > 0 {
			t.Errorf("Prometheus counts %v %s", n, name)
		}
	}
}

// await returns the next event of a kind for a metric.
func await(t *testing.T, events <-chan *nats.Msg, kind, name string) event {
	t.Helper()
	deadline := time.After(120 * time.Second)
	for {
		select {
		case m := <-events:
			e := parseEvent(t, m.Data)
			if e.kind() == kind && e.Data.Labels["__name__"] == name {
				return e
			}
			t.Logf("also: %s %s %s value %v expected %v", e.kind(), e.Data.Severity, e.Subject, e.Data.Value, e.Data.Expected)
		case <-deadline:
			t.Fatalf("no %s event for %s", kind, name)
		}
	}
}

// exporter is a small shop with a fault to switch on.
type exporter struct {
	address string
	fault   atomic.Bool
	scrapes atomic.Int64
}

func startExporter(t *testing.T) *exporter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &exporter{address: l.Addr().String()}
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(7, 7))
	requests := 0.0
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		x.scrapes.Add(1)
		requests += 100 + 5*rng.NormFloat64()
		depth := 50 + 2*rng.NormFloat64()
		if x.fault.Load() {
			depth = 500
		}
		fmt.Fprintf(w, "# TYPE shop_requests_total counter\nshop_requests_total %f\n", requests)
		fmt.Fprintf(w, "# TYPE shop_queue_depth gauge\nshop_queue_depth{queue=\"orders\"} %f\n", depth)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	return x
}

func startPrometheus(t *testing.T, e *eddy, exporter, node string) string {
	t.Helper()
	dir, address := t.TempDir(), freePort(t)
	config := fmt.Sprintf(`global: {scrape_interval: 500ms, scrape_timeout: 400ms}
scrape_configs:
  - {job_name: shop, static_configs: [{targets: [%q]}]}
  - {job_name: node, scrape_interval: 2s, static_configs: [{targets: [%q]}]}
remote_write:
  - url: http://%s/api/v1/write
`, exporter, node, e.web)
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, "prometheus", find(t, "prometheus"), "--config.file", file, "--storage.tsdb.path", filepath.Join(dir, "data"),
		"--web.listen-address", address, "--log.level", "warn")
	return address
}

// find returns the path of a program that make test installs.
func find(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: run make test, which installs it", err)
	}
	return path
}
