package ingest

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	dto "github.com/prometheus/client_model/go"

	"eddy/schema"
)

// PushFamilies stores what a prometheus.Gatherer has gathered, as if it had been scraped at now and sent: counters,
// gauges, untyped metrics, classic histograms, summaries, and their types. Extra labels are added to every series; a
// metric's own label of the same name stays.
func (g *Gateway) PushFamilies(ctx context.Context, tenant string, families []*dto.MetricFamily, extra map[string]string, now time.Time) (Result, error) {
	e := exposition{extra: extra, ts: now.UnixMilli()}
	for _, family := range families {
		e.metadata(family)
		for _, m := range family.GetMetric() {
			e.metric(family, m)
		}
	}
	return g.Push(ctx, tenant, e.out, V1)
}

// exposition builds a WriteRequest.
type exposition struct {
	extra  map[string]string
	ts     int64
	out    []byte
	series []byte
	pairs  []labelPair
}

type labelPair struct{ name, value string }

func (e *exposition) metadata(family *dto.MetricFamily) {
	kinds := map[dto.MetricType]uint8{dto.MetricType_COUNTER: 1, dto.MetricType_GAUGE: 2, dto.MetricType_HISTOGRAM: 3,
		dto.MetricType_GAUGE_HISTOGRAM: 4, dto.MetricType_SUMMARY: 5}
	e.out = appendMetadata(e.out, &metadata{kind: kinds[family.GetType()], name: []byte(family.GetName()), help: []byte(family.GetHelp())})
}

// metric appends the series of one metric.
func (e *exposition) metric(family *dto.MetricFamily, m *dto.Metric) {
	name := family.GetName()
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		e.add(name, m, labelPair{}, m.GetCounter().GetValue())
	case dto.MetricType_GAUGE:
		e.add(name, m, labelPair{}, m.GetGauge().GetValue())
	case dto.MetricType_UNTYPED:
		e.add(name, m, labelPair{}, m.GetUntyped().GetValue())
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		h := m.GetHistogram()
		infinite := false
		for _, b := range h.GetBucket() {
			infinite = infinite || math.IsInf(b.GetUpperBound(), 1)
			e.add(name+"_bucket", m, labelPair{"le", formatBound(b.GetUpperBound())}, float64(b.GetCumulativeCount()))
		}
		if !infinite {
			e.add(name+"_bucket", m, labelPair{"le", "+Inf"}, float64(h.GetSampleCount()))
		}
		e.add(name+"_sum", m, labelPair{}, h.GetSampleSum())
		e.add(name+"_count", m, labelPair{}, float64(h.GetSampleCount()))
	case dto.MetricType_SUMMARY:
		s := m.GetSummary()
		for _, q := range s.GetQuantile() {
			e.add(name, m, labelPair{"quantile", formatBound(q.GetQuantile())}, q.GetValue())
		}
		e.add(name+"_sum", m, labelPair{}, s.GetSampleSum())
		e.add(name+"_count", m, labelPair{}, float64(s.GetSampleCount()))
	}
}

// add appends one series with one sample.
func (e *exposition) add(name string, m *dto.Metric, own labelPair, value float64) {
	e.pairs = append(e.pairs[:0], labelPair{schema.MetricName, name})
	if own.name != "" {
		e.pairs = append(e.pairs, own)
	}
	for _, l := range m.GetLabel() {
		e.pairs = append(e.pairs, labelPair{l.GetName(), l.GetValue()})
	}
	for name, value := range e.extra {
		if !slices.ContainsFunc(e.pairs, func(p labelPair) bool { return p.name == name }) {
			e.pairs = append(e.pairs, labelPair{name, value})
		}
	}
	slices.SortFunc(e.pairs, func(a, b labelPair) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	e.series = e.series[:0]
	for _, p := range e.pairs {
		if p.value != "" {
			e.series = schema.AppendLabel(e.series, p.name, p.value)
		}
	}
	e.series = appendSample(e.series, &sample{bits: math.Float64bits(value), ts: e.ts})
	e.out = appendBytes(e.out, 1, e.series)
}

// formatBound writes a bound as Prometheus does in `le` and `quantile`.
func formatBound(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
