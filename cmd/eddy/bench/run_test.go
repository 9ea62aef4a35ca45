package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"

	"eddy/schema"
)

// receiver is a server without a network: synctest cannot wait for sockets.
type receiver struct {
	mu      sync.Mutex
	delay   time.Duration
	status  func(request int) int
	posts   int
	bytes   int
	cpu     float64
	metrics bool
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
	}
	if req.Method == http.MethodGet {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.metrics {
			return answer(404, "no")
		}
		return answer(200, fmt.Sprintf("# HELP x\nprocess_cpu_seconds_total %v\nprocess_resident_memory_bytes 1.048576e+06\neddy_scoring_state_bytes{p=\"0}\"} 2000\neddy_features_state_bytes 1000\n", r.cpu))
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	raw, err := s2.Decode(nil, body)
	if err != nil {
		return nil, err
	}
	<-time.After(r.delay)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts++
	r.bytes += len(raw)
	r.cpu += 0.01
	return answer(r.status(r.posts), "because")
}

func takesAll(int) int { return 204 }

func options() Options {
	return Options{URL: "http://receiver/api/v1/write", Protocol: 1, Series: 100, Labels: 10, PerRequest: 10,
		Connections: 2, Duration: 10 * time.Second, Settle: 5 * time.Second}
}

// run plays a benchmark against r on a fake clock.
func run(t *testing.T, o Options, r *receiver, env Env) (report Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		env.Client = &http.Client{Transport: r}
		report, err = Run(t.Context(), o, env)
	})
	return report, err
}

