package ingest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the gateway's own. Requests are counted by what the sender was told.
type Metrics struct {
	requests                                      *prometheus.CounterVec
	byStatus                                      map[int]prometheus.Counter
	requestSeconds                                *prometheus.HistogramVec // by class, see classOf
	samples, histograms, exemplars                prometheus.Counter
	refused, duplicates, abandoned, elections     prometheus.Counter
	records, recordBytes, failures, evicted       prometheus.Counter
	ticks                                         prometheus.Counter
	appendSeconds                                 prometheus.Histogram
	tenants, series, tableBytes, inflight, budget prometheus.Gauge
}

// NewMetrics registers the gateway's metrics; with a nil registerer they are kept but not exposed.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	register := func(c prometheus.Collector) {
		if reg != nil {
			reg.MustRegister(c)
		}
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "eddy_ingest_" + name, Help: help})
		register(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		c := prometheus.NewGauge(prometheus.GaugeOpts{Name: "eddy_ingest_" + name, Help: help})
		register(c)
		return c
	}
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eddy_ingest_requests_total",
			Help: "Write requests by the HTTP status they were answered with."}, []string{"code"}),
		samples:    counter("samples_total", "Float samples stored."),
		histograms: counter("histograms_total", "Native histograms stored."),
		exemplars:  counter("exemplars_total", "Exemplars stored."),
		refused:    counter("refused_samples_total", "Samples and histograms refused for good."),
		duplicates: counter("duplicate_samples_total", "Samples and histograms left out because another replica of their sender is elected."),
		abandoned:  counter("abandoned_requests_total", "Requests whose sender left before the log had answered."),
		elections:  counter("elections_total", "Times another replica of a sender took over."),
		records:    counter("records_total", "Records appended to the samples logs."),
		recordBytes: counter("record_bytes_total",
			"Bytes appended to the samples logs, compressed."),
		failures: counter("append_failures_total", "Records the samples logs did not take."),
		evicted:  counter("evicted_series_total", "Series forgotten because they were not sent any more."),
		ticks:    counter("ticks_total", "Control records that tell the time while a tenant sends nothing."),
		appendSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "eddy_ingest_append_seconds",
			Help: "Time one append to a samples log took.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)}),
		tenants:    gauge("tenants", "Active tenants."),
		series:     gauge("series", "Active series of all tenants."),
		tableBytes: gauge("series_table_bytes", "Memory held for the names of active series."),
		inflight:   gauge("inflight_bytes", "Bytes of requests being worked on."),
		budget:     gauge("inflight_limit_bytes", "Where requests are refused with 503: max_inflight_bytes."),
	}
	m.requestSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "eddy_ingest_request_seconds",
		Help:    "Time from a write request's headers to its answer, the sender's own time for the body included, by class of status.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, []string{"class"})
	register(m.requests)
	register(m.requestSeconds)
	register(m.appendSeconds)
	m.byStatus = map[int]prometheus.Counter{}
	for _, code := range []int{http.StatusAccepted, http.StatusNoContent, http.StatusBadRequest, http.StatusMethodNotAllowed,
		http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		m.byStatus[code] = m.requests.WithLabelValues(strconv.Itoa(code))
	}
	return m
}

// observe counts what became of a request's samples.
func (m *Metrics) observe(r *Result) {
	m.samples.Add(float64(r.Written.Samples))
	m.histograms.Add(float64(r.Written.Histograms))
	m.exemplars.Add(float64(r.Written.Exemplars))
	m.refused.Add(float64(r.Refused.Count))
	m.duplicates.Add(float64(r.Duplicates.points()))
}

// answered counts a request by its status, one of those NewMetrics knows, and the time it took.
func (m *Metrics) answered(status int, d time.Duration) {
	if c, ok := m.byStatus[status]; ok {
		c.Inc()
		m.requestSeconds.WithLabelValues(classOf(status)).Observe(d.Seconds())
	}
}

// classOf is 2xx, 4xx or 5xx: refusals are quick and overload may be slow, which must not hide how long storing takes.
func classOf(status int) string {
	switch {
	case status < http.StatusBadRequest:
		return "2xx"
	case status < http.StatusInternalServerError:
		return "4xx"
	}
	return "5xx"
}

func (m *Metrics) appended(bytes int, d time.Duration, err error) {
	m.appendSeconds.Observe(d.Seconds())
	if err != nil {
		m.failures.Inc()
		return
	}
	m.records.Inc()
	m.recordBytes.Add(float64(bytes))
}
