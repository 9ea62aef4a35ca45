package ingest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/golang/snappy"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"eddy/schema"
)

// fuzzWrite sends decoded bytes through the whole path, twice. What the log has is legal, and just what was counted as
// stored; answers say the same, but where they repeat the first one or confirm what another replica has.
func fuzzWrite(t *testing.T, contentType string, decoded []byte) {
	version := V1
	if contentType == typeV2 {
		version = V2
	}
	checkLent(t, version, decoded)
	h := newHarness(t, Config{MaxSeries: 20, MaxLabels: 8, MaxRequestSeries: 50, MaxSeriesElements: 30, MaxSymbols: 100})
	var first answer
	for i := range 2 {
		before := h.counted()
		a, w := h.raw(contentType, decoded)
		after := h.counted()
		stored := answer{a.Status, after.Samples - before.Samples, after.Histograms - before.Histograms, after.Exemplars - before.Exemplars}
		repeated := i == 1 && first.Status/100 == 2
		if i == 0 {
			first = a
		}
		if a != stored && !h.hasReplicas() && !repeated || repeated && a != first {
			t.Fatalf("answer %+v, first %+v, stored %+v", a, first, stored)
		}
		if !slices.Contains([]int{202, 204, 400, 429}, a.Status) {
			t.Fatalf("status %d: %s", a.Status, w.Body)
		}
		if a.Status/100 != 2 && w.Body.Len() == 0 || w.Body.Len() > 1024 {
			t.Fatalf("status %d with a text of %d bytes", a.Status, w.Body.Len())
		}
	}
	var got Written
	told := map[string]string{} // what a partition was last told of a metric
	for _, r := range h.log.records {
		req := decodeRecord(t, r.data)
		for _, ts := range req.Timeseries {
			got.add(Written{len(ts.Samples), len(ts.Histograms), len(ts.Exemplars)})
			checkLegal(t, ts)
		}
		for _, m := range req.Metadata {
			checkMetadata(t, told, r.partition, m, first.Status == 429) // which takes back what was said
		}
	}
	for of := range told {
		if _, metric, _ := strings.Cut(of, " "); told["0 "+metric] != told[of] {
			t.Fatalf("partition %s is told %s, partition 0 %q", of, told[of], told["0 "+metric])
		}
	}
	if want := h.counted(); got != want {
		t.Fatalf("stored %+v, counted %+v", got, want)
	}
	if used := h.g.budget.used.Load(); used != 0 {
		t.Fatalf("%d bytes still reserved", used)
	}
}

// checkMetadata: what a partition is told of a metric is legal, short, and news to it unless it may be told again.
func checkMetadata(t *testing.T, told map[string]string, partition int, m prompb.MetricMetadata, again bool) {
	t.Helper()
	if m.Type < 1 || m.Type > 7 || m.MetricFamilyName == "" || len(m.MetricFamilyName) > 1024 || !utf8.ValidString(m.MetricFamilyName) ||
		len(m.Help) > maxMetaText || !utf8.ValidString(m.Help) || len(m.Unit) > maxMetaText || !utf8.ValidString(m.Unit) {
		t.Fatalf("illegal metadata: %+v", m)
	}
	of := fmt.Sprint(partition, " ", m.MetricFamilyName)
	if told[of] == m.Type.String() && !again {
		t.Fatalf("partition %d is told twice that %q is a %s", partition, m.MetricFamilyName, m.Type)
	}
	told[of] = m.Type.String()
}

// counted is what the gateway's metrics say it has stored.
func (h *harness) counted() Written {
	value := func(c prometheus.Counter) int {
		var m dto.Metric
		if err := c.Write(&m); err != nil {
			h.t.Fatal(err)
		}
		return int(m.GetCounter().GetValue())
	}
	m := h.g.metrics
	return Written{value(m.samples), value(m.histograms), value(m.exemplars)}
}

func (h *harness) hasReplicas() bool {
	t := h.g.tenants["default"]
	return t != nil && len(t.replicas.clusters) > 0
}

// checkLent scans alone: whatever it has allocated was lent to it, and no series has outgrown its room.
func checkLent(t *testing.T, v Version, decoded []byte) {
	t.Helper()
	cfg := Config{}.WithDefaults()
	s := newScan(&cfg, &budget{limit: int64(cfg.MaxInflightBytes)})
	err := s.run(decoded, v, &Refusals{})
	have := bytesOf[item](cap(s.items)) + bytesOf[metadata](cap(s.metas)) + bytesOf[symbol](cap(s.symbols)) + cap(s.out.b) + cap(s.fine)
	if have > s.mem.held || histogramMem(s) > s.histMem || len(s.out.b) > s.out.end || statusOf(err) == 503 && err != nil {
		t.Fatalf("%d bytes held, %d lent; %d of %d written: %v", have, s.mem.held, len(s.out.b), s.out.end, err)
	}
	written := 0
	for _, it := range s.items {
		written += len(it.key) + len(it.rest)
	}
	if most := s.copied(); err == nil && written > most {
		t.Fatalf("%d bytes for the log, at most %d expected", written, most)
	}
}

