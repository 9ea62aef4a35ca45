package stream

import (
	"context"
	"errors"
	"fmt"

	"eddy/schema"
)

// A stage whose state is lost can build it again only from a log that is still whole. Derived logs are not: the janitor
// frees what their reader has saved, and their entries refer to what earlier ones introduced. So they begin anew, as
// often as need be, and count it: a generation. It begins with a claim whose root is 0, written
//
//	by the stage that reads the samples, into its own output, when its state is gone and so are samples it was built from;
//	by any other stage, into its input, when its state is gone and so is the beginning of that log's generation.
//
// Either fences the log's writer, who then derives everything again from the samples that exist, and every reader that
// meets a newer generation in its input drops its state and does the same with its own output:
//
//	samples ────────► features ── FEATURES, generation 2 ──► scoring ── SCORES, generation 2 ──► anomalies
//
// Events are not written again: they stand for themselves, refer to nothing before them and have been seen. The
// position in their log stays, and up to it the new generation only rebuilds the state.

var (
	// errAnew says that the state cannot be built from what exists.
	errAnew = errors.New("stream: the state cannot be rebuilt from what the logs still hold")
	// errGeneration asks for a new session: the input has begun anew.
	errGeneration = errors.New("stream: the input has begun anew")
)

// follow brings the reader of a derived log to its input's generation.
func (r *Runner) follow(ctx context.Context, at stamp) (stamp, error) {
	input, err := r.readEnd(ctx, r.in, "")
	if err != nil {
		return at, err
	}
	r.upstream = input.stamp.epoch
	switch have := input.stamp.generation; {
	case have < at.generation: // who reads our output has lost its state: we cannot write it anew without our input anew
		return at, r.demand(ctx, at.generation)
	case have > at.generation:
		at.generation = have
		if !r.stage.Events {
			at.at = position{}
		}
	}
	return at, nil
}

// beginAnew starts the next generation, which the next session takes up.
func (r *Runner) beginAnew(ctx context.Context) error {
	r.log.Warn().Uint64("generation", r.generation+1).
		Msg("no snapshot fits what the logs still hold; the partition is derived again from the samples that exist")
	if !r.stage.FromSamples {
		return r.demand(ctx, r.generation+1)
	}
	s := r.stamp(kindClaim, position{})
	s.generation++
	return r.append(ctx, s, Message{Subject: r.stage.Mark(r.partition)}, "")
}

// demand begins a generation in the input log, whose writer is fenced by it and follows.
func (r *Runner) demand(ctx context.Context, generation uint64) error {
	name := r.stage.Input(r.partition).Stream
	kind, partition, ok := schema.ParsePartitionStream(name)
	if !ok {
		return fmt.Errorf("%w; remove stream %s, so that it is derived again", errAnew, name)
	}
	claim := Message{Subject: schema.PartitionSubject(kind, schema.ClaimTenant, partition)}
	for attempt := 0; ; attempt++ {
		n, err := readNewest(ctx, r.in, "", r.cfg.CommitTimeout)
		if err == nil && n.stamp.generation >= generation {
			return nil
		}
		if err == nil {
			// Nobody can use what is in there. It goes first, because a full log would not take the claim.
			err = r.in.Purge(ctx, n.last)
		}
		if err == nil {
			claim.Header = stamp{kind: kindClaim, epoch: n.stamp.epoch + 1, owner: r.owner, generation: generation}.header("")
			_, err = r.in.Append(ctx, claim, n.last)
		}
		if err != nil && attempt > 2 {
			r.log.Warn().Err(err).Str("log", name).Msg("the input cannot be asked to begin anew; trying again")
		}
		if err != nil {
			if err := pause(ctx, attempt); err != nil {
				return err
			}
		}
	}
}
