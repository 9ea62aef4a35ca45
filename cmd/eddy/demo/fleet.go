package demo

import (
	"fmt"
	"math"

	"eddy/cmd/eddy/noise"
	"eddy/schema"
)

// History is how many seconds of normal life the fleet has before the story begins.
const History = 1800

// day is the length of a day in the shop, in seconds: the history shows three of them.
const day = 600

// Instances of the shop.
const instances = 6

// kind says how a series moves.
type kind uint8

const (
	gauge   kind = iota // base, daily wave, noise
	counter             // the integral of a gauge: only ever rises, but for restarts
	state               // constant: up
)

// Series is one time series of the fleet.
type Series struct {
	Labels schema.Labels
	name   string
	key    uint64            // of its noise
	tags   map[string]string // the labels again, for the story
	kind   kind
	base   float64 // mean, or mean rate per second
	wave   float64 // amplitude of the daily wave, share of base
	spread float64 // standard deviation of the noise, share of base
}

// Fleet is the shop. It is immutable, and all its methods are pure.
type Fleet struct {
	Series []Series
	story  []Fault
	seed   uint64
}

// staleMarker is the value by which Prometheus says that a series has ended.
var staleMarker = math.Float64frombits(0x7ff0000000000002)

// NewFleet builds the shop; the same seed gives the same samples.
func NewFleet(seed uint64) *Fleet {
	f := &Fleet{seed: seed, story: Story()}
	for i := 1; i <= instances; i++ {
		shop := map[string]string{"job": "shop", "instance": fmt.Sprintf("shop-%d:8080", i)}
		f.add("up", shop, state, 1, 0, 0)
		f.add("http_requests_total", with(shop, "code", "200"), counter, 40, 0.3, 0.05)
		f.add("http_requests_total", with(shop, "code", "500"), counter, 4, 0.3, 0.1)
		f.add("http_request_duration_p99_seconds", shop, gauge, 0.12, 0.1, 0.06)
		f.add("order_queue_length", shop, gauge, 30, 0.2, 0.1)
		f.add("process_resident_memory_bytes", shop, gauge, 4e8, 0.02, 0.01)
		f.add("process_cpu_seconds_total", shop, counter, 0.6, 0.3, 0.05)
	}
	for i := 1; i <= 3; i++ {
		node := map[string]string{"job": "node", "instance": fmt.Sprintf("node-%d:9100", i)}
		f.add("node_load1", node, gauge, 2, 0.3, 0.08)
		f.add("node_filesystem_avail_bytes", with(node, "mountpoint", "/"), gauge, 5e11, 0, 0.001)
		f.add("node_hwmon_temp_celsius", node, gauge, 55, 0.05, 0.01)
		f.add("node_network_receive_bytes_total", node, counter, 2e6, 0.3, 0.06)
	}
	payments := map[string]string{"job": "payments", "instance": "payments-exporter:9400"}
	f.add("payments_accepted_total", payments, counter, 12, 0.3, 0.1)
	f.add("payments_authorisation_seconds", payments, gauge, 0.4, 0.05, 0.08)
	database := map[string]string{"job": "postgres", "instance": "db-1:9187"}
	f.add("pg_stat_activity_count", database, gauge, 45, 0.15, 0.05)
	f.add("pg_stat_database_xact_commit_total", database, counter, 300, 0.3, 0.05)
	f.add("pg_replication_lag_seconds", database, gauge, 0.3, 0, 0.1)
	f.add("shop_orders_total", map[string]string{"job": "shop"}, counter, 20, 0.3, 0.08)
	return f
}

func (f *Fleet) add(name string, tags map[string]string, k kind, base, wave, spread float64) {
	all := with(tags, schema.MetricName, name)
	labels := schema.LabelsFromMap(all)
	f.Series = append(f.Series, Series{
		Labels: labels, name: name, tags: all, kind: k, base: base, wave: wave, spread: spread,
		key: noise.Mix(noise.String(string(labels)) ^ f.seed),
	})
}

func with(tags map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for k, v := range tags {
		more[k] = v
	}
	return more
}

// Sample is one value of a series; Series indexes Fleet.Series.
type Sample struct {
	Series int
	Value  float64
}

// Samples returns what the fleet's exporters show at second t of the story; history has t < 0. A series that has just
// ended shows the stale marker once, as Prometheus sends it; one that fell silent shows nothing at all.
func (f *Fleet) Samples(t int) []Sample {
	samples := make([]Sample, 0, len(f.Series))
	for i := range f.Series {
		if v, ok := f.value(&f.Series[i], t); ok {
			samples = append(samples, Sample{i, v})
		}
	}
	return samples
}

func (f *Fleet) value(s *Series, t int) (float64, bool) {
	for i := range f.story {
		fault := &f.story[i]
		if !fault.touches(s) {
			continue
		}
		switch {
		case fault.Kind == Silence && fault.active(t):
			return 0, false
		case fault.Kind == Outage && s.kind != state && fault.active(t):
			return staleMarker, t == fault.From
		}
	}
	switch s.kind {
	case counter:
		return f.count(s, t), true
	case state:
		return f.changed(s, t, s.base), true
	}
	v := s.base * (1 + s.wave*math.Sin(phase(t)) + s.spread*noise.Normal(s.key^noise.Mix(uint64(t))))
	return f.changed(s, t, max(v, 0)), true
}

func phase(t int) float64 { return 2 * math.Pi * float64(t) / day }

// changed applies the story to a value.
func (f *Fleet) changed(s *Series, t int, v float64) float64 {
	for i := range f.story {
		if fault := &f.story[i]; fault.Change != nil && fault.touches(s) && fault.active(t) {
			v = fault.Change(v, t-fault.From)
		}
	}
	return v
}

// count is the integral of the rate since the last restart, plus noise that is too small to make it fall.
func (f *Fleet) count(s *Series, t int) float64 {
	from := -History - 86400 // the fleet was started a day before we look
	for i := range f.story {
		fault := &f.story[i]
		if at, ok := fault.restart(s); ok && t >= at {
			from = max(from, at-1)
		}
	}
	v := s.integral(t) - s.integral(from)
	if t-from > 1 {
		v += s.base * s.spread * noise.Normal(s.key^noise.Mix(uint64(t)))
	}
	if s.base >= 10 {
		v = math.Floor(v) // these count things
	}
	return f.extra(s, t, max(v, 0))
}

// extra adds what a fault makes a counter count beyond its usual rate.
func (f *Fleet) extra(s *Series, t int, v float64) float64 {
	for i := range f.story {
		if fault := &f.story[i]; fault.Extra > 0 && fault.touches(s) && t >= fault.From {
			v += s.base * fault.Extra * float64(min(t, fault.Until)-fault.From)
		}
	}
	return v
}

// integral of base*(1+wave*sin(phase)) from 0 to t.
func (s *Series) integral(t int) float64 {
	return s.base * (float64(t) + s.wave*day/(2*math.Pi)*(1-math.Cos(phase(t))))
}
