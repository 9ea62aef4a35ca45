package demo

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
)

func TestFleetIsAboutSixtyDistinctSeries(t *testing.T) {
	t.Parallel()
	f := NewFleet(1)
	seen := map[string]bool{}
	for _, s := range f.Series {
		seen[string(s.Labels)] = true
	}
	if len(seen) != len(f.Series) || len(seen) != 60 {
		t.Errorf("%d series, %d distinct", len(f.Series), len(seen))
	}
}

func TestSamplesArePureAndDependOnTheSeed(t *testing.T) {
	t.Parallel()
	text := func(seed uint64, at int) string { return fmt.Sprint(NewFleet(seed).Samples(at)) }
	for _, at := range []int{-History, -1, 0, 100, End - 1} {
		if text(1, at) != text(1, at) {
			t.Errorf("second %d differs between two fleets of one seed", at)
		}
		if text(1, at) == text(2, at) {
			t.Errorf("second %d does not depend on the seed", at)
		}
	}
}

func TestCountersFallOnlyWhenTheyRestart(t *testing.T) {
	t.Parallel()
	f := NewFleet(3)
	last := map[int]float64{}
	falls := map[string][]int{}
	for at := -History; at < End; at++ {
		for _, s := range f.Samples(at) {
			series := &f.Series[s.Series]
			if series.kind != counter || s.Value != s.Value {
				continue
			}
			if s.Value < last[s.Series] {
				falls[series.tags["instance"]] = append(falls[series.tags["instance"]], at)
			}
			last[s.Series] = s.Value
		}
	}
	want := map[string][]int{}
	for i := 1; i <= instances; i++ {
		restart := 20 + (i-1)*5
		want[fmt.Sprintf("shop-%d:8080", i)] = []int{restart, restart, restart} // its three counters
	}
	want["shop-4:8080"] = []int{35, 35, 35, 360, 360, 360} // and again after the outage
	if diff := cmp.Diff(want, falls); diff != "" {
		t.Errorf("restarts (-want +got):\n%s", diff)
	}
}

func TestFaultsDoWhatTheStorySays(t *testing.T) {
	t.Parallel()
	f := NewFleet(1)
	at := func(second int, name, instance string) (v float64, n int) {
		for _, s := range f.Samples(second) {
			if series := f.Series[s.Series]; series.name == name && series.tags["instance"] == instance {
				v, n = s.Value, n+1
			}
		}
		return v, n
	}
	if v, _ := at(90, "http_request_duration_p99_seconds", "shop-2:8080"); v < 0.6 {
		t.Errorf("slow instance: %v", v)
	}
	if v, _ := at(289, "process_resident_memory_bytes", "shop-5:8080"); v < 1.5e9 {
		t.Errorf("leak: %v", v)
	}
	if v, n := at(330, "up", "shop-4:8080"); v != 0 || n != 1 {
		t.Errorf("outage: up is %v in %d samples", v, n)
	}
	if v, n := at(320, "order_queue_length", "shop-4:8080"); n != 1 || math.Float64bits(v) != 0x7ff0000000000002 {
		t.Errorf("outage begins with %v in %d samples, want one stale marker", v, n)
	}
	if _, n := at(321, "order_queue_length", "shop-4:8080"); n != 0 {
		t.Error("a series of an instance that is down goes on")
	}
	if _, n := at(390, "payments_accepted_total", "payments-exporter:9400"); n != 0 {
		t.Error("the silent exporter speaks")
	}
	if _, n := at(505, "payments_accepted_total", "payments-exporter:9400"); n != 1 {
		t.Error("the silent exporter never returned")
	}
}

func TestNothingIsEverNegativeOrEndless(t *testing.T) {
	t.Parallel()
	f := NewFleet(9)
	for at := -History; at < End; at++ {
		for _, s := range f.Samples(at) {
			stale := math.Float64bits(s.Value) == 0x7ff0000000000002
			if !stale && !(s.Value >= 0 && s.Value < 1e15) {
				t.Fatalf("second %d: %s is %v", at, f.Series[s.Series].Labels, s.Value)
			}
		}
	}
}

func TestChaptersDoNotOverlap(t *testing.T) {
	t.Parallel()
	last := 0
	for _, f := range Story() {
		if f.From < last || f.Until <= f.From || f.Until > End {
			t.Errorf("%s: %d to %d", f.Name, f.From, f.Until)
		}
		last = f.Until
	}
}

