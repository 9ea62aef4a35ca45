package ingest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"eddy/schema"
)

const (
	typeV1 = "application/x-protobuf"
	typeV2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
	base   = int64(1_700_000_000_000) // what the clock of every test shows at first, in ms
)

// memoryLog is a Log that keeps what it is given.
type memoryLog struct {
	mu       sync.Mutex
	records  []record
	controls []record
	// fail, if set, is asked before every append.
	fail func(partition int) error
}

type record struct {
	partition int
	subject   string
	data      []byte
}

func (l *memoryLog) Append(_ context.Context, partition int, subject string, data []byte) error {
	return l.keep(&l.records, partition, subject, data)
}

func (l *memoryLog) AppendControl(_ context.Context, partition int, subject string, data []byte) error {
	return l.keep(&l.controls, partition, subject, data)
}

func (l *memoryLog) keep(to *[]record, partition int, subject string, data []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(partition); err != nil {
			return err
		}
	}
	*to = append(*to, record{partition, subject, bytes.Clone(data)})
	return nil
}

func (l *memoryLog) setFail(fail func(int) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = fail
}

// harness is a gateway on a memoryLog, with a clock that stands still.
type harness struct {
	t       testing.TB
	g       *Gateway
	log     *memoryLog
	handler http.Handler
	nowMS   atomic.Int64
}

func newHarness(t testing.TB, cfg Config) *harness {
	h := &harness{t: t, log: &memoryLog{}}
	h.nowMS.Store(base)
	g, err := New(cfg, h.log, 4, func() time.Time { return time.UnixMilli(h.nowMS.Load()) }, NewMetrics(nil))
	if err != nil {
		t.Fatal(err)
	}
	h.g, h.handler = g, g.Handler()
	return h
}

// answer is what a sender sees.
type answer struct {
	Status                         int
	Samples, Histograms, Exemplars int
}

func (h *harness) do(r *http.Request) (answer, *httptest.ResponseRecorder) {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	number := func(name string) int {
		n, err := strconv.Atoi(w.Header().Get("X-Prometheus-Remote-Write-" + name + "-Written"))
		if err != nil {
			h.t.Errorf("%s-Written header: %v", name, err)
		}
		return n
	}
	return answer{w.Code, number("Samples"), number("Histograms"), number("Exemplars")}, w
}

// request is a POST of a body that is already compressed.
func request(contentType string, wire []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/write", bytes.NewReader(wire))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Content-Encoding", "snappy")
	return r
}

func (h *harness) raw(contentType string, decoded []byte) (answer, *httptest.ResponseRecorder) {
	h.t.Helper()
	return h.do(request(contentType, snappy.Encode(nil, decoded)))
}

func (h *harness) v1(series ...prompb.TimeSeries) (answer, string) {
	h.t.Helper()
	a, w := h.raw(typeV1, marshalV1(h.t, series...))
	return a, w.Body.String()
}

func (h *harness) v2(series ...v2Series) (answer, string) {
	h.t.Helper()
	a, w := h.raw(typeV2, marshalV2(h.t, series...))
	return a, w.Body.String()
}

