package ingest

import (
	"math"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// The rows M1 to M10: the shape of messages.

// v2Raw marshals a 2.0 request as it is.
func v2Raw(t testing.TB, symbols []string, all ...writev2.TimeSeries) []byte {
	t.Helper()
	b, err := (&writev2.Request{Symbols: symbols, Timeseries: all}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var upSymbols = []string{"", "__name__", "up", "job", "x"}

func oneSample(refs ...uint32) writev2.TimeSeries {
	return writev2.TimeSeries{LabelsRefs: refs, Samples: []writev2.Sample{{Value: 1, Timestamp: base}}}
}

func TestM1_LabelReferencesComeInPairs(t *testing.T) {
	t.Parallel()
	f := func(want answer, refs ...uint32) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.raw(typeV2, v2Raw(t, upSymbols, oneSample(refs...)))
		check(t, a, want)
	}
	f(answer{204, 1, 0, 0}, 1, 2)
	f(answer{204, 1, 0, 0}, 1, 2, 3, 4)
	f(answer{400, 0, 0, 0}, 1, 2, 3)
	f(answer{400, 0, 0, 0}, 1)
	f(answer{400, 0, 0, 0})
}

func TestM2_ReferencesBeyondTheSymbols(t *testing.T) {
	t.Parallel()
	good := oneSample(1, 2)
	f := func(bad writev2.TimeSeries) {
		t.Helper()
		h := newHarness(t, Config{})
		a, w := h.raw(typeV2, v2Raw(t, upSymbols, bad, good))
		check(t, a, answer{400, 1, 0, 0})
		check(t, strings.Contains(w.Body.String(), "beyond the symbols"), true)
	}
	f(oneSample(1, 5))
	f(oneSample(math.MaxUint32, 2))
	help, unit := oneSample(1, 2), oneSample(1, 2)
	help.Metadata.HelpRef, unit.Metadata.UnitRef = 5, math.MaxUint32
	f(help)
	f(unit)

	h := newHarness(t, Config{})
	exemplar := oneSample(1, 2)
	exemplar.Exemplars = []writev2.Exemplar{{LabelsRefs: []uint32{1, 9}, Value: 1, Timestamp: base}}
	a, _ := h.raw(typeV2, v2Raw(t, upSymbols, exemplar))
	check(t, a, answer{400, 1, 0, 0})
}

func TestM3_TheFirstSymbolNeedNotBeEmpty(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	a, _ := h.raw(typeV2, v2Raw(t, []string{"__name__", "up"}, oneSample(0, 1)))
	check(t, a, answer{204, 1, 0, 0})
	check(t, h.stored(), []string{`up 1 @0`})
}

func TestM4_SamplesOrHistogramsNotBothNotNone(t *testing.T) {
	t.Parallel()
	none := v2Series{labels: []string{"__name__", "up"}}
	described := none
	described.Metadata = writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_GAUGE}
	both := up2("a", 0)
	both.Histograms = []writev2.Histogram{goodHistogram()}
	// What Prometheus sends for exemplars: a series of their own.
	exemplars := none
	exemplars.Exemplars = []writev2.Exemplar{{Value: 1, Timestamp: base}}
	f := func(s v2Series, want answer) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.v2(s)
		check(t, a, want)
	}
	f(none, answer{400, 0, 0, 0})
	f(described, answer{400, 0, 0, 0})
	f(both, answer{400, 0, 0, 0})
	f(exemplars, answer{204, 0, 0, 1})
}

