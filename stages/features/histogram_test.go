package features

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// TestBucketQuantile: what PromQL's histogram_quantile gives, worked out by hand.
func TestBucketQuantile(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	f := func(name string, q, want float64, bins ...bin) {
		t.Helper()
		if monotone(bins); math.Abs(bucketQuantile(q, bins)-want) > 1e-12 {
			t.Errorf("%s: %v; want %v", name, bucketQuantile(q, bins), want)
		}
	}
	even := []bin{{upper: 1, count: 10}, {upper: 2, count: 20}, {upper: inf, count: 20}}
	f("the middle is a bound", 0.5, 1, even...)
	f("linear within a bucket", 0.9, 1.8, even...)
	f("from 0 in the first", 0.25, 0.5, even...)
	f("no more than the highest finite bound", 0.99, 2, bin{upper: 1}, bin{upper: 2, count: 1}, bin{upper: inf, count: 100})
	f("a first bound below 0 has no width", 0.5, -3, bin{upper: -3, count: 9}, bin{upper: inf, count: 10})
	f("counts that fall are levelled", 0.5, 0.5, bin{upper: 1, count: 10}, bin{upper: 2, count: 7}, bin{upper: inf, count: 10})
	f("a bound spelled twice", 0.9, 1.8, bin{upper: 1, count: 10}, bin{upper: 1, count: 10}, bin{upper: 2, count: 20}, bin{upper: inf, count: 20})
	f("infinity spelled twice", 0.99, 1, bin{upper: 1, count: 1}, bin{upper: inf, count: 20}, bin{upper: inf, count: 20})
}

