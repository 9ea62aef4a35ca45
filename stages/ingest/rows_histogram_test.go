package ingest

import (
	"math"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// goodHistogram has 3 zero, 1+2 positive and 4 negative observations.
func goodHistogram(changes ...func(*writev2.Histogram)) writev2.Histogram {
	h := writev2.Histogram{
		Count: &writev2.Histogram_CountInt{CountInt: 10}, Sum: 4.5, Schema: 2, ZeroThreshold: 1e-9,
		ZeroCount:     &writev2.Histogram_ZeroCountInt{ZeroCountInt: 3},
		PositiveSpans: []writev2.BucketSpan{{Offset: 1, Length: 2}}, PositiveDeltas: []int64{1, 1},
		NegativeSpans: []writev2.BucketSpan{{Offset: -3, Length: 1}}, NegativeDeltas: []int64{4},
		Timestamp: base,
	}
	for _, change := range changes {
		change(&h)
	}
	return h
}

func floatHistogram(changes ...func(*writev2.Histogram)) writev2.Histogram {
	return goodHistogram(append([]func(*writev2.Histogram){func(h *writev2.Histogram) {
		h.Count = &writev2.Histogram_CountFloat{CountFloat: 10}
		h.ZeroCount = &writev2.Histogram_ZeroCountFloat{ZeroCountFloat: 3}
		h.PositiveDeltas, h.NegativeDeltas = nil, nil
		h.PositiveCounts, h.NegativeCounts = []float64{1, 2}, []float64{4}
	}}, changes...)...)
}

func customHistogram(changes ...func(*writev2.Histogram)) writev2.Histogram {
	return goodHistogram(append([]func(*writev2.Histogram){func(h *writev2.Histogram) {
		h.Schema, h.CustomValues = customSchema, []float64{0.1, 1}
		h.ZeroCount, h.NegativeSpans, h.NegativeDeltas, h.ZeroThreshold = nil, nil, nil, 0
		h.PositiveSpans, h.PositiveDeltas = []writev2.BucketSpan{{Length: 3}}, []int64{1, 1, 5}
	}}, changes...)...)
}

func hist2(name string, all ...writev2.Histogram) v2Series {
	return v2Series{labels: []string{"__name__", name}, TimeSeries: writev2.TimeSeries{Histograms: all}}
}

func TestM9_NativeHistograms(t *testing.T) {
	t.Parallel()
	type edit = func(*writev2.Histogram)
	count := func(n uint64) edit {
		return func(h *writev2.Histogram) { h.Count = &writev2.Histogram_CountInt{CountInt: n} }
	}
	schema := func(s int32) edit { return func(h *writev2.Histogram) { h.Schema = s } }
	nanSum := func(h *writev2.Histogram) { h.Sum = math.NaN() }
	f := func(in writev2.Histogram, fault string) {
		t.Helper()
		h := newHarness(t, Config{})
		a, text := h.v2(hist2("h", in))
		want := answer{204, 0, 1, 0}
		if fault != "" {
			want = answer{400, 0, 0, 0}
		}
		if a != want || !strings.Contains(text, fault) {
			t.Errorf("%+v: got %+v %q, want %q", in, a, text, fault)
		}
	}
	f(goodHistogram(), "")
	f(floatHistogram(), "")
	f(customHistogram(), "")
	f(goodHistogram(schema(minSchema)), "")
	f(goodHistogram(schema(maxSchema)), "")
	f(goodHistogram(count(11), nanSum), "") // observations of NaN are in no bucket
	f(goodHistogram(func(h *writev2.Histogram) { h.ResetHint = writev2.Histogram_RESET_HINT_GAUGE }), "")
	f(writev2.Histogram{Sum: math.Float64frombits(staleBits), Timestamp: base}, "")

	f(goodHistogram(count(9)), faultCount)
	f(goodHistogram(count(11)), faultCount)
	f(goodHistogram(count(9), nanSum), faultCount)
	f(goodHistogram(schema(-5)), "schema")
	f(goodHistogram(schema(53)), "schema")
	f(goodHistogram(func(h *writev2.Histogram) { h.PositiveDeltas = []int64{1, -2} }), faultBuckets)
	f(goodHistogram(func(h *writev2.Histogram) { h.PositiveDeltas = []int64{1} }), faultSpans)
	f(goodHistogram(func(h *writev2.Histogram) { h.PositiveCounts = []float64{1, 2} }), faultSpans)
	f(goodHistogram(func(h *writev2.Histogram) {
		h.PositiveSpans = []writev2.BucketSpan{{Offset: 1, Length: 1}, {Offset: -1, Length: 1}}
	}), faultSpans)
	f(goodHistogram(func(h *writev2.Histogram) { h.PositiveDeltas = []int64{math.MaxInt64, 1} }), faultBuckets)
	f(goodHistogram(func(h *writev2.Histogram) { h.CustomValues = []float64{1} }), "custom bounds")
	f(floatHistogram(func(h *writev2.Histogram) { h.PositiveCounts[0] = -1 }), faultBuckets)
	f(floatHistogram(func(h *writev2.Histogram) { h.PositiveCounts[0] = math.NaN() }), faultBuckets)
	f(floatHistogram(func(h *writev2.Histogram) { h.PositiveCounts[0] = 5 }), faultCount)
	f(customHistogram(func(h *writev2.Histogram) { h.CustomValues = []float64{1, 1} }), "bounds do not rise")
	f(customHistogram(func(h *writev2.Histogram) { h.CustomValues = []float64{1, math.Inf(1)} }), "bounds do not rise")
	f(customHistogram(func(h *writev2.Histogram) { h.CustomValues = []float64{1} }), "beyond its bounds")
	f(customHistogram(func(h *writev2.Histogram) { h.ZeroCount = &writev2.Histogram_ZeroCountInt{ZeroCountInt: 1} }), "zero buckets")
}

func TestM9_HistogramsOf1_0(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	mixed := up("a", 0)
	mixed.Histograms = []prompb.Histogram{{
		Count: &prompb.Histogram_CountInt{CountInt: 3}, ZeroCount: &prompb.Histogram_ZeroCountInt{ZeroCountInt: 3}, Timestamp: base + 1}}
	a, _ := h.v1(mixed)
	check(t, a, answer{204, 1, 1, 0})
	mixed.Samples, mixed.Histograms[0].Timestamp = nil, base+2
	mixed.Histograms[0].Count = &prompb.Histogram_CountInt{CountInt: 4}
	a, _ = h.v1(mixed)
	check(t, a, answer{400, 0, 0, 0})
}

func TestM9_FinerSchemasAreReduced(t *testing.T) {
	t.Parallel()
	// Schema 10 has four buckets for each of schema 8: indexes 1..4 become 1, 5..8 become 2.
	fine := func(h *writev2.Histogram) {
		h.Schema = 10
		h.PositiveSpans = []writev2.BucketSpan{{Offset: -3, Length: 5}, {Offset: 2, Length: 2}} // -3..1, 4..5
		h.NegativeSpans = nil
	}
	reduced := func(in writev2.Histogram) prompb.Histogram {
		t.Helper()
		h := newHarness(t, Config{})
		a, text := h.v2(hist2("h", in))
		if a.Status != 204 {
			t.Fatal(text)
		}
		return decodeRecord(t, h.log.records[0].data).Timeseries[0].Histograms[0]
	}
	wantSpans := []prompb.BucketSpan{{Offset: 0, Length: 3}} // -3..0 → 0; 1, 4 → 1; 5 → 2
	got := reduced(goodHistogram(fine, func(h *writev2.Histogram) {
		h.PositiveDeltas, h.NegativeDeltas = []int64{1, 1, 1, 1, 1, 1, 1}, nil // 1 2 3 4 5 6 7
		h.Count = &writev2.Histogram_CountInt{CountInt: 31}
	}))
	check(t, got.Schema, int32(8))
	check(t, got.PositiveSpans, wantSpans)
	check(t, got.PositiveDeltas, []int64{10, 1, -4}) // 10, 11, 7
	got = reduced(floatHistogram(fine, func(h *writev2.Histogram) {
		h.PositiveCounts, h.NegativeCounts = []float64{1, 2, 3, 4, 5, 6, 7}, nil
		h.Count = &writev2.Histogram_CountFloat{CountFloat: 31}
	}))
	check(t, got.PositiveSpans, wantSpans)
	check(t, got.PositiveCounts, []float64{10, 11, 7})
	check(t, got.Timestamp, base)
}

func (h *harness) rawRecord(i int) []byte {
	h.t.Helper()
	raw, err := snappy.Decode(nil, h.log.records[i].data)
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}
