package scoring

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what the scoring stage does; one per process.
type Metrics struct {
	scored, watched, strangers, crowded *prometheus.CounterVec
	series, state                       *prometheus.GaugeVec
}

// NewMetrics registers the metrics with reg; a nil reg registers them nowhere.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"partition"})
	}
	m := &Metrics{
		scored:    counter("eddy_scoring_samples_total", "Rows judged by a model."),
		watched:   counter("eddy_scoring_rows_total", "Rows of watched series written."),
		strangers: counter("eddy_scoring_unknown_rows_total", "Rows of series that were never introduced; they are passed over."),
		crowded:   counter("eddy_scoring_deferred_series_total", "Abnormal series whose labels did not fit the block."),
		series: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "eddy_scoring_series", Help: "Series the stage keeps state of."}, []string{"partition"}),
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "eddy_scoring_state_bytes", Help: "Memory held for series."}, []string{"partition"}),
	}
	if reg != nil {
		reg.MustRegister(m.scored, m.watched, m.strangers, m.crowded, m.series, m.state)
	}
	return m
}

// counters are the metrics of one partition.
type counters struct {
	scored, watched, strangers, crowded prometheus.Counter
	series, state                       prometheus.Gauge
	records                             int
}

// seriesEvery is how many records pass between two looks at the size of the state.
const seriesEvery = 64

// Measure makes the processor count in m. It decides nothing, so two processors may differ in it.
func (p *Processor) Measure(m *Metrics) {
	partition := strconv.Itoa(p.partition)
	p.metrics = &counters{
		scored:    m.scored.WithLabelValues(partition),
		watched:   m.watched.WithLabelValues(partition),
		strangers: m.strangers.WithLabelValues(partition),
		crowded:   m.crowded.WithLabelValues(partition),
		series:    m.series.WithLabelValues(partition),
		state:     m.state.WithLabelValues(partition),
	}
}

// count hands over what the last record brought.
func (p *Processor) count() {
	if c := p.metrics; c != nil {
		c.scored.Add(float64(p.scored))
		c.watched.Add(float64(p.block.Rows()))
		c.strangers.Add(float64(p.strangers))
		c.crowded.Add(float64(p.crowded))
		if c.records++; c.records%seriesEvery == 1 {
			c.series.Set(float64(p.Series()))
			c.state.Set(float64(p.StateBytes()))
		}
	}
	p.scored, p.strangers, p.crowded = 0, 0, 0
}

// Series is the number of series known.
func (p *Processor) Series() int {
	n := 0
	for _, t := range p.order {
		n += t.known
	}
	return n
}

// StateBytes is the memory held for series, in bytes.
func (p *Processor) StateBytes() int {
	n := 0
	for _, t := range p.order {
		n += t.labels.Size() + 40*t.series.Cap() + 28*t.toggles.Cap()
		for _, b := range t.banks {
			if b != nil {
				n += b.bytes()
			}
		}
	}
	return n
}