func opened(begin time.Time, second int, labels map[string]string) schema.Event {
	at := begin.Add(time.Duration(second) * time.Second).Format("2006-01-02T15:04:05.000Z")
	return schema.Event{Type: schema.TypeOpened, Subject: schema.LabelsFromMap(labels).String(), Time: at, Data: schema.Anomaly{
		Severity: schema.SeverityCritical, Labels: labels, Cause: schema.CauseMetric, Value: 0.96, Lower: 0.1, Upper: 0.14,
	}}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	j := NewJudge(begin, Story())
	slow := map[string]string{"__name__": "http_request_duration_p99_seconds", "instance": "shop-2:8080", "job": "shop"}
	down := map[string]string{"__name__": "up", "instance": "shop-4:8080", "job": "shop"}
	queue := map[string]string{"__name__": "order_queue_length", "instance": "shop-1:8080", "job": "shop"}
	resolved := opened(begin, 140, slow)
	resolved.Type = schema.TypeResolved
	f := func(e schema.Event, want Verdict) {
		t.Helper()
		if got := j.Add(e); got != want {
			t.Errorf("%s at %s: got %d, want %d", e.Subject, e.Time, got, want)
		}
	}
	f(opened(begin, -10, slow), Ignored)
	f(opened(begin, 30, queue), False) // during the deploy
	f(opened(begin, 88, slow), Caught)
	f(resolved, Ignored)
	f(opened(begin, 150, slow), Again)
	f(opened(begin, 323, down), Caught)
	f(opened(begin, 480, down), False)
	want := `deploy            PAGED, but nothing was wrong
slow instance     caught after 3s: critical http_request_duration_p99_seconds{instance="shop-2:8080",job="shop"} and 1 more series
failing requests  MISSED
memory leak       MISSED
outage            caught after 3s: critical up{instance="shop-4:8080",job="shop"}
silent exporter   MISSED
FALSE             order_queue_length{instance="shop-1:8080",job="shop"} at 2026-11-24T12:00:30.000Z
FALSE             up{instance="shop-4:8080",job="shop"} at 2026-11-24T12:08:00.000Z

2 caught, 3 missed, 2 false`
	if diff := cmp.Diff(want, j.Summary().String()); diff != "" {
		t.Error(diff)
	}
}

func TestScreen(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	s := Screen{Out: &out}
	s.Title()
	s.Injected(begin, Story()[0])
	s.Event(opened(begin, 88, map[string]string{"__name__": "up", "instance": "a\x1b"}), Caught)
	s.Over(begin.Add(time.Minute), Story()[0])
	want := `time      injected                            │ what eddy says
12:00:00  ▶ rolling deploy of the shop:       │
            every counter starts again at 0   │
            (nothing is wrong)                │
12:01:28                                      │ critical opened up{instance="a\x1b"} 0.96, expected 0.1..0.14
12:01:00  ■ deploy is over                    │
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// sink takes every request.
type sink struct {
	mu    sync.Mutex
	posts int
}

func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	status := http.StatusNoContent
	if r.Header.Get("X-Scope-OrgID") != Tenant {
		status = http.StatusBadRequest
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("")), Request: r, Header: http.Header{}}, nil
}

func TestPlayEndsAtThePresentWhateverTheSpeed(t *testing.T) {
	t.Parallel()
	f := func(speed float64) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			receiver := &sink{}
			p := Player{URL: "http://receiver/", Speed: speed, Client: &http.Client{Transport: receiver}}
			fleet, begin := NewFleet(1), p.Begin(time.Now())
			if err := p.History(t.Context(), fleet, begin); err != nil {
				t.Fatal(err)
			}
			var ahead time.Duration
			if err := p.Live(t.Context(), fleet, begin, func(at int) {
				ahead = max(ahead, begin.Add(time.Duration(at)*time.Second).Sub(time.Now()))
			}); err != nil {
				t.Fatal(err)
			}
			if receiver.posts != lanes*History+End {
				t.Errorf("%d requests", receiver.posts)
			}
			if late := time.Since(begin.Add(End * time.Second)); ahead > 0 || late < -2*time.Second || late > 2*time.Second {
				t.Errorf("speed %v: up to %v ahead of the clock, ends %v behind it", speed, ahead, late)
			}
		})
	}
	f(1)
	f(4)
	f(60)
}
