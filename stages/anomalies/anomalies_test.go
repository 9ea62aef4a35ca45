package anomalies

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

var update = flag.Bool("update", false, "write golden files anew")

func start() *Processor { return New(3, stagetest.Catalogue) }

func labels(kv ...string) (l schema.Labels) {
	for i := 0; i < len(kv); i += 2 {
		l = schema.AppendLabel(l, kv[i], kv[i+1])
	}
	return l
}

// block makes a record of scores.
func block(root uint64, watches []schema.Watch, rows ...schema.ScoreRow) stream.Record {
	var b schema.ScoreBuilder
	for _, w := range watches {
		b.AddWatch(w)
	}
	for i := range rows {
		b.AddRow(&rows[i])
	}
	return stream.Record{Tenant: "shop", Root: root, Data: b.AppendTo(nil)}
}

func abnormal(ref uint32, timestamp int64) schema.ScoreRow {
	return schema.ScoreRow{Ref: ref, Timestamp: timestamp, Value: 30, Expected: 10, Lower: 5, Upper: 15.5, Score: 0.8,
		Contributions: [4]float32{0.7, 0.3}}
}

// opening opens an episode of one series with its third row.
func opening(l schema.Labels) stream.Record {
	const t = stagetest.Epoch
	return block(41, []schema.Watch{{Ref: 0, Labels: l, Kind: schema.SeriesRate}}, abnormal(0, t+1), abnormal(0, t+15_001), abnormal(0, t+30_001))
}

