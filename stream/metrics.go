package stream

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the engine's own: rate, errors and duration per stage and partition, lag, and the sizes of what is kept.
type Metrics struct {
	records, commits, bytes, unclear, fenced, poison, full, lost, badSnapshots *prometheus.CounterVec
	lag, root, owned, snapshotBytes                                            *prometheus.GaugeVec
	duration, snapshotPause                                                    *prometheus.HistogramVec
}

// NewMetrics registers the engine's metrics; with a nil registerer they are kept but not exposed.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	labels := []string{"stage", "partition"}
	counter := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eddy_stage_" + name, Help: help}, labels)
		register(reg, v)
		return v
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "eddy_stage_" + name, Help: help}, labels)
		register(reg, v)
		return v
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "eddy_stage_" + name, Help: help,
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)}, labels)
		register(reg, v)
		return v
	}
	return &Metrics{
		records:       counter("records_total", "Records processed."),
		commits:       counter("commits_total", "Groups of outputs committed."),
		bytes:         counter("output_bytes_total", "Bytes of output committed."),
		unclear:       counter("commit_retries_total", "Commits whose first answer was an error; each was settled by reading back."),
		fenced:        counter("fenced_total", "Times a newer owner took the partition over."),
		poison:        counter("poison_total", "Times a record could not be processed."),
		full:          counter("output_full_total", "Commits that had to wait because the output log was full."),
		lost:          counter("lost_records_total", "Records that left the log before they were processed."),
		badSnapshots:  counter("unusable_snapshots_total", "Snapshots that could not be restored."),
		lag:           gauge("lag_messages", "Messages waiting in the input log."),
		root:          gauge("position", "Sequence of the last samples record this stage has processed."),
		owned:         gauge("owned", "1 while this process runs the partition."),
		snapshotBytes: gauge("state_bytes", "Size of the partition's last snapshot."),
		duration:      histogram("group_seconds", "Time from taking a group of records to its commit."),
		snapshotPause: histogram("snapshot_pause_seconds", "Time a partition stood still to copy its state."),
	}
}

func register(reg prometheus.Registerer, c prometheus.Collector) {
	if reg != nil {
		reg.MustRegister(c)
	}
}

// partitionMetrics are the series of one partition, resolved once.
type partitionMetrics struct {
	records, commits, bytes, unclear, fenced, poison, full, lost, badSnapshots prometheus.Counter
	lag, root, owned, snapshotBytes                                            prometheus.Gauge
	duration, snapshotPause                                                    prometheus.Observer
}

func (m *Metrics) partition(stage string, partition int) *partitionMetrics {
	l := []string{stage, strconv.Itoa(partition)}
	c := func(v *prometheus.CounterVec) prometheus.Counter { return v.WithLabelValues(l...) }
	g := func(v *prometheus.GaugeVec) prometheus.Gauge { return v.WithLabelValues(l...) }
	return &partitionMetrics{
		records: c(m.records), commits: c(m.commits), bytes: c(m.bytes), unclear: c(m.unclear), fenced: c(m.fenced),
		poison: c(m.poison), full: c(m.full), lost: c(m.lost), badSnapshots: c(m.badSnapshots),
		lag: g(m.lag), root: g(m.root), owned: g(m.owned), snapshotBytes: g(m.snapshotBytes),
		duration: m.duration.WithLabelValues(l...), snapshotPause: m.snapshotPause.WithLabelValues(l...),
	}
}

// observe counts a group.
func (p *partitionMetrics) observe(w *work, bytes int, d time.Duration) {
	p.records.Add(float64(w.records))
	w.records = 0
	p.commits.Inc()
	p.bytes.Add(float64(bytes))
	p.lag.Set(float64(w.pending))
	p.root.Set(float64(w.seen))
	p.duration.Observe(d.Seconds())
}

func (p *partitionMetrics) snapshotted(bytes int, d time.Duration) {
	p.snapshotBytes.Set(float64(bytes))
	p.snapshotPause.Observe(d.Seconds())
}
