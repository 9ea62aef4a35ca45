package backtest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"eddy/schema"
	"eddy/stages/scoring"
	"eddy/stream"
)

// Feed is an ordered log of records as they were stored: a partition of the samples streams. It may be too long to be
// held, so it is read again where something is to be drawn.
type Feed struct {
	Entity    string
	Partition int
	// Read calls fn for every record of the log in its order. The record is valid during the call.
	Read func(ctx context.Context, fn func(*stream.Record) error) error
	// Span is what is reported; records before it are learned from.
	Span Window
}

// FeedOutcome is what happened in a feed.
type FeedOutcome struct {
	Feed     Feed
	Score    Score
	Episodes []Episode // those that touch the span; Series is the index into Names
	Names    []string  // of the series with episodes, in PromQL form
	Moments  []Moment
	Seen     Window // first and last row within the span
	Records  int    // read, those before the span and those that tell the time included
	Skips    int
}

// track is what is kept of a series while its feed is read.
type track struct {
	outlook outlook
	seen    bool // within the span
}

// feeder is a feed on its way.
type feeder struct {
	driver  *driver
	span    Window
	outcome *FeedOutcome
	ledger  ledger
	tracks  map[string]*track // by labels
	row     func(o *scoring.Observation, row *Row)
	judged  int
}

// RunFeed takes a feed through the stages.
func RunFeed(ctx context.Context, feed Feed, trial Trial) (*FeedOutcome, error) {
	f := newFeeder(feed)
	f.row = f.moment
	started := time.Now()
	if err := f.run(ctx, feed, trial); err != nil {
		return nil, err
	}
	o := f.outcome
	o.Skips, o.Score.Models = f.driver.skips, f.driver.models()
	for _, e := range f.ledger.episodes() {
		if f.span.within(e.Opened, e.end()) {
			o.Episodes = append(o.Episodes, e)
		}
	}
	f.silences()
	f.score(time.Since(started))
	return o, nil
}

// silences adds the news that no row tells.
func (f *feeder) silences() {
	o := f.outcome
	for _, e := range o.Episodes {
		if e.Cause == schema.CauseSilence && o.opened(e) {
			o.Moments = append(o.Moments, o.news(e.Opened, o.Names[e.Series], e.Score))
		}
	}
}

func (o *FeedOutcome) news(at int64, series string, score float64) Moment {
	return Moment{Stamp: time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z07:00"), Time: at, Entity: o.Feed.Entity, Series: series, Score: score}
}

func newFeeder(feed Feed) *feeder {
	f := &feeder{span: feed.Span, tracks: map[string]*track{}, outcome: &FeedOutcome{Feed: feed, Seen: Window{math.MaxInt64, math.MinInt64}}}
	subjects := map[string]int{}
	f.ledger.index = func(subject string) (int, bool) {
		i, ok := subjects[subject]
		if !ok {
			i = len(subjects)
			subjects[subject] = i
			f.outcome.Names = append(f.outcome.Names, subject)
		}
		return i, true
	}
	return f
}

func (f *feeder) run(ctx context.Context, feed Feed, trial Trial) (err error) {
	if f.driver, err = newDriver(ctx, feed.Partition, trial, f.observe, f.ledger.add); err != nil {
		return err
	}
	if err := feed.Read(ctx, func(rec *stream.Record) error {
		f.outcome.Records++
		return f.driver.process(ctx, rec)
	}); err != nil {
		return fmt.Errorf("%s: %w", feed.Entity, err)
	}
	return ctx.Err()
}

// observe follows every series, and passes on what lies within the span.
func (f *feeder) observe(o *scoring.Observation) {
	t := f.tracks[string(o.Labels)]
	if t == nil {
		t = &track{}
		f.tracks[string(o.Labels)] = t
	}
	v := o.Verdict
	row := Row{Judged: v.Ready, Score: float32(o.Score), Value: o.Value, Expected: v.Expected, Lower: v.Lower, Upper: v.Upper}
	row.Outlook = t.outlook.next(o.Score)
	f.judged++
	if !f.span.within(o.Timestamp, o.Timestamp) {
		return
	}
	if !t.seen {
		t.seen = true
		f.outcome.Score.Series++
	}
	f.row(o, &row)
}

// moment notes a row of the span, and keeps what is news.
func (f *feeder) moment(o *scoring.Observation, row *Row) {
	out := f.outcome
	out.Score.Rows++
	out.Seen.From, out.Seen.To = min(out.Seen.From, o.Timestamp), max(out.Seen.To, o.Timestamp)
	if row.Outlook > 0.5 {
		out.Moments = append(out.Moments, out.news(o.Timestamp, o.Labels.String(), row.Outlook))
	}
}

// score sums the span up.
func (f *feeder) score(took time.Duration) {
	o := f.outcome
	s := &o.Score
	s.Entity, s.Severity = o.Feed.Entity, map[string]int{}
	if f.judged > 0 {
		s.Micros = float64(took.Microseconds()) / float64(f.judged)
	}
	if s.Rows > 0 {
		s.Days = float64(o.Seen.To-o.Seen.From) / 86_400_000
	}
	for _, e := range o.Episodes {
		if o.opened(e) {
			s.Episodes++
			s.Severity[string(e.Severity)]++
		}
	}
}

// opened tells whether an episode opened within the span, not before it.
func (o *FeedOutcome) opened(e Episode) bool { return o.Feed.Span.within(e.Opened, e.Opened) }

// worst lists the series with the most to show, at most n: by severity, then by number of episodes.
func (o *FeedOutcome) worst(n int) []int {
	rank := make([]int, len(o.Names))
	for _, e := range o.Episodes {
		rank[e.Series] = max(rank[e.Series], 1000*e.Severity.Rank()) + 1
	}
	order := make([]int, 0, len(rank))
	for i, r := range rank {
		if r > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank[b] - rank[a] })
	return order[:min(n, len(order))]
}

// draw reads the feed again and draws its worst series, at most n.
func (o *FeedOutcome) draw(ctx context.Context, trial Trial, n int) ([]plot, error) {
	canvases := map[string]*canvas{}
	var list []*canvas
	for _, i := range o.worst(n) {
		c := newCanvas(o.Names[i], o.Seen.From, o.Seen.To)
		for _, e := range o.Episodes {
			if e.Series == i {
				c.episodes = append(c.episodes, e)
			}
		}
		canvases[o.Names[i]], list = c, append(list, c)
	}
	if len(list) == 0 {
		return nil, nil
	}
	f := newFeeder(o.Feed)
	byLabels := map[string]*canvas{} // nil for a series that is not drawn
	f.row = func(x *scoring.Observation, row *Row) {
		c, known := byLabels[string(x.Labels)]
		if !known {
			c = canvases[x.Labels.String()]
			byLabels[string(x.Labels)] = c
		}
		if c != nil {
			c.add(x.Timestamp, x.Value, row)
		}
	}
	if err := f.run(ctx, o.Feed, trial); err != nil {
		return nil, err
	}
	var plots []plot
	for k, c := range list {
		p := c.plot(o.Feed.Entity)
		p.Rank = len(list) - k
		plots = append(plots, p)
	}
	return plots, nil
}
