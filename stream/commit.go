package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// claim makes this runner the owner: it learns where the output log stands and appends a claim with the next epoch.
// From then on every older owner's append conflicts.
func (r *Runner) claim(ctx context.Context) error {
	for {
		at, err := r.readOutput(ctx)
		if err == nil && !r.stage.FromSamples {
			at, err = r.follow(ctx, at)
		}
		if err != nil {
			return err
		}
		r.epoch, r.generation, r.done = at.epoch+1, at.generation, at.at
		err = r.append(ctx, r.stamp(kindClaim, r.done), Message{Subject: r.stage.Mark(r.partition)}, "")
		if errors.Is(err, ErrFenced) {
			continue // two claimed at once: read again and claim behind the winner, who is then fenced
		}
		return err
	}
}

// stamp is what this owner writes on a message.
func (r *Runner) stamp(kind string, at position) stamp {
	return stamp{kind: kind, epoch: r.epoch, owner: r.owner, at: at, generation: r.generation}
}

// readOutput reads the newest commit.
func (r *Runner) readOutput(ctx context.Context) (stamp, error) {
	n, err := r.readEnd(ctx, r.out, r.scope)
	if err != nil {
		return stamp{}, err
	}
	r.last, r.stamped = n.last, n.sequence
	if n.sequence > 0 {
		return n.stamp, nil
	}
	return r.adopt(ctx)
}

// readEnd reads the end of a log, waiting for a broker that is away.
func (r *Runner) readEnd(ctx context.Context, log Log, scope string) (newest, error) {
	for attempt := 0; ; attempt++ {
		n, err := readNewest(ctx, log, scope, r.cfg.CommitTimeout)
		if err == nil || ctx.Err() != nil {
			return n, ctx.Err()
		}
		r.log.Warn().Err(err).Msg("the end of a log cannot be read; trying again")
		if err := pause(ctx, attempt); err != nil {
			return n, err
		}
	}
}

// adopt finds the position of a log that holds no commit. A scope of a shared log was forgotten if there are snapshots:
// its messages have reached their age, or made room for those of other partitions. A snapshot is written after the
// commit that covers it, so the newest one's root was in the log; what this owner has committed itself was, too.
// A log of its own in that case was emptied or made again by hand, and begins anew.
func (r *Runner) adopt(ctx context.Context) (stamp, error) {
	keys, err := r.broker.Snapshots().List(ctx, r.stage.Name, r.partition)
	if err != nil {
		return stamp{}, fmt.Errorf("list snapshots: %w", err)
	}
	if r.scope == "" {
		switch {
		case len(keys) > 0:
			return stamp{generation: keys[0].Generation + 1}, nil
		case r.last > 0:
			return stamp{generation: 1}, nil
		}
		return stamp{}, nil
	}
	at := stamp{generation: r.generation, at: r.done}
	if len(keys) > 0 && (keys[0].Generation > at.generation || keys[0].Generation == at.generation && keys[0].Root > at.at.root) {
		at = stamp{generation: keys[0].Generation, at: position{root: keys[0].Root}}
	}
	return at, nil
}

// append is the one way into the output log: one message is output, offset commit and fence. An unclear answer is
// settled by reading back what the log's newest message is: ours (it had worked), another owner's (we are fenced), or
// the one before (try the same again).
func (r *Runner) append(ctx context.Context, s stamp, m Message, trace string) error {
	m.Header = s.header(trace)
	if s.kind == kindData && r.stage.ContentType != "" {
		m.Header.Set("Content-Type", r.stage.ContentType)
	}
	for attempt := 0; ; attempt++ {
		tctx, cancel := context.WithTimeout(ctx, r.cfg.CommitTimeout)
		seq, err := r.out.Append(tctx, m, r.last)
		cancel()
		if err == nil {
			r.settled(seq, s)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrFull) {
			r.metrics.full.Inc()
		} else {
			r.metrics.unclear.Inc()
			newest, rerr := readNewest(ctx, r.out, r.scope, r.cfg.CommitTimeout)
			if settled, err := r.settle(s, newest, rerr); settled || err != nil {
				return err
			}
		}
		if attempt > 2 {
			r.log.Warn().Err(err).Int("attempt", attempt).Msg("commit failed; trying again")
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// settle decides what became of an append from the end of the log.
func (r *Runner) settle(s stamp, n newest, err error) (settled bool, _ error) {
	switch {
	case err != nil:
		return false, nil // still unclear
	case n.sequence != 0 && n.stamp == s:
		r.settled(n.sequence, s)
		r.last = n.last
		return true, nil
	case n.sequence == r.stamped:
		r.last = n.last // nothing came, or what came is not the engine's: try again behind it
		return false, nil
	case n.sequence == 0 && r.scope != "":
		return false, errForgotten
	}
	r.metrics.fenced.Inc()
	return false, ErrFenced
}

// errForgotten asks for a new claim: the log has let go of our newest commit, and who wrote since cannot be told.
var errForgotten = errors.New("stream: the newest commit has left the log")

func (r *Runner) settled(seq uint64, s stamp) {
	r.last, r.stamped, r.done, r.appended = seq, seq, s.at, time.Now()
}

// pause waits before another attempt: 1 ms doubling to half a second, with jitter so that owners do not march in step.
func pause(ctx context.Context, attempt int) error {
	d := min(time.Millisecond<<min(attempt, 9), 500*time.Millisecond)
	t := time.NewTimer(d/2 + rand.N(d/2+1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
