package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// restored is where a session begins.
type restored struct {
	processor Processor
	root      uint64 // the processor has digested everything up to it
	from      uint64 // sequence of the input message to read first
}

// restore loads the newest usable snapshot at or below what the output log holds. Between the snapshot and the commit
// the state is rebuilt silently; a snapshot beyond the commit would hide outputs that were never written, and is not used.
func (r *Runner) restore(ctx context.Context) (restored, error) {
	if err := r.checkInput(ctx); err != nil {
		return restored{}, err
	}
	keys, err := r.broker.Snapshots().List(ctx, r.stage.Name, r.partition)
	if err != nil {
		return restored{}, fmt.Errorf("list snapshots: %w", err)
	}
	for _, key := range keys {
		if key.Version != r.stage.Version || key.Root > r.done.root {
			continue
		}
		p, err := r.load(ctx, key)
		if err != nil {
			if ctx.Err() != nil {
				return restored{}, ctx.Err()
			}
			r.metrics.badSnapshots.Inc()
			r.log.Error().Err(err).Uint64("root", key.Root).Msg("a snapshot is unusable; trying an older one")
			continue
		}
		from, err := r.seek(ctx, key.Root, key.Input)
		return restored{processor: p, root: key.Root, from: from}, err
	}
	from, err := r.seek(ctx, 0, 0)
	return restored{processor: r.stage.New(r.partition), from: from}, err
}

func (r *Runner) load(ctx context.Context, key SnapshotKey) (Processor, error) {
	data, err := r.broker.Snapshots().Load(ctx, key)
	if err != nil {
		return nil, err
	}
	state, err := openSnapshot(data)
	if err != nil {
		return nil, err
	}
	p := r.stage.New(r.partition)
	s, ok := p.(Snapshotter)
	if !ok {
		return nil, fmt.Errorf("stage %s keeps no snapshots", r.stage.Name)
	}
	if err := s.Restore(bytes.NewReader(state)); err != nil {
		return nil, err
	}
	return p, nil
}

// checkInput refuses to run behind a samples log that ends before what was already committed: acknowledged records
// have vanished, and carrying on would give their sequences to other samples.
func (r *Runner) checkInput(ctx context.Context) error {
	if !r.stage.FromSamples || r.done.root == 0 {
		return nil
	}
	m, err := r.in.Last(ctx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if m.Sequence < r.done.root {
		return fmt.Errorf("%w: %s ends at %d, but stage %s has committed results up to %d; "+
			"restore the stream from a backup, or remove the derived streams to begin anew",
			ErrLostInput, r.stage.Input(r.partition).Stream, m.Sequence, r.stage.Name, r.done.root)
	}
	return nil
}

// ErrLostInput is returned by Run when the samples log ends before what was committed from it.
var ErrLostInput = errors.New("stream: acknowledged samples are missing from the log")

// seek finds the input message to read first, so that no record behind root is missed. In the samples log the root is
// the sequence. In a derived log it is searched: sequences there shift when a tail lost in a power cut is derived
// again, so the hint is only believed if the message there says it ends at or before root.
func (r *Runner) seek(ctx context.Context, root, hint uint64) (uint64, error) {
	if r.stage.FromSamples {
		return root + 1, nil
	}
	last, err := r.in.Last(ctx)
	if errors.Is(err, ErrNotFound) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	at := min(hint, last.Sequence)
	for step := uint64(1); at > 0; step *= 2 {
		m, err := r.in.Get(ctx, at)
		if errors.Is(err, ErrNotFound) {
			return at + 1, nil // everything up to here was purged because it is in a snapshot
		}
		if err != nil {
			return 0, err
		}
		s, err := readStamp(m)
		if err != nil {
			return 0, err
		}
		if s.at.root <= root {
			return at + 1, nil
		}
		at -= min(step, at)
	}
	return 1, nil
}
