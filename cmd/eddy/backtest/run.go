package backtest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
	"eddy/stages"
	"eddy/stages/replay"
	"eddy/stages/scoring"
	"eddy/stream"
)

// tenant is whose samples a backtest's are.
const tenant = "backtest"

// Outcome is what happened to one entity.
type Outcome struct {
	Table  *Table
	Rows   [][]Row // by series, then by row of the table
	Events []schema.Event
	Skips  int           // records a stage could not digest
	Took   time.Duration // of processing alone
	Judged int           // rows that got a verdict
}

// Row is the verdict on one sample; the zero value says that there was none.
type Row struct {
	Judged                 bool // a model was asked and was ready
	Score                  float32
	Expected, Lower, Upper float64
	Outlook                float64 // see outlook
	Open                   bool    // an anomaly is open
}

// Run takes a table through the stages under a policy.
func Run(t *Table, policy schema.Policy, catalogue stages.Catalogue) (*Outcome, error) {
	if _, err := stages.NewPlan(policy, catalogue); err != nil {
		return nil, err
	}
	r := runner{table: t, chain: replay.NewChain(0, catalogue), outcome: &Outcome{Table: t}, index: map[string]int{}}
	for i, s := range t.Series {
		r.index[string(s.Labels)] = i
		r.outcome.Rows = append(r.outcome.Rows, make([]Row, len(t.Times)))
	}
	if len(r.index) != len(t.Series) {
		return nil, errors.New("two series have the same labels")
	}
	r.chain.Observe(r.observe)
	started := time.Now()
	control := schema.Control{Type: schema.ControlPolicy, Policy: &policy}
	if err := r.process(schema.ControlTenant, schema.EntryControl, control.Encode()); err != nil {
		return nil, err
	}
	for row := range t.Times {
		r.row = row
		if record := r.record(row); record != nil {
			if err := r.process(tenant, schema.EntryData, record); err != nil {
				return nil, err
			}
		}
	}
	r.outcome.Took = time.Since(started)
	r.finish()
	return r.outcome, nil
}

// runner is one table on its way.
type runner struct {
	table   *Table
	chain   *replay.Chain
	outcome *Outcome
	index   map[string]int // series by labels
	row     int
	root    uint64
	body    []byte
	packed  []byte
	series  []byte
	failed  error
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

func (r *runner) process(tenant string, kind schema.EntryKind, data []byte) error {
	r.root++
	err := r.chain.Process(&stream.Record{Tenant: tenant, Root: r.root, Kind: kind, Data: data}, r.event)
	var skipped *replay.SkipError
	if errors.As(err, &skipped) {
		r.outcome.Skips++
		err = nil
	}
	if err == nil {
		err = r.failed
	}
	if err != nil {
		return fmt.Errorf("%s, row %d: %w", r.table.Entity, r.row, err)
	}
	return nil
}

func (r *runner) event(_ string, data []byte) {
	var e schema.Event
	if err := json.Unmarshal(data, &e); err != nil {
		r.failed = fmt.Errorf("an event cannot be read: %w", err)
		return
	}
	r.outcome.Events = append(r.outcome.Events, e)
}

func (r *runner) observe(o *scoring.Observation) {
	i, ok := r.index[string(o.Labels)]
	if !ok || o.Timestamp != r.table.Times[r.row] {
		return // a series of eddy's own making, as the tenant's sender
	}
	v := o.Verdict
	r.outcome.Rows[i][r.row] = Row{Judged: v.Ready, Score: float32(o.Score), Expected: v.Expected, Lower: v.Lower, Upper: v.Upper}
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

// Episode is one anomaly from its opened event to its resolved one.
type Episode struct {
	Series   int
	Detector string
	Severity schema.Severity
	Cause    schema.Cause
	Started  int64 // Unix milliseconds, as all
	Opened   int64
	Resolved int64 // math.MaxInt64 while it is open
	Score    float64
}

// Episodes lists the anomalies in the order they opened.
func (o *Outcome) Episodes() []Episode {
	index := map[string]int{}
	for i, s := range o.Table.Series {
		index[s.Labels.String()] = i
	}
	var list []Episode
	open := map[string]int{}
	for _, e := range o.Events {
		series, ok := index[e.Subject]
		if !ok {
			continue
		}
		if e.Type == schema.TypeOpened {
			open[e.Data.ID] = len(list)
			list = append(list, Episode{Series: series, Detector: e.Data.Detector, Cause: e.Data.Cause,
				Started: millis(e.Data.StartedAt), Opened: millis(e.Time), Resolved: math.MaxInt64})
		}
		i, ok := open[e.Data.ID]
		if !ok {
			continue
		}
		list[i].Severity, list[i].Score = e.Data.Severity, max(list[i].Score, e.Data.Score)
		if e.Type == schema.TypeResolved {
			list[i].Resolved = millis(e.Time)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Opened < list[j].Opened })
	return list
}

func millis(rfc3339 string) int64 {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}
