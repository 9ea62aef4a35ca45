package stream

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the engine's own: rate, errors and duration per stage and partition, lag, and the sizes of what is kept.
type Metrics struct {
	records, commits, bytes, unclear, fenced, poison, full, lost, badSnapshots, foreign *prometheus.CounterVec
	lag, root, owned, snapshotBytes                                                     *prometheus.GaugeVec
	duration, snapshotPause                                                             *prometheus.HistogramVec
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
		foreign:       counter("foreign_total", "Messages in the input log that eddy's engine did not write; they are passed over."),
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

// partitionMetrics are the series of one partition, resolved once. The gauges exist only while this process runs it, so
// that nobody reads an old number from a process that has lost the partition.
type partitionMetrics struct {
	all    *Metrics
	labels []string

	records, commits, bytes, unclear, fenced, poison, full, lost, badSnapshots, foreign prometheus.Counter
	duration, snapshotPause                                                             prometheus.Observer
}

func (m *Metrics) partition(stage string, partition int) *partitionMetrics {
	l := []string{stage, strconv.Itoa(partition)}
	c := func(v *prometheus.CounterVec) prometheus.Counter { return v.WithLabelValues(l...) }
	return &partitionMetrics{
		all: m, labels: l,
		records: c(m.records), commits: c(m.commits), bytes: c(m.bytes), unclear: c(m.unclear), fenced: c(m.fenced),
		poison: c(m.poison), full: c(m.full), lost: c(m.lost), badSnapshots: c(m.badSnapshots), foreign: c(m.foreign),
		duration: m.duration.WithLabelValues(l...), snapshotPause: m.snapshotPause.WithLabelValues(l...),
	}
}

// own says that this process runs the partition, from a position on, until the function it returns is called.
func (p *partitionMetrics) own(root uint64) (lost func()) {
	p.all.root.WithLabelValues(p.labels...).Set(float64(root))
	p.all.owned.WithLabelValues(p.labels...).Set(1)
	return func() {
		for _, v := range []*prometheus.GaugeVec{p.all.lag, p.all.root, p.all.snapshotBytes} {
			v.DeleteLabelValues(p.labels...)
		}
		p.all.owned.WithLabelValues(p.labels...).Set(0)
	}
}

// observe counts a group.
func (p *partitionMetrics) observe(w *work, bytes int, d time.Duration) {
	p.records.Add(float64(w.records))
	w.records = 0
	p.commits.Inc()
	p.bytes.Add(float64(bytes))
	p.all.root.WithLabelValues(p.labels...).Set(float64(w.seen))
	p.duration.Observe(d.Seconds())
}

func (p *partitionMetrics) snapshotted(bytes int, d time.Duration) {
	p.all.snapshotBytes.WithLabelValues(p.labels...).Set(float64(bytes))
	p.snapshotPause.Observe(d.Seconds())
}
