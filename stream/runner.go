package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
)

// Runner runs one partition of a stage: claim, restore, then read, process, commit until it is fenced or told to stop.
//
//	            ┌──────────── poison: rebuild without the record ───────────┐
//	            ▼                                                           │
//	claim ─► restore ─► rebuild silently up to the claim ─► process ─► commit ─► snapshot now and then
//	                                                                    │
//	                                                                    └─► fenced: drop everything
//
// One goroutine owns the state; only snapshots are uploaded beside it.
type Runner struct {
	stage     Stage
	partition int
	cfg       Config
	broker    Broker
	log       zerolog.Logger
	metrics   *partitionMetrics
	owner     string

	in, out Log
	last    uint64   // sequence of the newest message in our scope of the output log
	epoch   uint64   // of our claim
	done    position // what the output log holds
	poison  map[uint64]int
}

// errPoison asks for a rebuild: the record with this root failed.
type errPoison struct {
	root  uint64
	cause error
}

func (e *errPoison) Error() string {
	return fmt.Sprintf("record %d cannot be processed: %v", e.root, e.cause)
}
func (e *errPoison) Unwrap() error { return e.cause }

// NewRunner prepares a runner. Owner must be unique to it: it tells its own commits from a stranger's. A nil metrics
// counts for nobody.
func NewRunner(broker Broker, stage Stage, partition int, owner string, cfg Config, metrics *Metrics, log zerolog.Logger) *Runner {
	if metrics == nil {
		metrics = NewMetrics(nil)
	}
	return &Runner{
		stage: stage, partition: partition, cfg: cfg.WithDefaults(), broker: broker, owner: owner,
		log:     log.With().Str("stage", stage.Name).Int("partition", partition).Logger(),
		metrics: metrics.partition(stage.Name, partition),
		poison:  map[uint64]int{},
	}
}

// Run owns the partition until ctx ends (nil), a newer owner fences it (ErrFenced), or the logs contradict each other.
func (r *Runner) Run(ctx context.Context) error {
	var err error
	if r.in, err = r.broker.Log(ctx, r.stage.Input(r.partition)); err != nil {
		return err
	}
	if r.out, err = r.broker.Log(ctx, r.stage.Output(r.partition)); err != nil {
		return err
	}
	for {
		err := r.session(ctx)
		var poison *errPoison
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &poison):
			r.poison[poison.root]++
			r.metrics.poison.Inc()
			r.log.Error().Err(poison.cause).Uint64("sequence", poison.root).Int("attempt", r.poison[poison.root]).
				Msg("a record cannot be processed")
		default:
			return err
		}
	}
}

// session runs from one claim to the next error.
func (r *Runner) session(ctx context.Context) error {
	if err := r.claim(ctx); err != nil {
		return err
	}
	st, err := r.restore(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages := pump(ctx, r.in, st.from)
	snaps := newSnapshotter(r, st)
	defer snaps.wait()
	w := newWork(r, st)
	r.metrics.owned.Set(1)
	defer r.metrics.owned.Set(0)
	for {
		err := r.group(ctx, messages, w)
		if err == nil {
			err = snaps.maybe(ctx, w)
		}
		if err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() != nil {
				r.leave(ctx, w, snaps)
			}
			return err
		}
	}
}

// group takes what is waiting, processes it and commits it. It never waits for more than the first message.
func (r *Runner) group(ctx context.Context, messages *pumped, w *work) error {
	m, err := messages.next(ctx)
	if err != nil {
		return err
	}
	started := time.Now()
	for more, n := true, 1; more; n++ {
		if err := w.message(ctx, m); err != nil {
			return err
		}
		if w.bytes >= r.cfg.GroupBytes || n == groupMessages {
			break
		}
		if m, more, err = messages.poll(); err != nil {
			break // what was read is committed first; the error comes again
		}
	}
	bytes := w.bytes
	if err := w.commit(ctx); err != nil {
		return err
	}
	r.metrics.observe(w, bytes, time.Since(started))
	return nil
}

// groupMessages ends a group that reads much and says little, so that progress is counted and saved.
const groupMessages = 256

// leaveWithin bounds how long an owner that is told to stop may take to commit and save its state.
const leaveWithin = 10 * time.Second

// leave finishes in good order: the open group is committed and the state saved, so the next owner has nothing to redo.
func (r *Runner) leave(ctx context.Context, w *work, snaps *snapshots) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if err := w.commit(ctx); err != nil {
		return
	}
	snaps.last(ctx, w)
}
