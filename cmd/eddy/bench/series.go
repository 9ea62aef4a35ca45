package bench

import (
	"fmt"
	"math"
	"strings"

	"eddy/cmd/eddy/noise"
	"eddy/schema"
)

// perTarget is how many series one scraped process has.
const perTarget = 100

// minLabels is name, job and instance.
const minLabels = 3

// labelsOf returns the label set of series i: a fleet of targets with the label names and lengths of a Kubernetes
// cluster, about 270 bytes at 10 labels. No series is a constant away from another in all labels, as in real life.
func labelsOf(i, labels int) schema.Labels {
	target, metric := i/perTarget, i%perTarget
	deployment := target / 20
	m := map[string]string{
		"__name__": metricName(metric),
		"job":      "storefront-api",
		"instance": fmt.Sprintf("10.%d.%d.%d:8080", target>>16&255, target>>8&255, target&255),
	}
	more := [...][2]string{
		{"namespace", fmt.Sprintf("shop-%02d", deployment%40)},
		{"pod", fmt.Sprintf("storefront-%d-%08x", deployment, noise.Mix(uint64(target))>>32)},
		{"container", "api"},
		{"cluster", "eu-central-1"},
		{"handler", fmt.Sprintf("/api/v2/resource-%02d", metric/4)},
		{"method", [...]string{"GET", "POST", "PUT", "DELETE"}[metric%4]},
		{"node", fmt.Sprintf("ip-10-1-%d-%d", target>>5&255, target&31)},
	}
	for k := range labels - minLabels {
		if k < len(more) {
			m[more[k][0]] = more[k][1]
		} else {
			m[fmt.Sprintf("label_%02d", k)] = fmt.Sprintf("value-%d", target%(k+2))
		}
	}
	if labels < minLabels+6 { // handler and method told series of one target apart
		m["__name__"] = strings.TrimSuffix(m["__name__"], "_total") + fmt.Sprintf("_%02d", metric)
		if isCounter(metric) {
			m["__name__"] += "_total"
		}
	}
	return schema.LabelsFromMap(m)
}

// isCounter: two series in three, as in most exporters.
func isCounter(metric int) bool { return metric%3 != 0 }

func metricName(metric int) string {
	if isCounter(metric) {
		return [...]string{"http_requests_total", "http_request_duration_seconds_count_total", "http_response_bytes_total"}[metric/3%3]
	}
	return [...]string{"http_requests_in_flight", "process_queue_depth", "memory_working_set_bytes"}[metric/3%3]
}

// model is what the series do: a pure function of (seed, series, pass, time).
type model struct {
	seed   uint64
	faults float64
	start  int64 // Unix milliseconds; counters are 0 there
}

// A faulty series is quiet for faultAfter passes, so that detectors know it, then spikes for faultLength of every
// faultPeriod passes.
const (
	faultAfter  = 64
	faultPeriod = 128
	faultLength = 8
)

// value of series i at a moment. Counters count at a steady rate with whole numbers; gauges carry 2 % of noise.
func (m *model) value(i, pass int, timestamp int64) float64 {
	own := noise.Mix(m.seed ^ uint64(i)*0x9e3779b97f4a7c15)
	if isCounter(i % perTarget) {
		perSecond := 5 + float64(own&1023)
		return math.Floor(perSecond * float64(timestamp-m.start) / 1000)
	}
	level := 10 + float64(own&4095)
	v := level * (1 + 0.02*noise.Normal(own^uint64(pass)*0xbf58476d1ce4e5b9))
	if m.spikes(own, pass) {
		v += 4 * level
	}
	return v
}

// spikes tells whether a gauge is out of order in this pass. Only gauges spike, so their share is three times as high.
func (m *model) spikes(own uint64, pass int) bool {
	if float64(own>>11)/(1<<53) >= 3*m.faults {
		return false
	}
	at := pass - faultAfter - int(own>>20%faultPeriod)
	return at >= 0 && at%faultPeriod < faultLength
}