func TestOpenLoopKeepsTheRate(t *testing.T) {
	t.Parallel()
	o := options()
	o.Rate = 200
	r := &receiver{status: takesAll, metrics: true, delay: 3 * time.Millisecond}
	report, err := run(t, o, r, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Accepted != 2000 || report.Requests != 200 {
		t.Errorf("200 samples/s for 10 s: %d samples in %d requests", report.Accepted, report.Requests)
	}
	if report.RequestP50 < 0.003 || report.RequestP50 > 0.004 {
		t.Errorf("p50 %v, each request took 3 ms", report.RequestP50)
	}
	if got := report.CPUPerMillion; got < 999 || got > 1001 { // 0.01 s per request of 10 samples
		t.Errorf("%v CPU-seconds per million samples, want 1000", got)
	}
	if report.RSSBytes != 1<<20 || report.StateBytesPerSeries != 30 {
		t.Errorf("%+v", report)
	}
}

func TestOpenLoopCountsWaitingAsLatency(t *testing.T) {
	t.Parallel()
	o := options()
	o.Rate, o.Connections, o.Duration = 200, 1, 5*time.Second // due each 50 ms
	report, err := run(t, o, &receiver{status: takesAll, delay: 100 * time.Millisecond}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if report.RequestP99 < 4 {
		t.Errorf("p99 %v s: a receiver at half the rate is 5 s late in the end", report.RequestP99)
	}
	if report.ServerError == "" {
		t.Error("a server without metrics must be named as not measured")
	}
}

func TestPassesEndTheRun(t *testing.T) {
	t.Parallel()
	o := options()
	o.Passes, o.Connections = 7, 3
	report, err := run(t, o, &receiver{status: takesAll}, Env{})
	if err != nil || report.Accepted != 600 { // the first of the 7 passes created the series
		t.Errorf("accepted %d, error %v; want 600", report.Accepted, err)
	}
}

func TestRefusalsAreCountedByReason(t *testing.T) {
	t.Parallel()
	o := options()
	o.Passes = 3
	every := func(n int) int { return [...]int{204, 503, 400, 204}[n%4] }
	report, err := run(t, o, &receiver{status: every}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	statuses := map[int]bool{}
	for _, f := range report.Refused {
		statuses[f.Status] = f.Requests > 0 && f.Example == "because"
	}
	if diff := cmp.Diff(map[int]bool{400: true, 503: true}, statuses); diff != "" {
		t.Error(diff)
	}
}

func TestRetrySendsUntilTaken(t *testing.T) {
	t.Parallel()
	o := options()
	o.Passes, o.Retry = 3, true
	report, err := run(t, o, &receiver{status: func(n int) int { return [...]int{204, 503}[n%2] }}, Env{})
	if err != nil || report.Accepted != 200 || report.Retried == 0 || len(report.Refused) != 0 {
		t.Errorf("error %v, %+v", err, report)
	}
}

func TestNothingTakenIsAnError(t *testing.T) {
	t.Parallel()
	_, err := run(t, options(), &receiver{status: func(int) int { return 415 }}, Env{})
	if err == nil || !strings.Contains(err.Error(), "HTTP 415: because") {
		t.Errorf("got %v", err)
	}
}

func TestEventsGiveTheLatency(t *testing.T) {
	t.Parallel()
	o := options()
	o.Passes = 2
	follow := func(ctx context.Context, event func([]byte)) error {
		e := schema.Event{SpecVersion: "1.0", Type: schema.TypeOpened, Data: schema.Anomaly{Latency: &schema.Latency{
			Accepted: "2026-11-24T00:00:00.000000Z", Published: "2026-11-24T00:00:00.004000Z"}}}
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		event(data)
		event([]byte("no event"))
		<-ctx.Done()
		return nil
	}
	report, err := run(t, o, &receiver{status: takesAll, metrics: true, delay: time.Millisecond}, Env{Follow: follow})
	if err != nil || report.Opened != 1 || report.Events != 1 || report.EventP50 < 0.004 || report.EventP50 > 0.0045 {
		t.Errorf("error %v, %+v", err, report)
	}
}

func TestProgressIsALineEachFiveSeconds(t *testing.T) {
	t.Parallel()
	o := options()
	o.Rate, o.Duration = 100, 11*time.Second
	var out bytes.Buffer
	if _, err := run(t, o, &receiver{status: takesAll, delay: time.Millisecond}, Env{Progress: &out}); err != nil {
		t.Fatal(err)
	}
	want := "   5 s           100 samples/s  p99 1.02 ms\n  10 s           100 samples/s  p99 1.02 ms\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestReportTable(t *testing.T) {
	t.Parallel()
	r := Report{Series: 100000, PerRequest: 2000, Connections: 4, Protocol: 1, CreateSeconds: 0.5, CreateCPUSeconds: 0.4,
		CreatedPerSecond: 200000, Seconds: 30, Accepted: 12345678, AcceptedPerSecond: 411522.6, Requests: 6173,
		Refused: []Refusal{{Status: 503, Requests: 2, Example: "busy\nsecond line"}}, RequestP50: 0.0021, RequestP99: 1.25,
		CPUPerMillion: 0.4321, RSSBytes: 200 << 20, StateBytesPerSeries: 640, Events: 10, Opened: 5, EventP50: 0.0004, EventP99: 0.0087}
	var out bytes.Buffer
	if err := r.Table(&out); err != nil {
		t.Fatal(err)
	}
	want := `series            100,000, 2000 samples a request, 4 connections, remote write 1
series created    200,000/s (0.50 s, server CPU 0.40 s)
samples accepted  411,523/s (12,345,678 in 30.0 s)
requests          6,173, p50 2.1 ms, p99 1.25 s, retried 0
refused           2 × HTTP 503: busy
server CPU        0.432 s per million samples (worked off 0 s after the last)
server memory     200 MiB resident
state             640 bytes a series
events            10, of them 5 opened; sample to event p50 400 µs, p99 8.7 ms
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if err := r.JSON(&out); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("error %v, %s", err, out.String())
	}
}

func TestOptionsAreCheckedTogether(t *testing.T) {
	t.Parallel()
	err := Options{URL: "localhost", Faults: 2, Tenant: "a b"}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, flag := range []string{"--url", "--protocol", "--series", "--labels", "--samples-per-request", "--connections", "--duration", "--faults", "--tenant"} {
		if !strings.Contains(err.Error(), flag) {
			t.Errorf("%s is not named in:\n%v", flag, err)
		}
	}
}

func FuzzParseUsage(f *testing.F) {
	f.Add("process_cpu_seconds_total 1.5\nx{a=\"} 1\"} 2 1234\n")
	f.Add("process_cpu_seconds_total{")
	f.Fuzz(func(t *testing.T, page string) {
		_, _ = parseUsage(strings.NewReader(page))
	})
}