// TestEventBytes pins an event to the byte: subscribers parse it, and verify compares it.
func TestEventBytes(t *testing.T) {
	t.Parallel()
	l := labels("__name__", "http_errors_total", "instance", `10.0.0.1:80`, "path", `/a"b\<ü>`)
	got := stagetest.Run(t, start(), opening(l))
	if len(got) != 1 || got[0].Subject != "eddy.anomalies.shop.critical.3" {
		t.Fatalf("emissions: %+v", got)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got[0].Data, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	const path = "testdata/event.json"
	if *update {
		if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Error(diff)
	}
}

func TestIdentityFollowsWhatMatters(t *testing.T) {
	t.Parallel()
	base := func() occasion {
		return occasion{tenant: "shop", cause: schema.CauseMetric, detector: detector(), labels: labels("a", "b"), episode: &episode{started: 5}}
	}
	seen := map[string]string{}
	f := func(name string, change func(*occasion)) {
		o := base()
		change(&o)
		if other, ok := seen[o.id()]; ok {
			t.Errorf("%s has the identity of %s", name, other)
		}
		seen[o.id()] = name
	}
	f("base", func(*occasion) {})
	f("tenant", func(o *occasion) { o.tenant = "shop2" })
	f("detector", func(o *occasion) { o.detector.Name = "x" })
	f("labels", func(o *occasion) { o.labels = labels("a", "c") })
	f("cause", func(o *occasion) { o.cause = schema.CauseSilence })
	f("doubtful samples", func(o *occasion) { o.cause = schema.CauseIngest })
	f("doubtful silence", func(o *occasion) { o.cause, o.silent = schema.CauseIngest, true })
	f("start", func(o *occasion) { o.episode.started = 6 })
	o := base()
	o.root, o.partition, o.timestamp, o.digest = 9, 9, 9, "x"
	if seen[o.id()] != "base" {
		t.Error("identity follows what does not matter")
	}
}

func TestStampAndStrip(t *testing.T) {
	t.Parallel()
	l := labels("__name__", "x", "latency", `,"latency":{"accepted":"`, "z", `"}}}`)
	event := stagetest.Run(t, start(), opening(l))[0].Data
	at := time.Date(2026, 1, 1, 0, 0, 0, 123456000, time.UTC)
	stamped := Stamp(event, at, at.Add(time.Millisecond), at.Add(2*time.Millisecond), at.Add(3*time.Millisecond))
	var e schema.Event
	if err := json.Unmarshal(stamped, &e); err != nil {
		t.Fatal(err)
	}
	want := &schema.Latency{
		Accepted: "2026-01-01T00:00:00.123456Z", Featured: "2026-01-01T00:00:00.124456Z",
		Scored: "2026-01-01T00:00:00.125456Z", Published: "2026-01-01T00:00:00.126456Z",
	}
	if diff := cmp.Diff(want, e.Data.Latency); diff != "" {
		t.Error(diff)
	}
	again, err := json.Marshal(e)
	if err != nil || !bytes.Equal(again, stamped) {
		t.Errorf("a stamped event is not what encoding it gives (%v):\n%s\n%s", err, again, stamped)
	}
	if got := Strip(stamped); !bytes.Equal(got, event) {
		t.Errorf("stripped:\n%s\nwant\n%s", got, event)
	}
	if got := Strip(event); !bytes.Equal(got, event) {
		t.Errorf("an event without a stamp is changed by Strip:\n%s", got)
	}
	if got := Stamp([]byte("{}"), at, at, at, at); string(got) != "{}" {
		t.Errorf("what is no event is stamped: %s", got)
	}
}

// TestOversizedLabels: an event always fits a message and is always JSON, whatever the labels.
func TestOversizedLabels(t *testing.T) {
	t.Parallel()
	f := func(name string, l schema.Labels) {
		t.Helper()
		got := stagetest.Run(t, start(), opening(l))
		if len(got) != 1 || len(got[0].Data) > maxEvent || !json.Valid(got[0].Data) {
			t.Errorf("%s: %d events, of %d bytes", name, len(got), len(got[0].Data))
		}
	}
	var many, odd schema.Labels
	for i := range 64 {
		many = append(many, labels(strings.Repeat(string('a'+rune(i%26)), 500)+string('0'+rune(i)), strings.Repeat("<", 8192))...)
	}
	for i := range 60_000 {
		odd = append(odd, labels(string(rune(0x800+i%2000))+string(rune(0x800+i/2000)), strings.Repeat("\x00", 9))...)
	}
	f("64 long labels that grow in JSON", many)
	f("60,000 labels", odd)
	f("not UTF-8", labels("__name__", "\xff\xfe", "a", "\xc3\x28"))
	f("no labels at all", nil)
	f("bytes that are none", schema.Labels("hello"))
}

func TestHostileNumbersGiveJSON(t *testing.T) {
	t.Parallel()
	p := start()
	var rows []schema.ScoreRow
	for i, v := range []float64{math.Inf(1), math.NaN(), math.Inf(-1), 1e308} {
		r := abnormal(0, math.MaxInt64-int64(i))
		r.Value, r.Expected, r.Lower, r.Upper = v, -v, v, v
		r.Contributions[0] = float32(v)
		rows = append(rows, r)
	}
	for _, e := range stagetest.Run(t, p, block(1, []schema.Watch{{Labels: labels("a", "b")}}, rows...)) {
		if !json.Valid(e.Data) {
			t.Errorf("%s", e.Data)
		}
	}
}

func TestRefusedRecordsChangeNothing(t *testing.T) {
	t.Parallel()
	p := start()
	stagetest.Run(t, p, opening(labels("__name__", "x")))
	before := stagetest.Snapshot(t, p)
	f := func(name string, rec stream.Record) {
		t.Helper()
		var out stream.Output
		if err := p.Process(&rec, &out); err == nil || out.Len() != 0 {
			t.Errorf("%s: error %v, %d emissions", name, err, out.Len())
		}
		if !bytes.Equal(stagetest.Snapshot(t, p), before) {
			t.Fatalf("%s changed the state", name)
		}
	}
	f("no block", stream.Record{Tenant: "shop", Data: []byte("hello")})
	f("an impossible tenant", stream.Record{Tenant: "a.b"})
	f("a detector that is not", block(1, []schema.Watch{{Ref: 1, Labels: labels("a", "b")}, {Ref: 2, Detector: 7}}))
	f("a control record that is none", stream.Record{Tenant: schema.ControlTenant, Kind: schema.EntryControl, Data: []byte("{")})
	policy := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{Detectors: []schema.Detector{{Name: "a", Algorithm: "magic"}}}}
	f("a policy that cannot be", stream.Record{Tenant: schema.ControlTenant, Kind: schema.EntryControl, Data: policy.Encode()})
	broken := New(0, func(string) (algorithms.Algorithm, bool) { return nil, false })
	var out stream.Output
	if err := broken.Process(&stream.Record{Tenant: "shop"}, &out); err == nil {
		t.Error("a processor without a plan works")
	}
}
