package backtest

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"eddy/cmd/eddy/samples"
	"eddy/schema"
	"eddy/stream"
)

// Follow reads a stream: stream.Client.Follow.
type Follow func(ctx context.Context, name string, filters []string, from stream.Start, fn func(stream.Message) error) error

// Log is a tenant's history in the samples streams.
type Log struct {
	Follow Follow
	Tenant string
	// From and To bound what is reported. A zero From is the beginning of the log, a zero To its end.
	From, To time.Time
	// Learn is how long before From the detectors begin to learn; 0 is as far back as the log reaches.
	Learn time.Duration
	// Progress, if set, is told now and then how much of a partition has been read.
	Progress func(partition int, share float64)
}

// ahead is how far a sample's time may be ahead of its arrival; ingest refuses more.
const ahead = 10 * time.Minute

func (l *Log) span() Window {
	w := Window{math.MinInt64, math.MaxInt64}
	if !l.From.IsZero() {
		w.From = l.From.UnixMilli()
	}
	if !l.To.IsZero() {
		w.To = l.To.UnixMilli()
	}
	return w
}

// entity is what the results call a partition.
func (l *Log) entity(partition int) string { return l.Tenant + "/" + strconv.Itoa(partition) }

// Feeds are the partitions.
func (l *Log) Feeds(partitions int) []Feed {
	feeds := make([]Feed, partitions)
	for p := range feeds {
		part := partition{log: l, index: p}
		feeds[p] = Feed{Entity: l.entity(p), Partition: p, Span: l.span(), Read: part.read}
	}
	return feeds
}

// partition is one log. It ends for every reading where it ended for the first, whatever has come since.
type partition struct {
	log   *Log
	index int
	end   uint64
}

// read passes on the tenant's records as they are stored, and what tells the time. Policies in the log are left out:
// the tested one is in force instead. So are records of later samples alone.
func (p *partition) read(ctx context.Context, fn func(*stream.Record) error) error {
	l, start, last, count := p.log, stream.Start{UntilNow: true}, uint64(0), uint64(0)
	if !l.From.IsZero() && l.Learn > 0 {
		start.Time = l.From.Add(-l.Learn - ahead) // no earlier record can hold a sample that late
	}
	filters := []string{
		schema.PartitionSubject(schema.KindSamples, l.Tenant, p.index),
		schema.PartitionSubject(schema.KindSamples, schema.ControlTenant, p.index),
	}
	err := l.Follow(ctx, schema.PartitionStream(schema.KindSamples, p.index), filters, start, func(m stream.Message) error {
		if last = m.Sequence; p.end > 0 && last > p.end {
			return errEnough
		}
		if count++; l.Progress != nil && count%1000 == 0 {
			l.Progress(p.index, float64(count)/float64(count+m.Pending))
		}
		rec := &stream.Record{Tenant: schema.SubjectTenant(m.Subject), Root: m.Sequence, Kind: schema.EntryData, Data: m.Data}
		if m.Header.Get(stream.HeaderKind) == stream.KindControl {
			rec.Kind = schema.EntryControl
		}
		if l.isLate(m, rec) || rec.Kind == schema.EntryControl && isPolicy(m.Data) {
			return nil
		}
		return fn(rec)
	})
	if p.end == 0 {
		p.end = last
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// isLate tells whether a record holds nothing that came up to To. Most need not be decoded for that: samples come with
// their time or after it.
func (l *Log) isLate(m stream.Message, rec *stream.Record) bool {
	if l.To.IsZero() || m.Time.Before(l.To.Add(-ahead)) {
		return false
	}
	to := l.To.UnixMilli()
	if rec.Kind == schema.EntryControl {
		c, err := schema.ParseControl(m.Data)
		return err == nil && c.Time > to
	}
	late := true
	err := samples.Walk(m.Data, func(_ schema.Labels, timestamp int64, _ float64) error {
		if timestamp <= to {
			late = false
			return errEnough
		}
		return nil
	})
	return late && err == nil
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

func isPolicy(data []byte) bool {
	c, err := schema.ParseControl(data)
	return err == nil && c.Type == schema.ControlPolicy
}

// Published adds what was published of the tenant in the same time to one side of a comparison.
func (l *Log) Published(ctx context.Context, side int, d *Diff) error {
	start := stream.Start{UntilNow: true}
	if !l.From.IsZero() {
		start.Time = l.From.Add(-time.Hour) // an anomaly that goes on says so every few minutes
	}
	var names []string
	index := map[string]int{}
	books := map[int]*ledger{} // by partition
	err := l.Follow(ctx, schema.AnomalyStream, []string{"eddy.anomalies." + l.Tenant + ".*.*"}, start, func(m stream.Message) error {
		var e schema.Event
		if json.Unmarshal(m.Data, &e) != nil || e.Data.ID == "" {
			return nil // somebody else's message
		}
		book := books[e.Data.Partition]
		if book == nil {
			book = &ledger{index: func(subject string) (int, bool) {
				if _, ok := index[subject]; !ok {
					index[subject], names = len(names), append(names, subject)
				}
				return index[subject], true
			}}
			books[e.Data.Partition] = book
		}
		book.add(&e)
		return nil
	})
	if err != nil {
		return err
	}
	span := l.span()
	for p, book := range books {
		for _, e := range book.episodes() {
			v := verdict(l.entity(p), names[e.Series], e)
			v.outside = !span.within(e.Opened, e.Opened)
			d.add(side, v)
		}
	}
	return ctx.Err()
}
