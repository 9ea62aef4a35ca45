package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
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
	for _, key := range ofVersion(keys, r.stage.Version, r.generation) {
		if key.Root > r.done.root {
			continue
		}
		from, err := r.seek(ctx, key.Root, key.Input)
		var p Processor
		if err == nil {
			p, err = r.load(ctx, key)
		}
		if err == nil {
			return restored{processor: p, root: key.Root, from: from}, nil
		}
		if !errors.Is(err, errUnusable) {
			return restored{}, fmt.Errorf("snapshot at %d: %w", key.Root, err) // the next attempt may read it
		}
		r.metrics.badSnapshots.Inc()
		r.log.Error().Err(err).Uint64("root", key.Root).Msg("a snapshot is unusable; trying an older one")
	}
	return r.fresh(ctx, keys)
}

// errUnusable is a snapshot that no attempt will make good.
var errUnusable = errors.New("unusable")

// fresh begins with an empty state, if the input still holds everything it takes to fill it. A state that another
// version has filled is not filled again in silence: what this version derives does not continue what that one wrote.
func (r *Runner) fresh(ctx context.Context, keys []SnapshotKey) (restored, error) {
	from, err := r.seek(ctx, 0, 0)
	if errors.Is(err, errUnusable) {
		return restored{}, errAnew
	}
	if err != nil {
		return restored{}, err
	}
	for _, key := range keys {
		if !r.stage.Events && key.Version != r.stage.Version && key.Generation == r.generation && key.Root <= r.done.root {
			return restored{}, errAnew
		}
	}
	return restored{processor: r.stage.New(r.partition), from: from}, nil
}

func (r *Runner) load(ctx context.Context, key SnapshotKey) (Processor, error) {
	data, err := r.broker.Snapshots().Load(ctx, key)
	var state []byte
	if err == nil {
		state, err = openSnapshot(data)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
	}
	if err != nil {
		return nil, err
	}
	p := r.stage.New(r.partition)
	s, ok := p.(Snapshotter)
	if !ok {
		return nil, fmt.Errorf("%w: stage %s keeps none", errUnusable, r.stage.Name)
	}
	if err := s.Restore(bytes.NewReader(state)); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
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
			"restore the stream from a backup, or give up what is missing: remove stream %s, so that it is derived anew",
			ErrLostInput, r.stage.Input(r.partition).Stream, m.Sequence, r.stage.Name, r.done.root, r.stage.Output(r.partition).Stream)
	}
	return nil
}

// CheckSamples is what every runner checks of its partition, for all of them, before anybody appends to the samples
// logs: the sequences of samples that have vanished must not be given to others first.
func CheckSamples(ctx context.Context, broker Broker, partitions int, stage Stage) error {
	for p := range partitions {
		r := NewRunner(broker, stage, p, "", Config{}, nil, zerolog.Nop())
		if err := r.openLogs(ctx); err != nil {
			return err
		}
		n, err := r.readEnd(ctx, r.out, r.scope)
		if err != nil {
			return err
		}
		r.done = n.stamp.at
		if err := r.checkInput(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ErrLostInput is returned by Run when the samples log ends before what was committed from it.
var ErrLostInput = errors.New("stream: acknowledged samples are missing from the log")

// seek finds the input message to read first, so that no record behind root is missed. In the samples log the root is
// the sequence. In a derived log it is searched: sequences there shift when a tail lost in a power cut is derived
// again, so the hint is only believed if the message there says it ends at or before root. It fails with errUnusable
// when records behind root have left the log.
func (r *Runner) seek(ctx context.Context, root, hint uint64) (uint64, error) {
	st, err := r.in.State(ctx)
	if err != nil {
		return 0, err
	}
	if r.stage.FromSamples {
		return r.seekSamples(st, root)
	}
	at := st.Last
	if hint > 0 {
		at = min(hint, st.Last)
	}
	for step := uint64(1); at >= max(st.First, 1); step *= 2 {
		m, err := r.in.Get(ctx, at)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return 0, err
		}
		s, serr := readStamp(m)
		if err == nil && serr == nil && (s.generation < r.generation || s.generation == r.generation && s.at.root <= root) {
			return at + 1, nil
		}
		if at > st.First {
			at = max(at-min(step, at), st.First)
		} else {
			at--
		}
	}
	if st.First > 1 {
		return 0, fmt.Errorf("%w: %s begins at message %d, behind record %d", errUnusable, r.stage.Input(r.partition).Stream, st.First, root)
	}
	return 1, nil
}

// seekSamples: what was processed and cannot be read again must be in the state already. What has not been processed
// and is gone is lost to everybody; see work.lost.
func (r *Runner) seekSamples(st LogState, root uint64) (uint64, error) {
	if st.First <= root+1 {
		return root + 1, nil
	}
	if root < r.done.root {
		return 0, fmt.Errorf("%w: the samples behind record %d are gone", errUnusable, root)
	}
	if r.generation > 0 && root == 0 {
		return st.First, nil // an earlier generation has processed what is gone
	}
	return root + 1, nil
}
