package scoring

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// feed writes blocks of features: one record after another, 15 s apart.
type feed struct {
	root uint64
	b    schema.FeatureBuilder
}

func (f *feed) series(ref uint32, labels schema.Labels) *feed {
	f.b.AddSeries(schema.Series{Ref: ref, Labels: labels})
	return f
}

func (f *feed) row(ref uint32, value float64, flags ...schema.RowFlag) *feed {
	var all schema.RowFlag
	for _, x := range flags {
		all |= x
	}
	f.b.AddRow(ref, all, int64(f.root+1)*15_000, value, &[schema.FeatureCount]float32{})
	return f
}

func (f *feed) record() stream.Record {
	f.root++
	data := f.b.AppendTo(nil)
	f.b.Reset()
	return stream.Record{Tenant: "default", Root: f.root, Data: data}
}

func (f *feed) policy(detectors ...schema.Detector) stream.Record {
	f.root++
	c := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{Detectors: detectors}}
	return stream.Record{Tenant: schema.ControlTenant, Root: f.root, Kind: schema.EntryControl, Data: c.Encode()}
}

func metric(name string) schema.Labels { return schema.AppendLabel(nil, schema.MetricName, name) }

// warm gives a series the values its model needs: ten, five times.
func (f *feed) warm(ref uint32, labels schema.Labels) (records []stream.Record) {
	records = append(records, f.series(ref, labels).row(ref, 10, schema.RowFresh).record())
	for range 4 {
		records = append(records, f.row(ref, 10).record())
	}
	return records
}

