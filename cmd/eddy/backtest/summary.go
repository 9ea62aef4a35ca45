package backtest

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
)

// Summary is a whole backtest as results.json holds it.
type Summary struct {
	ConfigDigest string         `json:"config_digest"`
	Detectors    map[string]int `json:"episodes_by_detector"`
	Total        Total          `json:"total"`
	Entities     []Score        `json:"entities"`
}

// Collect gathers outcomes; it is used by one goroutine at a time.
type Collect struct {
	Digest    string
	scores    []Score
	moments   []Moment
	plots     []plot
	detectors map[string]int
}

// Add takes one outcome in and forgets its rows.
func (c *Collect) Add(o *Outcome, s Score, labels Labels, grace Grace) {
	c.scores = append(c.scores, s)
	if c.detectors == nil {
		c.detectors = map[string]int{}
	}
	for _, e := range o.Episodes() {
		c.detectors[e.Detector]++
	}
	if o.Table.Wide() || o.Table.Path == "" { // no file of its own tells its scores
		c.moments = append(c.moments, o.Moments()...)
	}
	c.plots = append(c.plots, plots(o, s, labels, grace)...)
}

// AddFeed takes the outcome of a feed in.
func (c *Collect) AddFeed(o *FeedOutcome) {
	c.scores = append(c.scores, o.Score)
	if c.detectors == nil {
		c.detectors = map[string]int{}
	}
	for _, e := range o.Episodes {
		if o.opened(e) {
			c.detectors[e.Detector]++
		}
	}
	c.moments = append(c.moments, o.Moments...)
}

// Summary sums everything up, ordered by entity.
func (c *Collect) Summary() Summary {
	sort.Slice(c.scores, func(i, j int) bool { return c.scores[i].Entity < c.scores[j].Entity })
	return Summary{ConfigDigest: c.Digest, Detectors: c.detectors, Total: sum(c.scores), Entities: c.scores}
}

// Write fills a folder with what concerns all entities: events.csv, when there are entities with several series,
// results.json and report.html.
func (c *Collect) Write(dir string, s Summary) error {
	if len(c.moments) > 0 {
		sort.SliceStable(c.moments, func(i, j int) bool { return c.moments[i].Entity < c.moments[j].Entity })
		if err := create(dir, "events.csv", func(w io.Writer) error { return WriteMoments(w, c.moments) }); err != nil {
			return err
		}
	}
	if err := create(dir, "results.json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}); err != nil {
		return err
	}
	return create(dir, "report.html", func(w io.Writer) error { return c.report(w, s) })
}

// WriteEntity writes the scores of an entity with one series to <dir>/<same path>.
func WriteEntity(dir string, o *Outcome) error {
	if o.Table.Wide() || o.Table.Path == "" {
		return nil
	}
	return create(dir, o.Table.Path, func(w io.Writer) error { return WriteScores(w, o) })
}

// Print says in a few lines what came out.
func (s Summary) Print(w io.Writer) {
	t := s.Total
	fmt.Fprintf(w, "%d entities, %d series, %d rows; %.1f µs a row; configuration %s\n", t.Entities, t.Series, t.Rows, t.Micros, s.ConfigDigest)
	fmt.Fprintf(w, "%d anomalies opened\n", t.Episodes)
	if t.Models > 0 {
		fmt.Fprintf(w, "%d models trained on the way\n", t.Models)
	}
	if t.Windows == 0 {
		return
	}
	fmt.Fprintf(w, "labels: %d of %d windows caught (%.0f %%), %d false anomalies, precision %.2f, F1 %.2f\n",
		t.Caught, t.Windows, 100*t.Recall, t.False, t.Precise, t.F1)
	fmt.Fprintf(w, "false anomalies a series and fortnight: median %.2f, mean %.2f\n", t.FalseFortnight, t.FalseMean)
}
