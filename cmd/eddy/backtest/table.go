package backtest

import (
	"math"

	"eddy/schema"
)

// Table is the history of one entity: one or more series over common timestamps.
type Table struct {
	Entity string   // what the results call it: the file's path below the folder given, without .csv
	Path   string   // of its results below the output folder; "" for an entity that is no file
	Stamps []string // the timestamps as they were written, for the results
	Times  []int64  // Unix milliseconds; they need not ascend
	Series []Series
	Types  map[string]string // of metric families, as counter or gauge, where a server says so; the others are told by name
	Label  []bool            // by row: anomalous according to the file itself; nil when it does not say
}

// Series is one column; NaN where there is no sample.
type Series struct {
	Name   string
	Labels schema.Labels // what the series is called in events
	Values []float64
}

// Wide tells an entity with several series from a single one.
func (t *Table) Wide() bool { return len(t.Series) != 1 }

// missing is the value of a cell that holds none.
func missing() float64 { return math.NaN() }