// lines prints what records give.
func lines(t *testing.T, p *Processor, records ...stream.Record) (all []string) {
	t.Helper()
	for _, e := range stagetest.Run(t, p, records...) {
		if e.Kind == schema.EntryControl {
			all = append(all, "control")
			continue
		}
		v, err := schema.ParseScores(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		for w := range v.Watches {
			all = append(all, fmt.Sprintf("watch #%d %s by %d", w.Ref, w.Labels, w.Detector))
		}
		for i := range v.Rows() {
			var r schema.ScoreRow
			v.Row(i, &r)
			line := fmt.Sprintf("#%d %g (%g..%g..%g) %.2f", r.Ref, r.Value, r.Lower, r.Expected, r.Upper, r.Score)
			for bit, name := range []string{"reset", "gap", "silence", "ended", "fresh", "last"} {
				if r.Flags&(1<<bit) != 0 {
					line += " " + name
				}
			}
			all = append(all, line)
		}
	}
	return all
}

func check(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func start() *Processor { return New(0, stagetest.Catalogue) }

func TestOnlyWatchedSeriesAreWritten(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	check(t, nil, lines(t, p, f.warm(0, metric("a"))...))
	check(t, []string{"watch #0 a by 0", "#0 25 (5..10..15) 0.75"}, lines(t, p, f.row(0, 25).record()))
	check(t, []string{"#0 10 (5..10..15) 0.00"}, lines(t, p, f.row(0, 10).record()))
	check(t, []string{"#0 30 (5..10..15) 0.80 gap"}, lines(t, p, f.row(0, 30, schema.RowGap).record()))
	var calm []stream.Record
	for range 40 {
		calm = append(calm, f.row(0, 10).record())
	}
	got := lines(t, p, calm...)
	if len(got) != 32 || got[31] != "#0 10 (5..10..15) 0.00 last" {
		t.Fatalf("a watch ends with its 32nd normal row: got %d rows, the last %q", len(got), got[len(got)-1])
	}
	check(t, []string{"watch #0 a by 0", "#0 25 (5..10..15) 0.75"}, lines(t, p, f.row(0, 25).record()))
}

func TestDirectionAndLeastDeviation(t *testing.T) {
	t.Parallel()
	f := func(d schema.Detector, value float64, want ...string) {
		t.Helper()
		d.Name = "d"
		p, in := start(), &feed{}
		records := append([]stream.Record{in.policy(d)}, in.warm(0, metric("a"))...)
		check(t, append([]string{"control"}, want...), lines(t, p, append(records, in.row(0, value).record())...))
	}
	high := []string{"watch #0 a by 0", "#0 30 (5..10..15) 0.80"}
	low := []string{"watch #0 a by 0", "#0 -10 (5..10..15) 0.80"}
	f(schema.Detector{}, 30, high...)
	f(schema.Detector{}, -10, low...)
	f(schema.Detector{Direction: schema.DirectionUp}, 30, high...)
	f(schema.Detector{Direction: schema.DirectionUp}, -10)
	f(schema.Detector{Direction: schema.DirectionDown}, 30)
	f(schema.Detector{Direction: schema.DirectionDown}, -10, low...)
	f(schema.Detector{MinDeviation: 20}, 30, high...)
	f(schema.Detector{MinDeviation: 20.5}, 30)
	f(schema.Detector{Info: 0.85}, 30)
	f(schema.Detector{Match: `{__name__="b"}`}, 30)
	f(schema.Detector{Ignore: true}, 30)
}

func TestSilenceAndEnd(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	lines(t, p, f.warm(0, metric("a"))...)
	check(t, []string{"watch #0 a by 0", "#0 10 (10..10..10) 1.00 silence"}, lines(t, p, f.row(0, 10, schema.RowSilence).record()))
	check(t, []string{"#0 10 (5..10..15) 0.00 gap"}, lines(t, p, f.row(0, 10, schema.RowGap).record()))
	check(t, []string{"#0 10 (10..10..10) 0.00 ended last"}, lines(t, p, f.row(0, 10, schema.RowEnded).record()))
	check(t, nil, lines(t, p, f.row(0, 10, schema.RowEnded).record()))

	no := false
	p, f = start(), &feed{}
	records := append([]stream.Record{f.policy(schema.Detector{Name: "d", Silence: &no})}, f.warm(0, metric("a"))...)
	check(t, []string{"control"}, lines(t, p, append(records, f.row(0, 10, schema.RowSilence).record())...))
}

func TestReferenceReused(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	lines(t, p, f.warm(0, metric("a"))...)
	check(t, []string{"watch #0 a by 0", "#0 25 (5..10..15) 0.75"}, lines(t, p, f.row(0, 25).record()))
	// It now means another series, whose model has seen nothing; who watches hears of it first.
	check(t, []string{"watch #0 b by 0", "#0 50 (-5..0..5) 0.00 fresh"},
		lines(t, p, f.series(0, metric("b")).row(0, 50, schema.RowFresh).record()))
}

func TestUnknownReferencesArePassedOver(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	lines(t, p, f.warm(0, metric("a"))...)
	check(t, []string{"watch #0 a by 0", "#0 25 (5..10..15) 0.75"}, lines(t, p, f.row(77, 25).row(0, 25).row(1<<31, 1).record()))
}

func TestPolicyChanges(t *testing.T) {
	t.Parallel()
	wide := map[string]float64{"width": 50}
	f := func(name string, change []schema.Detector, value float64, want ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			p, in := start(), &feed{}
			lines(t, p, in.policy(schema.Detector{Name: "one"}))
			lines(t, p, in.warm(0, metric("a"))...)
			check(t, []string{"watch #0 a by 0", "#0 25 (5..10..15) 0.75"}, lines(t, p, in.row(0, 25).record()))
			check(t, append([]string{"control"}, want...), lines(t, p, in.policy(change...), in.row(0, value).record()))
		})
	}
	f("the same", []schema.Detector{{Name: "one"}}, 30, "#0 30 (5..10..15) 0.80")
	f("new thresholds keep state and watch", []schema.Detector{{Name: "one", Critical: 0.9}}, 30, "#0 30 (5..10..15) 0.80")
	f("another name ends the watch and keeps the state", []schema.Detector{{Name: "two"}}, 30, "watch #0 a by 0", "#0 30 (5..10..15) 0.80")
	f("a new detector before it takes over, watch and state", []schema.Detector{{Name: "two"}, {Name: "one", Match: `b`}}, 12,
		"watch #0 a by 0", "#0 12 (5..10..15) 0.29")
	f("other parameters begin anew", []schema.Detector{{Name: "one", Parameters: wide}}, 30, "#0 30 (-50..0..50) 0.00")
	f("nobody takes it, its detector stays", []schema.Detector{{Name: "one", Match: `b`}}, 30, "#0 30 (30..30..30) 0.00 ended last")
	f("nobody takes it, its detector goes", []schema.Detector{{Name: "two", Match: `b`}}, 30)
}

func TestRefusedRecordsChangeNothing(t *testing.T) {
	t.Parallel()
	p, in := start(), &feed{}
	lines(t, p, in.warm(0, metric("a"))...)
	lines(t, p, in.row(0, 25).record())
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
	many := &feed{}
	for range maxRows + 1 {
		many.row(0, 1)
	}
	f("no block", stream.Record{Tenant: "default", Data: []byte("hello")})
	f("an impossible tenant", stream.Record{Tenant: "a.b"})
	f("too many rows", many.record())
	f("an impossible reference", (&feed{}).series(maxRef, metric("a")).record())
	f("a policy that cannot be", in.policy(schema.Detector{Name: "a", Algorithm: "magic"}))
	f("a control record that is none", stream.Record{Tenant: schema.ControlTenant, Kind: schema.EntryControl, Data: []byte("{")})
}

func TestWithoutItsAlgorithmNothingRuns(t *testing.T) {
	t.Parallel()
	p := New(0, func(string) (algorithms.Algorithm, bool) { return nil, false })
	var out stream.Output
	if err := p.Process(&stream.Record{Tenant: "default"}, &out); err == nil {
		t.Fatal("a processor without a plan works")
	}
}
