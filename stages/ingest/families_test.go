package ingest

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestPushFamilies(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "reads_total", Help: "Reads."}, []string{"zone", "job"})
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "depth"})
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "wait_seconds", Buckets: []float64{0.5, 1}})
	summary := prometheus.NewSummary(prometheus.SummaryOpts{Name: "size_bytes", Objectives: map[float64]float64{0.5: 0.1}})
	reg.MustRegister(counter, gauge, histogram, summary)
	counter.WithLabelValues("", "own").Add(3)
	gauge.Set(-2)
	histogram.Observe(0.7)
	histogram.Observe(5)
	summary.Observe(9)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	h := newHarness(t, Config{})
	r, err := h.g.PushFamilies(t.Context(), "eddy", families, map[string]string{"job": "eddy", "instance": "i"}, time.UnixMilli(base))
	check(t, err, nil)
	check(t, r.Written, Written{Samples: 10})
	check(t, r.Refused.String(), "")
	var got, metadata []string
	for _, line := range h.sorted() {
		if line[0] == 'p' {
			metadata = append(metadata, line)
		} else {
			got = append(got, line)
		}
	}
	check(t, got, []string{
		`depth{instance="i",job="eddy"} -2 @0`,
		`reads_total{instance="i",job="own"} 3 @0`,
		`size_bytes_count{instance="i",job="eddy"} 1 @0`,
		`size_bytes_sum{instance="i",job="eddy"} 9 @0`,
		`size_bytes{instance="i",job="eddy",quantile="0.5"} 9 @0`,
		`wait_seconds_bucket{instance="i",job="eddy",le="+Inf"} 2 @0`,
		`wait_seconds_bucket{instance="i",job="eddy",le="0.5"} 0 @0`,
		`wait_seconds_bucket{instance="i",job="eddy",le="1"} 1 @0`,
		`wait_seconds_count{instance="i",job="eddy"} 2 @0`,
		`wait_seconds_sum{instance="i",job="eddy"} 5.7 @0`,
	})
	check(t, metadata[:4], []string{"p0 depth GAUGE ", "p0 reads_total COUNTER Reads.", "p0 size_bytes SUMMARY ", "p0 wait_seconds HISTOGRAM "})
}

func TestOwnMetricsCanBePushed(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	NewMetrics(reg).answered(204, 0)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	h := newHarness(t, Config{})
	r, err := h.g.PushFamilies(t.Context(), "eddy", families, nil, time.UnixMilli(base))
	check(t, err, nil)
	check(t, r.Status(), 204)
	check(t, r.Written.Samples > 20, true)
}