// histogramMem is what a scan has allocated for histograms.
func histogramMem(s *scan) int {
	n := cap(s.fine) + 8*cap(s.hist.custom)
	for _, b := range []buckets{s.hist.positive, s.hist.negative} {
		n += 8 * (cap(b.spans) + cap(b.deltas) + cap(b.counts))
	}
	return n
}

func checkLegal(t *testing.T, ts prompb.TimeSeries) {
	t.Helper()
	l := labelsOf(ts)
	if len(l.Get(schema.MetricName)) == 0 {
		t.Fatalf("series without a name: %s", l)
	}
	for i, label := range ts.Labels {
		if i > 0 && label.Name <= ts.Labels[i-1].Name || label.Name == "" || label.Value == "" ||
			!utf8.ValidString(label.Name) || !utf8.ValidString(label.Value) {
			t.Fatalf("illegal labels: %q", ts.Labels)
		}
	}
	for _, s := range ts.Samples {
		if s.Timestamp <= 0 || s.Timestamp > base+600_000 {
			t.Fatalf("sample at %d", s.Timestamp)
		}
	}
	for i := range ts.Histograms {
		raw, err := ts.Histograms[i].Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var h histogram
		if fault, err := h.parse(raw); err != nil || fault != "" || h.check() != "" || h.schema > maxSchema {
			t.Fatalf("illegal histogram: %+v", h)
		}
	}
}

func FuzzWriteV1(f *testing.F) {
	mixed := up("b", 0, 1)
	mixed.Exemplars = []prompb.Exemplar{{Labels: []prompb.Label{{Name: "trace_id", Value: "x"}}, Value: 2, Timestamp: base}}
	mixed.Histograms = []prompb.Histogram{{Count: &prompb.Histogram_CountInt{CountInt: 3}, Schema: 9,
		PositiveSpans: []prompb.BucketSpan{{Offset: -2, Length: 3}}, PositiveDeltas: []int64{1, 0, 0}, Timestamp: base + 2}}
	f.Add(marshalV1(f, up("a", 0)))
	f.Add(append(marshalV1(f, up("a", 0)), describe(f, prompb.MetricMetadata{Type: 1, MetricFamilyName: "up", Help: "Is it?", Unit: "ratio"},
		prompb.MetricMetadata{Type: 2, MetricFamilyName: "up"}, prompb.MetricMetadata{MetricFamilyName: "unknown"},
		prompb.MetricMetadata{Type: 7, MetricFamilyName: "long", Help: strings.Repeat("h", maxMetaText+1)})...))
	f.Add(marshalV1(f, mixed, up("a", 5, 4), series([]string{"z", "1", "__name__", "up", "a", ""}, points(0)...)))
	f.Fuzz(func(t *testing.T, decoded []byte) { fuzzWrite(t, typeV1, decoded) })
}

func FuzzWriteV2(f *testing.F) {
	exemplar := oneSample(1, 2)
	exemplar.Exemplars = []writev2.Exemplar{{LabelsRefs: []uint32{3, 4}, Value: 1, Timestamp: base}}
	exemplar.Metadata = writev2.Metadata{Type: 1, HelpRef: 4, UnitRef: 0}
	f.Add(marshalV2(f, up2("a", 0, 1), hist2("h", goodHistogram()), replica("c", "r", 2)))
	f.Add(marshalV2(f, hist2("f", floatHistogram()), hist2("c", customHistogram())))
	f.Add(v2Raw(f, upSymbols, exemplar, oneSample(1), oneSample(1, 9)))
	f.Fuzz(func(t *testing.T, decoded []byte) { fuzzWrite(t, typeV2, decoded) })
}

// FuzzRequest is about what is around the message: the headers, and snappy.
func FuzzRequest(f *testing.F) {
	f.Add(typeV1, "snappy", "", snappy.Encode(nil, marshalV1(f, up("a", 0))))
	f.Add(typeV2, "", "tenant", snappy.Encode(nil, marshalV2(f, up2("a", 0))))
	f.Add(`application/x-protobuf; proto="x`, "gzip", "a.b", []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0})
	f.Fuzz(func(t *testing.T, contentType, encoding, tenant string, wire []byte) {
		h := newHarness(t, Config{})
		r := request(typeV1, wire)
		r.Header["Content-Type"] = []string{contentType}
		r.Header["Content-Encoding"] = []string{encoding}
		r.Header["X-Scope-Orgid"] = []string{tenant}
		a, w := h.do(r)
		if !slices.Contains([]int{http.StatusNoContent, http.StatusAccepted, http.StatusBadRequest, http.StatusUnsupportedMediaType}, a.Status) {
			t.Fatalf("status %d: %s", a.Status, w.Body)
		}
	})
}
