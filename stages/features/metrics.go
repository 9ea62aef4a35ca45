package features

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// The reasons for which a sample gives no row.
const (
	dropRepeated  = iota // not newer than the one before: a sender's retry
	dropNaN              // an ordinary NaN, not a stale marker
	dropRange            // a timestamp outside 1970 to 9999
	dropHistogram        // a part of one: malformed, beyond the most buckets, or without room in the block
	dropReasons
)

// Metrics counts what the features stage does; one per process.
type Metrics struct {
	rows      *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	forgotten *prometheus.CounterVec
	series    *prometheus.GaugeVec
	state     *prometheus.GaugeVec
}

// NewMetrics registers the metrics with reg; a nil reg registers them nowhere.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "eddy_features_rows_total", Help: "Rows of features written."}, []string{"partition"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "eddy_features_dropped_samples_total", Help: "Samples that gave no row, by reason."}, []string{"partition", "reason"}),
		forgotten: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "eddy_features_forgotten_series_total", Help: "Series dropped after two idle hours."}, []string{"partition"}),
		series: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "eddy_features_series", Help: "Series the stage keeps state of."}, []string{"partition"}),
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "eddy_features_state_bytes", Help: "Memory held for series."}, []string{"partition"}),
	}
	if reg != nil {
		reg.MustRegister(m.rows, m.dropped, m.forgotten, m.series, m.state)
	}
	return m
}

// gauges are the metrics of one partition.
type gauges struct {
	rows, forgotten prometheus.Counter
	dropped         [dropReasons]prometheus.Counter
	series, state   prometheus.Gauge
}

// seriesEvery is how many records pass between two looks at the size of the state.
const seriesEvery = 64

// Measure makes the processor count in m. It decides nothing, so two processors may differ in it.
func (p *Processor) Measure(m *Metrics) {
	partition := strconv.Itoa(p.partition)
	g := &gauges{
		rows:      m.rows.WithLabelValues(partition),
		forgotten: m.forgotten.WithLabelValues(partition),
		series:    m.series.WithLabelValues(partition),
		state:     m.state.WithLabelValues(partition),
	}
	for reason, name := range [dropReasons]string{"repeated", "nan", "range", "histogram"} {
		g.dropped[reason] = m.dropped.WithLabelValues(partition, name)
	}
	p.metrics = g
}

// count hands over what the last record brought.
func (p *Processor) count() {
	if g := p.metrics; g != nil {
		g.rows.Add(float64(p.block.Rows()))
		g.forgotten.Add(float64(p.forgotten))
		for reason, n := range p.dropped {
			g.dropped[reason].Add(float64(n))
		}
		if p.records++; p.records%seriesEvery == 1 {
			g.series.Set(float64(p.Series()))
			g.state.Set(float64(p.StateBytes()))
		}
	}
	p.dropped, p.forgotten = [dropReasons]int{}, 0
}

// Series is the number of series known.
func (p *Processor) Series() int {
	n := 0
	for _, t := range p.order {
		n += t.table.Len()
	}
	return n
}

// StateBytes is the memory held for series, in bytes.
func (p *Processor) StateBytes() int {
	n := 0
	for _, t := range p.order {
		n += t.table.Size() + 80*t.series.Cap() + t.metadata.names.Size()
		n += t.groups.Size() + 96*t.group.Cap() + t.hists.Size()
	}
	return n
}
