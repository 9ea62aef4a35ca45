package tail

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"eddy/cmd/eddy/term"
	"eddy/schema"
)

func event() schema.Event {
	return schema.Event{
		SpecVersion: "1.0", ID: "a-1", Type: schema.TypeOpened, Subject: `http_requests_total{instance="shop-2"}`,
		Time: "2026-11-24T12:00:01.500Z",
		Data: schema.Anomaly{ID: "a", Severity: schema.SeverityCritical, Feature: "rate", Value: 0.25, Expected: 41.2345, Lower: 30, Upper: 52.5,
			Score: 0.912, Cause: schema.CauseMetric, StartedAt: "2026-11-24T11:59:59.500Z"},
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	f := func(change func(*schema.Event), want string) {
		t.Helper()
		e := event()
		change(&e)
		if got := (Format{}).Line(e); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	f(func(*schema.Event) {},
		`2026-11-24 12:00:01  critical  opened    http_requests_total{instance="shop-2"}  0.25/s, expected 41.23 [30..52.5]  score 0.91`)
	f(func(e *schema.Event) { e.Type, e.Data.EndedAt = schema.TypeResolved, "2026-11-24T12:01:30.000Z" },
		`2026-11-24 12:00:01  critical  resolved  http_requests_total{instance="shop-2"}  0.25/s, expected 41.23 [30..52.5]  score 0.91  after 1m31s`)
	f(func(e *schema.Event) {
		e.Data.Cause, e.Data.Severity, e.Data.Value = schema.CauseSilence, schema.SeverityInfo, 40
	},
		`2026-11-24 12:00:01  info      opened    http_requests_total{instance="shop-2"}  silent, last 40, expected 41.23 [30..52.5]  score 0.91`)
	f(func(e *schema.Event) { e.Subject, e.Time = "evil{a=\"\x1b[2J\u202e\"}", "no\ntime" },
		`no\x0atime  critical  opened    evil{a="\x1b[2J\u202e"}  0.25/s, expected 41.23 [30..52.5]  score 0.91`)
	f(func(e *schema.Event) {
		e.Type, e.Data.Cause, e.Data.Feature = "eddy.anomaly.revised.v1", "new\x07", "value"
	},
		`2026-11-24 12:00:01  critical  revised   http_requests_total{instance="shop-2"}  0.25, expected 41.23 [30..52.5] (new\x07)  score 0.91`)
}

func TestColoursAndLocation(t *testing.T) {
	t.Parallel()
	f := Format{Style: term.Style{Colour: true}, Location: time.FixedZone("", 3600)}
	want := "\x1b[2m2026-11-24 13:00:01\x1b[0m  \x1b[31;1mcritical\x1b[0m  opened    \x1b[1mhttp_requests_total{instance=\"shop-2\"}\x1b[0m  " +
		"0.25/s, expected 41.23 [30..52.5]  score 0.91"
	if got := f.Line(event()); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	f := func(v float64, want string) {
		t.Helper()
		if got := Number(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	f(0, "0")
	f(0.123456, "0.1235")
	f(-3.5, "-3.5")
	f(1234, "1234")
	f(9999.9, "10k")
	f(12345, "12.35k")
	f(-999960, "-1M")
	f(9.99999e17, "1E")
	f(2.5e9, "2.5G")
	f(1.1e9, "1.1G")
	f(-4.2e10, "-42G")
	f(1e300, "1e+300")
	f(1e-9, "1e-09")
	f(math.Inf(1), "+Inf")
}

func TestParseRefusesWhatIsNoAnomaly(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "{}", "[]", `{"specversion":"1.0"}`, `{"specversion":"0.3","data":{"anomaly_id":"a"}}`} {
		if _, err := Parse([]byte(in)); err == nil {
			t.Errorf("%q was taken for an event", in)
		}
	}
}

func FuzzLine(f *testing.F) {
	seed, err := json.Marshal(event())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"specversion":"1.0","time":"\n","subject":"\u001b[2J","data":{"anomaly_id":"x","severity":"\u009b"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Parse(data)
		if err != nil {
			return
		}
		line := (Format{}).Line(e)
		if term.Clean(line) != line || strings.Contains(line, "\n") {
			t.Fatalf("an event broke out of its line: %q", line)
		}
		text, err := (Format{}).JSON(data)
		if err != nil || term.Clean(string(text)) != string(text) || !json.Valid(text) {
			t.Fatalf("JSON %q, error %v", text, err)
		}
	})
}
