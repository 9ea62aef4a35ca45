package backtest

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"eddy/schema"
	"eddy/stages"
)

// Source is one entity whose history can be had.
type Source interface {
	Read() (*Table, error)
	Entity() string
}

// Job is a backtest over many entities.
type Job struct {
	Policy    schema.Policy
	Catalogue stages.Catalogue
	Labels    Labels
	Grace     Grace
	Workers   int // at a time; default one a core
	// Done is told of each finished entity, one at a time and in no certain order. It may keep the outcome.
	Done func(*Outcome, Score) error
}

// Run takes every source through the stages. An error of one ends all.
func (j *Job) Run(ctx context.Context, sources []Source) error {
	g, ctx := errgroup.WithContext(ctx)
	workers := j.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g.SetLimit(workers)
	var mu sync.Mutex
	for _, s := range sources {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, err := s.Read()
			if err != nil {
				return err
			}
			o, err := Run(t, j.Policy, j.Catalogue)
			if err != nil {
				return err
			}
			score := judge(o, j.Labels, j.Grace)
			mu.Lock()
			defer mu.Unlock()
			return j.Done(o, score)
		})
	}
	return g.Wait()
}
