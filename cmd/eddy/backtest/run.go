package backtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
	"eddy/stages/scoring"
	"eddy/stream"
)

// tenant is whose samples a backtest's are.
const tenant = "backtest"

// Outcome is what happened to one entity.
type Outcome struct {
	Table  *Table
	Rows   [][]Row // by series, then by row of the table
	Rates  []bool  // by series: it is a counter, scored as a rate
	Events []schema.Event
	Skips  int           // records a stage could not digest
	Models int           // how many were trained on the way
	Took   time.Duration // of processing alone
	Judged int           // rows that got a verdict
}

// Row is the verdict on one sample; the zero value says that there was none.
type Row struct {
	Judged                 bool // a model was asked and was ready
	Score                  float32
	Value                  float64 // as scored: of a counter its rate
	Expected, Lower, Upper float64
	Outlook                float64 // see outlook
	Open                   bool    // an anomaly is open
}

// Run takes a table through the stages.
func Run(ctx context.Context, t *Table, trial Trial) (*Outcome, error) {
	r := runner{table: t, outcome: &Outcome{Table: t}, index: map[string]int{}, root: 1}
	for i, s := range t.Series {
		r.index[string(s.Labels)] = i
		r.outcome.Rows = append(r.outcome.Rows, make([]Row, len(t.Times)))
	}
	r.outcome.Rates = make([]bool, len(t.Series))
	if len(r.index) != len(t.Series) {
		return nil, errors.New("two series have the same labels")
	}
	started := time.Now()
	var err error
	r.driver, err = newDriver(ctx, 0, trial, r.observe, func(e *schema.Event) { r.outcome.Events = append(r.outcome.Events, *e) })
	if err != nil {
		return nil, err
	}
	if body := appendMetadata(nil, t.Types); len(body) > 0 {
		if err := r.process(ctx, s2.EncodeSnappy(nil, body)); err != nil {
			return nil, err
		}
	}
	for row := range t.Times {
		r.row = row
		if record := r.record(row); record != nil {
			if err := r.process(ctx, record); err != nil {
				return nil, err
			}
		}
	}
	r.outcome.Took, r.outcome.Skips, r.outcome.Models = time.Since(started), r.driver.skips, r.driver.models()
	r.finish()
	return r.outcome, nil
}

// runner is one table on its way.
type runner struct {
	table   *Table
	driver  *driver
	outcome *Outcome
	index   map[string]int // series by labels
	row     int
	root    uint64
	body    []byte
	packed  []byte
	series  []byte
}

// record encodes a row's samples as one record of the samples log; nil when there are none.
func (r *runner) record(row int) []byte {
	r.body = r.body[:0]
	for i := range r.table.Series {
		s := &r.table.Series[i]
		if math.IsNaN(s.Values[row]) {
			continue
		}
		r.series = append(r.series[:0], s.Labels...)
		r.series = appendSample(r.series, r.table.Times[row], s.Values[row])
		r.body = append(r.body, 1<<3|2)
		r.body = binary.AppendUvarint(r.body, uint64(len(r.series)))
		r.body = append(r.body, r.series...)
	}
	if len(r.body) == 0 {
		return nil
	}
	r.packed = s2.EncodeSnappy(r.packed[:cap(r.packed)], r.body)
	return r.packed
}

// appendSample appends the samples field of a TimeSeries.
func appendSample(b []byte, timestamp int64, value float64) []byte {
	var sample [24]byte
	n := append(sample[:0], 1<<3|1)
	n = binary.LittleEndian.AppendUint64(n, math.Float64bits(value))
	n = append(n, 2<<3|0)
	n = binary.AppendUvarint(n, uint64(timestamp))
	b = append(b, 2<<3|2, byte(len(n)))
	return append(b, n...)
}

func (r *runner) process(ctx context.Context, record []byte) error {
	r.root++
	if err := r.driver.process(ctx, &stream.Record{Tenant: tenant, Root: r.root, Kind: schema.EntryData, Data: record}); err != nil {
		return fmt.Errorf("%s, row %d: %w", r.table.Entity, r.row, err)
	}
	return nil
}

func (r *runner) observe(o *scoring.Observation) {
	i, ok := r.index[string(o.Labels)]
	if !ok || o.Timestamp != r.table.Times[r.row] {
		return // a series of eddy's own making, as the tenant's sender
	}
	v := o.Verdict
	r.outcome.Rates[i] = o.Kind == schema.SeriesRate
	r.outcome.Rows[i][r.row] = Row{Judged: v.Ready, Score: float32(o.Score), Value: o.Value, Expected: v.Expected, Lower: v.Lower, Upper: v.Upper}
	if v.Ready {
		r.outcome.Judged++
	}
}

// finish adds what follows from the verdicts: each row's outlook, and where anomalies were open.
func (r *runner) finish() {
	for i, rows := range r.outcome.Rows {
		var o outlook
		for k := range rows {
			if !math.IsNaN(r.table.Series[i].Values[k]) {
				rows[k].Outlook = o.next(float64(rows[k].Score))
			}
		}
	}
	for _, e := range r.outcome.Episodes() {
		rows := r.outcome.Rows[e.Series]
		for k, at := range r.table.Times {
			if at >= e.Opened && at < e.Resolved {
				rows[k].Open = true
			}
		}
	}
}

// shown is the value of a row as the expected band wants to be compared with.
func (o *Outcome) shown(series, row int) float64 {
	if r := &o.Rows[series][row]; o.Rates[series] {
		if *r == (Row{}) {
			return missing() // two samples make a rate
		}
		return r.Value
	}
	return o.Table.Series[series].Values[row]
}

// Episodes lists the anomalies in the order they opened.
func (o *Outcome) Episodes() []Episode {
	index := map[string]int{}
	for i, s := range o.Table.Series {
		index[s.Labels.String()] = i
	}
	l := ledger{index: func(subject string) (int, bool) { i, ok := index[subject]; return i, ok }}
	for i := range o.Events {
		l.add(&o.Events[i])
	}
	return l.episodes()
}
