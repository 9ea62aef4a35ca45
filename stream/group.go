package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
)

// Engine runs stages over all partitions of a broker.
type Engine struct {
	Broker     Broker
	Partitions int
	// Owner names this process in leases; unique per start.
	Owner   string
	Config  Config
	Metrics *Metrics
	Log     zerolog.Logger
}

// Run keeps every partition of the stages running, here or wherever its lease is held, until ctx ends. It returns an
// error only when a partition cannot be run at all; being fenced or finding a lease taken is daily life.
func (e *Engine) Run(ctx context.Context, stages ...Stage) error {
	if err := e.Config.Validate(); err != nil {
		return err
	}
	e.Config.uploads = make(chan struct{}, 1)
	g, ctx := errgroup.WithContext(ctx)
	for _, stage := range stages {
		for p := range e.Partitions {
			g.Go(func() error { return e.keep(ctx, stage, p) })
		}
	}
	return g.Wait()
}

// keep runs one partition whenever its lease can be had.
func (e *Engine) keep(ctx context.Context, stage Stage, partition int) error {
	ttl := e.Config.WithDefaults().LeaseTTL
	name := fmt.Sprintf("%s.%d", stage.Name, partition)
	log := e.Log.With().Str("stage", stage.Name).Int("partition", partition).Logger()
	for generation := 0; ctx.Err() == nil; generation++ {
		lease, err := e.Broker.Leases().Acquire(ctx, name, e.Owner, ttl)
		if err != nil {
			if !errors.Is(err, ErrHeld) && ctx.Err() == nil {
				log.Warn().Err(err).Msg("lease not acquired; trying again")
			}
			wait(ctx, ttl/3)
			continue
		}
		owner := fmt.Sprintf("%s.%d", e.Owner, generation)
		runner := NewRunner(e.Broker, stage, partition, owner, e.Config, e.Metrics, e.Log)
		err = runUnderLease(ctx, lease, ttl, runner.Run)
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), ttl)
		_ = lease.Release(release) // it expires anyway
		cancel()
		switch {
		case ctx.Err() != nil || err == nil:
		case errors.Is(err, ErrFenced):
			log.Info().Msg("another process took the partition over")
		case errors.Is(err, ErrLostInput):
			return err
		default:
			log.Error().Err(err).Msg("partition stopped; starting it again")
		}
		wait(ctx, ttl/10)
	}
	return nil
}

// runUnderLease runs fn and ends it when the lease cannot be renewed in time. When it returns nobody uses the lease.
func runUnderLease(ctx context.Context, lease Lease, ttl time.Duration, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	renewer := make(chan struct{})
	go func() {
		defer close(renewer)
		renewed := time.Now()
		for wait(ctx, ttl/3); ctx.Err() == nil; wait(ctx, ttl/3) {
			tctx, done := context.WithTimeout(ctx, ttl/3)
			err := lease.Renew(tctx)
			done()
			switch {
			case err == nil:
				renewed = time.Now()
			case errors.Is(err, ErrHeld), time.Since(renewed) > ttl:
				cancel()
			}
		}
	}()
	defer func() { <-renewer }()
	defer cancel()
	return fn(ctx)
}

// wait sleeps for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