// nativeRows runs native histograms of one series, 10 s apart, and returns what is derived: name or quantile, and value.
func nativeRows(t *testing.T, list ...nativeHist) (got []derivedRow) {
	t.Helper()
	names := map[uint32]string{}
	var records []stream.Record
	for i := range list {
		var r stagetest.Request
		list[i].Timestamp = t0 + 10_000*int64(i+1)
		list[i].appendTo(&r, metric("x"))
		records = append(records, sample(uint64(i+1), &r))
	}
	for _, e := range stagetest.Run(t, New(0), records...) {
		v, err := schema.ParseFeatures(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		for s := range v.Series {
			if names[s.Ref] = string(s.Labels.Get(QuantileLabel)); names[s.Ref] == "" {
				names[s.Ref] = string(s.Labels.Get(schema.MetricName))
			}
		}
		for i := range v.Rows() {
			got = append(got, derivedRow{(v.Timestamp(i) - t0) / 1000, names[v.Ref(i)], v.Value(i), v.Flags(i)&schema.RowReset != 0})
		}
	}
	return got
}

type derivedRow struct {
	At    int64
	Name  string
	Value float64
	Reset bool
}

func TestNativeHistograms(t *testing.T) {
	t.Parallel()
	f := func(name string, list []nativeHist, want ...derivedRow) {
		t.Helper()
		got := nativeRows(t, list...)
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	exp2 := math.Exp2
	for _, float := range []bool{false, true} {
		f("by the logarithm", []nativeHist{
			{Positive: []float64{5, 5}, Float: float}, {Positive: []float64{15, 15}, Float: float}},
			derivedRow{20, "0.5", 2, false}, derivedRow{20, "0.9", exp2(1.8), false}, derivedRow{20, "0.99", exp2(1.98), false}, derivedRow{20, "x_count", 2, false})
	}
	f("finer buckets", []nativeHist{{Schema: 2, Positive: []float64{0, 0, 0, 0}}, {Schema: 2, Positive: []float64{0, 0, 0, 10}}},
		derivedRow{20, "0.5", exp2(0.875), false}, derivedRow{20, "0.9", exp2(0.975), false}, derivedRow{20, "0.99", exp2(0.9975), false}, derivedRow{20, "x_count", 1, false})
	f("coarser buckets", []nativeHist{{Schema: -2, Positive: []float64{0}}, {Schema: -2, Positive: []float64{10}}},
		derivedRow{20, "0.5", 4, false}, derivedRow{20, "0.9", exp2(3.6), false}, derivedRow{20, "0.99", exp2(3.96), false}, derivedRow{20, "x_count", 1, false})
	f("both sides", []nativeHist{{}, {Negative: []float64{60}, Zero: 30, Positive: []float64{10}}},
		derivedRow{20, "0.5", -exp2(1 - 50.0/60), false}, derivedRow{20, "0.9", 0.001, false}, derivedRow{20, "0.99", exp2(0.9), false}, derivedRow{20, "x_count", 10, false})
	f("custom bounds", []nativeHist{{Schema: -53, Custom: []float64{1, 2}, Positive: []float64{0, 0, 0}}, {Schema: -53, Custom: []float64{1, 2}, Positive: []float64{80, 15, 5}}},
		derivedRow{20, "0.5", 0.625, false}, derivedRow{20, "0.9", 1 + 10.0/15, false}, derivedRow{20, "0.99", 2, false}, derivedRow{20, "x_count", 10, false})
	f("a count that falls is a reset", []nativeHist{{Positive: []float64{50}}, {Positive: []float64{10}}},
		derivedRow{20, "0.5", exp2(0.5), true}, derivedRow{20, "0.9", exp2(0.9), true}, derivedRow{20, "0.99", exp2(0.99), true}, derivedRow{20, "x_count", 1, true})
	f("the sender knows of one", []nativeHist{{Positive: []float64{50}}, {Positive: []float64{60}, Hint: 1}},
		derivedRow{20, "0.5", exp2(0.5), true}, derivedRow{20, "0.9", exp2(0.9), true}, derivedRow{20, "0.99", exp2(0.99), true}, derivedRow{20, "x_count", 6, true})
	f("a gauge has no rate", []nativeHist{{Positive: []float64{50}, Hint: 3}},
		derivedRow{10, "0.5", exp2(0.5), false}, derivedRow{10, "0.9", exp2(0.9), false}, derivedRow{10, "0.99", exp2(0.99), false})
	f("other bounds cannot be compared", []nativeHist{{Positive: []float64{50}}, {Schema: 1, Positive: []float64{60}}})
	f("nothing new is a rate of nothing", []nativeHist{{Positive: []float64{5}}, {Positive: []float64{5}}}, derivedRow{20, "x_count", 0, false})
	f("an unknown schema is passed over", []nativeHist{{Schema: 9, Positive: []float64{5}}, {Schema: 9, Positive: []float64{7}}})
}

// TestNativeReplacesClassic: when both are sent, a histogram is scored once.
func TestNativeReplacesClassic(t *testing.T) {
	t.Parallel()
	p := New(0)
	seen := map[string]int{}
	for step := range int64(10) {
		var r stagetest.Request
		at := t0 + 15_000*step
		n := float64(step * 10)
		for _, bound := range []string{"1", "+Inf"} {
			r.Series(schema.AppendLabel(metric("x_bucket"), "le", bound), stagetest.Sample{Timestamp: at, Value: n})
		}
		(&nativeHist{Timestamp: at, Positive: []float64{n}}).appendTo(&r, metric("x"))
		for _, line := range rows(t, p, sample(uint64(step+1), &r)) {
			seen[line[:min(len(line), 3)]]++
		}
	}
	if p.Series() != 7 {
		t.Errorf("%d series; want the two buckets, the native one and four of it", p.Series())
	}
	if want := map[string]int{"15s": 4}; seen["15s"] != want["15s"] {
		t.Errorf("rows by time: %v", seen)
	}
}

// TestHistogramsLeaveRoom: however many histograms a record completes, its block fits a message, and the stage behind
// takes it.
func TestHistogramsLeaveRoom(t *testing.T) {
	t.Parallel()
	const message = 1<<20 - 4<<10 - 64
	p := New(0)
	long := string(make([]byte, 165))
	for step := range int64(3) {
		var r stagetest.Request
		for i := range 4000 {
			(&nativeHist{Timestamp: t0 + 15_000*step, Positive: []float64{float64(step)}}).appendTo(&r, schema.AppendLabel(metric(string(rune(i+0x1000))), "x", long))
		}
		for _, e := range stagetest.Run(t, p, sample(uint64(step+1), &r)) {
			v, err := schema.ParseFeatures(e.Data)
			if err != nil || len(e.Data) > message || v.Rows() > maxRows+scanRows {
				t.Fatalf("a block of %d bytes and %d rows, %v", len(e.Data), v.Rows(), err)
			}
		}
	}
}

// TestHistogramsAreForgotten: nothing stays of a histogram that is gone for long.
func TestHistogramsAreForgotten(t *testing.T) {
	t.Parallel()
	p := New(0)
	for step := range int64(2000) {
		var r stagetest.Request
		at := t0 + 15_000*step
		r.Series(metric("clock"), stagetest.Sample{Timestamp: at, Value: 1})
		if step < 5 {
			r.Series(schema.AppendLabel(metric("x_bucket"), "le", "1"), stagetest.Sample{Timestamp: at, Value: float64(step)})
			r.Series(schema.AppendLabel(metric("x_bucket"), "le", "+Inf"), stagetest.Sample{Timestamp: at, Value: float64(step)})
			(&nativeHist{Timestamp: at, Positive: []float64{float64(step)}}).appendTo(&r, metric("y"))
		}
		stagetest.Run(t, p, sample(uint64(step+1), &r))
	}
	if te := p.order[0]; te.table.Len() != 1 || te.groups.Len() != 0 || te.active != 1 {
		t.Errorf("%d series, %d histograms and %d active are left; want the clock", te.table.Len(), te.groups.Len(), te.active)
	}
}
