package backtest

import (
	"fmt"
	"io"
	"sort"
	"time"

	"eddy/schema"
)

// Verdict is an anomaly as a comparison names it.
type Verdict struct {
	Entity   string          `json:"entity"`
	Series   string          `json:"series"`
	Detector string          `json:"detector"`
	Severity schema.Severity `json:"severity"`
	Opened   string          `json:"opened"`

	from, to int64
	outside  bool // it opened outside of the time asked about: only what others are held against
}

// Diff compares the anomalies of two configurations over the same history.
type Diff struct {
	said [2]map[string][]Verdict // by entity and series
}

// Add takes the outcome of one entity under the first (0) or second (1) configuration.
func (d *Diff) Add(side int, o *Outcome) {
	for _, e := range o.Episodes() {
		d.add(side, verdict(o.Table.Entity, o.Table.Series[e.Series].Name, e))
	}
}

// AddFeed is Add for a feed.
func (d *Diff) AddFeed(side int, o *FeedOutcome) {
	for _, e := range o.Episodes {
		v := verdict(o.Feed.Entity, o.Names[e.Series], e)
		v.outside = !o.opened(e)
		d.add(side, v)
	}
}

func verdict(entity, series string, e Episode) Verdict {
	return Verdict{Entity: entity, Series: series, Detector: e.Detector, Severity: e.Severity,
		Opened: time.UnixMilli(e.Opened).UTC().Format(time.RFC3339), from: e.Started, to: e.end()}
}

func (d *Diff) add(side int, v Verdict) {
	if d.said[side] == nil {
		d.said[side] = map[string][]Verdict{}
	}
	key := v.Entity + "\x00" + v.Series
	d.said[side][key] = append(d.said[side][key], v)
}

// DiffResult is what the second configuration adds to and removes from the first. Anomalies of a series that overlap in
// time are the same.
type DiffResult struct {
	Added   []Verdict `json:"added"`
	Removed []Verdict `json:"removed"`
	Same    int       `json:"same"`
}

// Result compares.
func (d *Diff) Result() DiffResult {
	r := DiffResult{Added: []Verdict{}, Removed: []Verdict{}}
	for key, before := range d.said[0] {
		for _, v := range before {
			switch {
			case v.outside:
			case overlaps(v, d.said[1][key]):
				r.Same++
			default:
				r.Removed = append(r.Removed, v)
			}
		}
	}
	for key, after := range d.said[1] {
		for _, v := range after {
			if !v.outside && !overlaps(v, d.said[0][key]) {
				r.Added = append(r.Added, v)
			}
		}
	}
	for _, list := range [][]Verdict{r.Added, r.Removed} {
		sort.Slice(list, func(i, j int) bool {
			a, b := list[i], list[j]
			if a.Entity != b.Entity {
				return a.Entity < b.Entity
			}
			if a.Series != b.Series {
				return a.Series < b.Series
			}
			return a.from < b.from
		})
	}
	return r
}

func overlaps(v Verdict, others []Verdict) bool {
	for _, o := range others {
		if v.from <= o.to && o.from <= v.to {
			return true
		}
	}
	return false
}

// Print writes one line a verdict: + added, - removed.
func (r DiffResult) Print(w io.Writer) {
	for _, side := range []struct {
		mark string
		list []Verdict
	}{{"-", r.Removed}, {"+", r.Added}} {
		for _, v := range side.list {
			fmt.Fprintf(w, "%s %s  %-8s %s %s (%s)\n", side.mark, v.Opened, v.Severity, v.Entity, v.Series, v.Detector)
		}
	}
	fmt.Fprintf(w, "%d added, %d removed, %d the same\n", len(r.Added), len(r.Removed), r.Same)
}
