package stream

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Runner runs one partition of a stage: claim, restore, then read, process, commit until it is fenced or told to stop.
//
//	            ┌──────────── poison: rebuild without the record ───────────┐
//	            ▼                                                           │
//	claim ─► restore ─► rebuild silently up to the claim ─► process ─► commit ─► snapshot now and then
//	            │                                                       │
//	            └─► nothing to restore from: begin anew (generation.go)  └─► fenced: drop everything
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
	scope   string   // of the output log
	last    uint64   // sequence of the newest message in our scope of the output log
	stamped uint64   // of the newest one there that the engine wrote
	epoch   uint64   // of our claim
	done    position // what the output log holds
	poison  map[uint64]int
	input   atomic.Uint64 // sequence of the last input message of a finished group

	appended   time.Time // when we last appended
	looked     time.Time // and looked whether somebody else has
	upstream   uint64    // epoch of the input's writer when we began to read; its log was whole up to there
	generation uint64    // of our output and, unless it is samples, our input
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
	if err := r.openLogs(ctx); err != nil {
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
		case errors.Is(err, errGeneration), errors.Is(err, errForgotten):
			r.log.Info().Err(err).Msg("claiming the partition again")
		default:
			return err
		}
	}
}

func (r *Runner) openLogs(ctx context.Context) (err error) {
	if r.in, err = r.broker.Log(ctx, r.stage.Input(r.partition)); err != nil {
		return err
	}
	output := r.stage.Output(r.partition)
	r.scope = output.Scope
	r.out, err = r.broker.Log(ctx, output)
	return err
}

// session runs from one claim to the next error.
func (r *Runner) session(ctx context.Context) error {
	if err := r.claim(ctx); err != nil {
		return err
	}
	st, err := r.restore(ctx)
	if errors.Is(err, errAnew) {
		if err = r.beginAnew(ctx); err == nil {
			err = errGeneration
		}
	}
	if err != nil {
		return err
	}
	return r.own(ctx, st)
}

// own runs the partition from a restored state on.
func (r *Runner) own(ctx context.Context, st restored) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages := pump(ctx, r.in, st.from)
	snaps := newSnapshotter(r, st)
	defer snaps.wait()
	w := newWork(r, st)
	defer r.metrics.own(st.root)()
	r.input.Store(w.input)
	measured := make(chan struct{})
	go func() {
		defer close(measured)
		r.watchLag(ctx)
	}()
	defer func() { cancel(); <-measured }() // before the gauges go
	tick := time.NewTicker(min(max(r.cfg.SnapshotEvery/4, 5*time.Millisecond), time.Second))
	defer tick.Stop()
	for {
		err := r.group(ctx, messages, w, tick.C)
		if errors.Is(err, errReopen) {
			messages.stop()
			messages, err = r.reopen(ctx, w)
		}
		if err == nil {
			err = snaps.maybe(ctx, w)
		}
		if err == nil {
			err = r.idle(ctx)
		}
		if err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() != nil {
				r.leave(ctx, w, snaps)
			}
			return err
		}
	}
}

// errReopen asks to look for the place in the input again: its writer has changed, and with it perhaps the end of the
// log. A cursor goes by sequences, and those of a tail that was lost are given to other messages.
var errReopen = errors.New("stream: the input has another writer")

// reopen commits what was read and reads on behind it.
func (r *Runner) reopen(ctx context.Context, w *work) (*pumped, error) {
	if err := w.commit(ctx); err != nil {
		return nil, err
	}
	end, err := r.readEnd(ctx, r.in, "")
	if err != nil {
		return nil, err
	}
	r.upstream = end.stamp.epoch
	from, err := r.seek(ctx, w.seen, w.input)
	if err != nil {
		return nil, err
	}
	w.input = from - 1
	return pump(ctx, r.in, from), nil
}

// What an owner does that has appended nothing for a while: it looks whether it is one still, and in a log that forgets
// it repeats its position, so that this does not reach the age at which messages go.
const (
	lookEvery   = time.Second
	remindEvery = time.Hour
)

func (r *Runner) idle(ctx context.Context) error {
	switch quiet := time.Since(r.appended); {
	case r.scope != "" && quiet > remindEvery:
		return r.append(ctx, r.stamp(kindMark, r.done), Message{Subject: r.stage.Mark(r.partition)}, "")
	case r.scope != "" || quiet < lookEvery || time.Since(r.looked) < lookEvery:
		return nil
	}
	r.looked = time.Now()
	if st, err := r.out.State(ctx); err != nil || st.Last == r.last {
		return nil // an append will tell
	}
	n, err := readNewest(ctx, r.out, r.scope, r.cfg.CommitTimeout)
	if err == nil && n.sequence != r.stamped {
		r.metrics.fenced.Inc()
		return ErrFenced
	}
	return nil
}

// group takes what is waiting, processes it and commits it. It never waits for more than the first message, and for
// that one only until the next tick: an idle partition, too, saves its state.
func (r *Runner) group(ctx context.Context, messages *pumped, w *work, tick <-chan time.Time) error {
	m, ok, err := messages.next(ctx, tick)
	if err != nil || !ok {
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
	r.input.Store(w.input)
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
