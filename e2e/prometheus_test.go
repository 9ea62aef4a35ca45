package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A real Prometheus scrapes a small exporter and node_exporter and writes to eddy. A fault in the exporter arrives as an
// event on the subject and is later resolved. eddy is restarted in between; afterwards every sample that Prometheus has
// sent, and every one it has itself, is in the samples log.
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
			return metric(get(t, "http://"+prom.address+"/metrics"), "prometheus_remote_storage_samples_total") > 0 &&
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
	prom.scrapeNothing()
	_, js := connect(t, e.nats)
	prom.sentIsStored(js)
	prom.backtested()
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

// prometheus is one that writes to eddy.
type prometheus struct {
	t                     *testing.T
	address, config, eddy string
	process               *process
}

func startPrometheus(t *testing.T, e *eddy, exporter, node string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	p := &prometheus{t: t, address: freePort(t), config: filepath.Join(dir, "prometheus.yml"), eddy: e.web}
	p.configure(fmt.Sprintf("{targets: [%q]}", exporter), fmt.Sprintf("{targets: [%q]}", node))
	p.process = start(t, "prometheus", find(t, "prometheus"), "--config.file", p.config, "--storage.tsdb.path", filepath.Join(dir, "data"),
		"--web.listen-address", p.address, "--log.level", "warn")
	return p
}

func (p *prometheus) configure(shop, node string) {
	p.t.Helper()
	text := fmt.Sprintf(`global: {scrape_interval: 500ms, scrape_timeout: 400ms}
scrape_configs:
  - {job_name: shop, static_configs: [%s]}
  - {job_name: node, scrape_interval: 2s, static_configs: [%s]}
remote_write:
  - url: http://%s/api/v1/write
`, shop, node, p.eddy)
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// scrapeNothing takes the targets away, so that what has been sent can be counted. Their series end with stale markers.
func (p *prometheus) scrapeNothing() {
	p.t.Helper()
	p.configure("", "")
	if err := p.process.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
}

// sentIsStored waits until the log holds what Prometheus has scraped and sent, the markers of the ended series included,
// and no more.
func (p *prometheus) sentIsStored(js jetstream.JetStream) {
	p.t.Helper()
	var scraped, sent, stored, ended float64
	defer func() {
		p.t.Logf("%v samples scraped, %v sent, %v stored; %v of them end a series", scraped, sent, stored, ended)
	}()
	const sending = "prometheus_remote_storage_samples_"
	eventually(p.t, "every sample is stored", 60*time.Second, func() bool {
		scraped, sent = p.counter("prometheus_tsdb_head_samples_appended_total"), p.counter(sending+"total")-p.counter(sending+"retried_total")
		if sent != scraped || p.counter(sending+"pending") != 0 {
			return false
		}
		stored, ended = storedSamples(p.t, js)
		return stored == scraped && ended > 300
	})
	for _, name := range []string{sending + "failed_total", sending + "dropped_total", "prometheus_remote_storage_metadata_failed_total", "prometheus_remote_storage_histograms_failed_total"} {
		if n := p.counter(name); n != 0 {
			p.t.Errorf("Prometheus counts %v %s", n, name)
		}
	}
}

// backtested tries eddy's detectors on what Prometheus has kept itself: they find the fault there, too.
func (p *prometheus) backtested() {
	p.t.Helper()
	out := p.t.TempDir()
	said, err := exec.Command(eddyBinary, "backtest", "--prometheus", "http://"+p.address, "--match", `{job="shop"}`,
		"--from", "10m", "--step", "1s", "--grace", "0", "--out", out).CombinedOutput()
	if err != nil {
		p.t.Fatalf("eddy backtest: %v\n%s", err, said)
	}
	events, err := os.ReadFile(filepath.Join(out, "events.csv"))
	if err != nil || !strings.Contains(string(events), "shop_queue_depth") {
		p.t.Errorf("eddy backtest found no fault, %v\n%s%s", err, said, events)
	}
}

// counter reads a metric of Prometheus. One that is not there proves nothing, and fails the test.
func (p *prometheus) counter(name string) float64 {
	p.t.Helper()
	v := metric(get(p.t, "http://"+p.address+"/metrics"), name)
	if v < 0 {
		p.t.Fatalf("Prometheus has no metric %s", name)
	}
	return v
}

// storedSamples counts the samples of the log, and the markers among them that end a series. A sample that is stored
// twice, as after a lost answer, counts once.
func storedSamples(t *testing.T, js jetstream.JetStream) (all, ended float64) {
	t.Helper()
	type key struct {
		series    string
		timestamp int64
	}
	seen := map[key]bool{}
	for _, name := range streams(t, js, "EDDY_SAMPLES_") {
		readStream(t, js, name, []string{"eddy.samples.default.>"}, func(m jetstream.Msg) {
			if m.Headers().Get("Eddy-Kind") != "" {
				return
			}
			for _, s := range decodeSamples(t, m) {
				k := key{s.series, s.timestamp}
				if !seen[k] && s.stale() {
					ended++
				}
				seen[k] = true
			}
		})
	}
	return float64(len(seen)), ended
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
