package stream

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// claim makes this runner the owner: it learns where the output log stands and appends a claim with the next epoch.
// From then on every older owner's append conflicts.
func (r *Runner) claim(ctx context.Context) error {
	for {
		at, err := r.readOutput(ctx)
		if err != nil {
			return err
		}
		r.epoch, r.done = at.epoch+1, at.at
		s := stamp{kind: kindClaim, epoch: r.epoch, owner: r.owner, at: r.done}
		err = r.append(ctx, s, Message{Subject: r.stage.Mark(r.partition)}, "")
		if errors.Is(err, ErrFenced) {
			continue // two claimed at once: read again and claim behind the winner, who is then fenced
		}
		return err
	}
}

// readOutput reads the newest commit, waiting for a broker that is away.
func (r *Runner) readOutput(ctx context.Context) (stamp, error) {
	for attempt := 0; ; attempt++ {
		tctx, cancel := context.WithTimeout(ctx, r.cfg.CommitTimeout)
		m, err := r.out.Last(tctx)
		cancel()
		switch {
		case err == nil:
			r.last = m.Sequence
			return readStamp(m)
		case errors.Is(err, ErrNotFound):
			r.last = 0
			return stamp{}, nil
		case ctx.Err() != nil:
			return stamp{}, ctx.Err()
		}
		r.log.Warn().Err(err).Msg("the output log cannot be read; trying again")
		if err := pause(ctx, attempt); err != nil {
			return stamp{}, err
		}
	}
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
			tctx, cancel := context.WithTimeout(ctx, r.cfg.CommitTimeout)
			newest, rerr := r.out.Last(tctx)
			cancel()
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

// settle decides what became of an append from the newest message in the log.
func (r *Runner) settle(s stamp, newest Message, err error) (settled bool, _ error) {
	switch {
	case errors.Is(err, ErrNotFound):
		newest = Message{}
	case err != nil:
		return false, nil // still unclear
	}
	if newest.Sequence == r.last {
		return false, nil
	}
	if got, err := readStamp(newest); err == nil && got == s {
		r.settled(newest.Sequence, s)
		return true, nil
	}
	r.metrics.fenced.Inc()
	return false, ErrFenced
}

func (r *Runner) settled(seq uint64, s stamp) {
	r.last, r.done = seq, s.at
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
