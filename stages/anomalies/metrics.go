package anomalies

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"eddy/schema"
)

// Metrics counts what the anomalies stage tells; one per process.
type Metrics struct{ events *prometheus.CounterVec }

// NewMetrics registers the metrics with reg; a nil reg registers them nowhere.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{events: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "eddy_anomalies_events_total", Help: "Anomaly events, by what happened, severity and cause.",
	}, []string{"event", "severity", "cause"})}
	if reg != nil {
		reg.MustRegister(m.events)
	}
	return m
}

// counters are the metrics a processor counts in.
type counters struct{ events *prometheus.CounterVec }

// Measure makes the processor count in m. It decides nothing, so two processors may differ in it.
func (p *Processor) Measure(m *Metrics) { p.metrics = &counters{events: m.events} }

func (p *Processor) count(eventType string, severity schema.Severity, cause schema.Cause) {
	if p.metrics == nil {
		return
	}
	name := strings.TrimSuffix(strings.TrimPrefix(eventType, "eddy.anomaly."), ".v1")
	p.metrics.events.WithLabelValues(name, string(severity), string(cause)).Inc()
}