func TestM5_ExemplarsHaveValueAndTimestamp(t *testing.T) {
	t.Parallel()
	symbols := append(upSymbols, "trace_id", "\xff")
	f := func(e writev2.Exemplar, want answer) {
		t.Helper()
		h := newHarness(t, Config{})
		s := oneSample(1, 2)
		s.Exemplars = []writev2.Exemplar{e}
		a, _ := h.raw(typeV2, v2Raw(t, symbols, s))
		check(t, a, want)
	}
	f(writev2.Exemplar{LabelsRefs: []uint32{5, 4}, Value: 1, Timestamp: base}, answer{204, 1, 0, 1})
	f(writev2.Exemplar{Value: 0, Timestamp: base}, answer{204, 1, 0, 1})
	f(writev2.Exemplar{LabelsRefs: []uint32{5, 4}, Value: 1}, answer{400, 1, 0, 0})
	f(writev2.Exemplar{LabelsRefs: []uint32{5}, Value: 1, Timestamp: base}, answer{400, 1, 0, 0})
	f(writev2.Exemplar{LabelsRefs: []uint32{5, 6}, Value: 1, Timestamp: base}, answer{400, 1, 0, 0})

	h := newHarness(t, Config{})
	s := up("a", 0)
	s.Exemplars = []prompb.Exemplar{{Labels: []prompb.Label{{Name: "trace_id", Value: "x"}}, Value: 2, Timestamp: base}, {Value: 3}}
	a, _ := h.v1(s)
	check(t, a, answer{400, 1, 0, 1})
	check(t, h.stored(), []string{`up{instance="a"} 1 @0`, `up{instance="a"} exemplar {trace_id="x"} 2 @0`})
}

func TestM6_UnknownMetricTypesAreInferredLater(t *testing.T) {
	t.Parallel()
	for _, kind := range []writev2.Metadata_MetricType{0, 8, 99} {
		h := newHarness(t, Config{})
		s := up2("a", 0)
		s.Metadata.Type = kind
		a, _ := h.v2(s)
		check(t, a, answer{204, 1, 0, 0})
		check(t, h.stored(), []string{`up{instance="a"} 1 @0`}) // and no metadata
	}
}

func TestM7_StartTimestampsAreKept(t *testing.T) {
	t.Parallel()
	start := func(s *sample, b []byte) int64 {
		if _, err := parseSample(b, s); err != nil {
			t.Fatal(err)
		}
		return s.start
	}
	for _, want := range []int64{0, 1, base - 1000} {
		h := newHarness(t, Config{})
		s := up2("a", 0)
		s.Samples[0].StartTimestamp = want
		a, _ := h.v2(s)
		check(t, a, answer{204, 1, 0, 0})
		check(t, h.stored(), []string{`up{instance="a"} 1 @0`}) // readers of 1.0 pass over field 3
		var got sample
		check(t, start(&got, h.firstField(2)), want)
	}
	h := newHarness(t, Config{})
	a, _ := h.v2(hist2("h", goodHistogram(func(g *writev2.Histogram) { g.StartTimestamp = base - 5 })))
	check(t, a, answer{204, 0, 1, 0})
	var got histogram
	if _, err := got.parse(h.firstField(4)); err != nil {
		t.Fatal(err)
	}
	check(t, got.start, base-5)
}

func TestM8_AStartAfterTheSampleIsTheSendersBusiness(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	s := up2("a", 0)
	s.Samples[0].StartTimestamp = base + 1000
	a, _ := h.v2(s)
	check(t, a, answer{204, 1, 0, 0})
}

func TestM10_AnEmptyRequestIsFine(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for _, contentType := range []string{typeV1, typeV2} {
		a, w := h.raw(contentType, nil)
		check(t, a, answer{204, 0, 0, 0})
		check(t, w.Body.String(), "")
	}
	check(t, h.stored(), nil)
}

// firstField returns the content of the first field with that number in the first series of the log.
func (h *harness) firstField(num uint32) []byte {
	h.t.Helper()
	raw := h.rawRecord(0)
	for b := raw; len(b) > 0; {
		var s field
		var err error
		if b, err = nextField(b, &s); err != nil {
			h.t.Fatal(err)
		}
		for in := s.bytes; s.num == 1 && len(in) > 0; {
			var f field
			if in, err = nextField(in, &f); err != nil {
				h.t.Fatal(err)
			}
			if f.num == num {
				return f.bytes
			}
		}
	}
	h.t.Fatalf("no field %d", num)
	return nil
}