func marshalV1(t testing.TB, series ...prompb.TimeSeries) []byte {
	t.Helper()
	b, err := (&prompb.WriteRequest{Timeseries: series}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// v2Series is a 2.0 series whose labels are written out; the rest of it is TimeSeries.
type v2Series struct {
	labels []string
	writev2.TimeSeries
}

func marshalV2(t testing.TB, series ...v2Series) []byte {
	t.Helper()
	table := writev2.NewSymbolTable()
	var req writev2.Request
	for _, s := range series {
		for _, l := range s.labels {
			s.LabelsRefs = append(s.LabelsRefs, table.Symbolize(l))
		}
		req.Timeseries = append(req.Timeseries, s.TimeSeries)
	}
	req.Symbols = table.Symbols()
	b, err := req.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// series makes a 1.0 series: name, then label pairs, in the order given, with samples.
func series(labels []string, samples ...prompb.Sample) prompb.TimeSeries {
	ts := prompb.TimeSeries{Samples: samples}
	for i := 0; i+1 < len(labels); i += 2 {
		ts.Labels = append(ts.Labels, prompb.Label{Name: labels[i], Value: labels[i+1]})
	}
	return ts
}

// up is a good 1.0 series, told apart by its instance, with values 1, 2, 3 … at base + the given ms.
func up(instance string, at ...int64) prompb.TimeSeries {
	return series([]string{"__name__", "up", "instance", instance}, points(at...)...)
}

func points(at ...int64) (out []prompb.Sample) {
	for i, ms := range at {
		out = append(out, prompb.Sample{Value: float64(i + 1), Timestamp: base + ms})
	}
	return out
}

// up2 is up in 2.0.
func up2(instance string, at ...int64) v2Series {
	s := v2Series{labels: []string{"__name__", "up", "instance", instance}}
	for i, ms := range at {
		s.Samples = append(s.Samples, writev2.Sample{Value: float64(i + 1), Timestamp: base + ms})
	}
	return s
}

// stored is all the log has, in order: one line a sample, histogram or exemplar.
func (h *harness) stored() []string {
	h.t.Helper()
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	var out []string
	for _, r := range h.log.records {
		req := decodeRecord(h.t, r.data)
		tenant := schema.SubjectTenant(r.subject)
		for _, m := range req.Metadata {
			out = append(out, fmt.Sprintf("p%d %s %s %s", r.partition, m.MetricFamilyName, m.Type, m.Help))
		}
		for _, ts := range req.Timeseries {
			l := labelsOf(ts)
			if want := Partition(tenant, l, 4); want != r.partition {
				h.t.Errorf("%s is in partition %d, want %d", l, r.partition, want)
			}
			out = append(out, lines(l.String(), ts)...)
		}
	}
	return out
}

func decodeRecord(t testing.TB, data []byte) prompb.WriteRequest {
	t.Helper()
	if len(data) > 1<<20-4096 {
		t.Errorf("a record of %d bytes does not fit a message", len(data))
	}
	raw, err := snappy.Decode(nil, data)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) >= 768<<10 {
		t.Errorf("a record of %d bytes", len(raw))
	}
	var req prompb.WriteRequest
	if err := req.Unmarshal(raw); err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, ts := range req.Timeseries {
		points += len(ts.Samples) + len(ts.Histograms)
	}
	if n := max(len(req.Timeseries), points, len(req.Metadata)); n > schema.MaxRecordEntries {
		t.Errorf("a record of %d series, %d points, %d metadata entries", len(req.Timeseries), points, len(req.Metadata))
	}
	return req
}

func labelsOf(ts prompb.TimeSeries) schema.Labels {
	var l schema.Labels
	for _, label := range ts.Labels {
		l = schema.AppendLabel(l, label.Name, label.Value)
	}
	return l
}

func lines(name string, ts prompb.TimeSeries) (out []string) {
	for _, s := range ts.Samples {
		out = append(out, fmt.Sprintf("%s %s @%d", name, valueText(s.Value), s.Timestamp-base))
	}
	for _, s := range ts.Histograms {
		out = append(out, fmt.Sprintf("%s histogram %d @%d", name, s.GetCountInt()+uint64(s.GetCountFloat()), s.Timestamp-base))
	}
	for _, e := range ts.Exemplars {
		l := labelsOf(prompb.TimeSeries{Labels: e.Labels})
		out = append(out, fmt.Sprintf("%s exemplar %s %s @%d", name, l, valueText(e.Value), e.Timestamp-base))
	}
	return out
}

func valueText(v float64) string {
	if math.IsNaN(v) {
		return fmt.Sprintf("NaN:%x", math.Float64bits(v))
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// sorted is stored without the order of partitions.
func (h *harness) sorted() []string {
	out := h.stored()
	sort.Strings(out)
	return out
}
