package backtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"eddy/schema"
)

// ErrCSV is wrapped by every refusal of ReadCSV.
var ErrCSV = errors.New("not a usable CSV file")

const (
	maxColumns = 4096
	maxRows    = 50_000_000
)

// timeColumns, labelColumns and the columns of earlier results are no series.
func timeColumns() []string  { return []string{"timestamp", "time", "datetime", "date", "row"} }
func labelColumns() []string { return []string{"label", "is_anomaly", "anomaly"} }
func resultColumns() []string {
	return []string{"anomaly_score"} // so that results can be fed back in
}

// ReadCSV reads a file with a header line: a time column (timestamp, time, or row for evenly spaced minutes), any number of
// series, and possibly a label column of 0 and 1. An empty cell, nan or null is a missing sample. Timestamps may be
// "2006-01-02 15:04:05", RFC 3339, or Unix seconds, milliseconds or nanoseconds. Errors name the line.
func ReadCSV(r io.Reader, entity string) (*Table, error) {
	c := csv.NewReader(r)
	c.ReuseRecord, c.FieldsPerRecord, c.LazyQuotes = true, -1, false
	header, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: no header line: %w", ErrCSV, err)
	}
	layout, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	t := layout.table(entity)
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCSV, err)
		}
		line, _ := c.FieldPos(0)
		if err := layout.row(t, record); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrCSV, line, err)
		}
		if len(t.Times) > maxRows {
			return nil, fmt.Errorf("%w: more than %d rows", ErrCSV, maxRows)
		}
	}
	return t, nil
}

// layout says what each column of a file is.
type layout struct {
	time, label int // -1: none
	series      []int
	names       []string
	counted     bool // the time column counts rows
}

func readHeader(header []string) (*layout, error) {
	if len(header) > maxColumns {
		return nil, fmt.Errorf("%w: %d columns, at most %d can be", ErrCSV, len(header), maxColumns)
	}
	l := &layout{time: -1, label: -1}
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		lower := strings.ToLower(name)
		if seen[name] {
			return nil, fmt.Errorf("%w: column %q is there twice", ErrCSV, name)
		}
		seen[name] = true
		switch {
		case l.time < 0 && slices.Contains(timeColumns(), lower):
			l.time, l.counted = i, lower == "row"
		case l.label < 0 && slices.Contains(labelColumns(), lower):
			l.label = i
		case slices.Contains(resultColumns(), lower) || name == "":
		default:
			l.series, l.names = append(l.series, i), append(l.names, name)
		}
	}
	if l.time < 0 {
		return nil, fmt.Errorf("%w: no time column: name one of %s", ErrCSV, strings.Join(timeColumns(), ", "))
	}
	if len(l.series) == 0 {
		return nil, fmt.Errorf("%w: no column with values", ErrCSV)
	}
	return l, nil
}

func (l *layout) table(entity string) *Table {
	t := &Table{Entity: entity, Series: make([]Series, len(l.series))}
	for i, name := range l.names {
		labels := map[string]string{schema.MetricName: name, "entity": entity}
		t.Series[i] = Series{Name: name, Labels: schema.LabelsFromMap(labels)}
	}
	return t
}

func (l *layout) row(t *Table, record []string) error {
	if l.time >= len(record) {
		return errors.New("no timestamp")
	}
	at, err := l.moment(record[l.time])
	if err != nil {
		return err
	}
	for i, column := range l.series {
		cell := ""
		if column < len(record) {
			cell = record[column]
		}
		v, err := number(cell)
		if err != nil {
			return fmt.Errorf("column %q: %w", l.names[i], err)
		}
		t.Series[i].Values = append(t.Series[i].Values, v)
	}
	if l.label >= 0 {
		label := l.label < len(record) && truth(record[l.label])
		t.Label = append(t.Label, label)
	}
	t.Times, t.Stamps = append(t.Times, at), append(t.Stamps, strings.Clone(record[l.time]))
	return nil
}

func truth(cell string) bool {
	v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil && v > 0.5
}

func number(cell string) (float64, error) {
	cell = strings.TrimSpace(cell)
	switch strings.ToLower(cell) {
	case "", "nan", "null", "na":
		return missing(), nil
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no number", cell)
	}
	return v, nil
}

// counted rows are minutes from this moment on.
const countedFrom = 1_600_000_000_000

func (l *layout) moment(cell string) (int64, error) {
	cell = strings.TrimSpace(cell)
	if l.counted {
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil || n < 0 || n > maxRows {
			return 0, fmt.Errorf("%.40q is no row number", cell)
		}
		return countedFrom + n*60_000, nil
	}
	return parseTime(cell)
}

// maxMillis is the end of the year 9999.
const maxMillis = 253_402_300_799_999

func parseTime(cell string) (int64, error) {
	for _, form := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(form, cell); err == nil {
			return inRange(float64(t.UnixMilli()), cell)
		}
	}
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no timestamp: write 2006-01-02 15:04:05, RFC 3339 or Unix time", cell)
	}
	switch a := math.Abs(v); { // seconds until the year 5138, then milliseconds, then finer
	case a < 1e11:
		v *= 1e3
	case a >= 1e17:
		v /= 1e6
	case a >= 1e14:
		v /= 1e3
	}
	return inRange(v, cell)
}

func inRange(ms float64, cell string) (int64, error) {
	if !(ms > 0 && ms <= maxMillis) {
		return 0, fmt.Errorf("timestamp %.40q lies outside of the years 1970 to 9999", cell)
	}
	return int64(ms), nil
}
