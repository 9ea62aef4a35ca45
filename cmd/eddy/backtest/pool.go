package backtest

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Source is one entity whose history can be had.
type Source interface {
	Read(ctx context.Context) (*Table, error)
	Entity() string
}

// Job is a backtest over many entities.
type Job struct {
	Trial
	Labels  Labels
	Grace   Grace
	Workers int // at a time; default one a core
	// Done is told of each finished entity, one at a time and in no certain order. It may keep the outcome.
	Done func(*Outcome, Score) error
}

// Run takes every source through the stages. An error of one ends all.
func (j *Job) Run(ctx context.Context, sources []Source) error {
	var mu sync.Mutex
	return each(ctx, j.Workers, sources, func(ctx context.Context, s Source) error {
		t, err := s.Read(ctx)
		if err != nil {
			return err
		}
		o, err := Run(ctx, t, j.Trial)
		if err != nil {
			return err
		}
		score := judge(o, j.Labels, j.Grace)
		mu.Lock()
		defer mu.Unlock()
		return j.Done(o, score)
	})
}

// RunFeeds takes every feed through the stages, and tells done of each finished one, one at a time and in no certain
// order. An error of one ends all.
func (j *Job) RunFeeds(ctx context.Context, feeds []Feed, done func(*FeedOutcome) error) error {
	var mu sync.Mutex
	return each(ctx, j.Workers, feeds, func(ctx context.Context, f Feed) error {
		o, err := RunFeed(ctx, f, j.Trial)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		return done(o)
	})
}

// Draw reads the feeds with anomalies again, for the report: nothing of a series is held before it is known to have one.
func (j *Job) Draw(ctx context.Context, outcomes []*FeedOutcome, c *Collect) error {
	var mu sync.Mutex
	share := (mostPlots + len(outcomes) - 1) / max(1, len(outcomes))
	return each(ctx, j.Workers, outcomes, func(ctx context.Context, o *FeedOutcome) error {
		plots, err := o.draw(ctx, j.Trial, share)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		c.plots = append(c.plots, plots...)
		return nil
	})
}

// each calls fn for every item, so many at a time; 0 is one a core.
func each[T any](ctx context.Context, workers int, items []T, fn func(context.Context, T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g.SetLimit(workers)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return fn(ctx, item)
		})
	}
	return g.Wait()
}
