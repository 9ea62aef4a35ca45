package stream

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
)

// A stored snapshot is: magic (4 bytes) | xxhash64 of the state, little-endian (8 bytes) | state.
const (
	snapshotMagic  = "eds1"
	snapshotHeader = len(snapshotMagic) + 8
)

// openSnapshot checks the envelope and returns the state.
func openSnapshot(data []byte) ([]byte, error) {
	if len(data) < snapshotHeader || string(data[:len(snapshotMagic)]) != snapshotMagic {
		return nil, ErrDamaged
	}
	state := data[snapshotHeader:]
	if binary.LittleEndian.Uint64(data[len(snapshotMagic):]) != xxhash.Sum64(state) {
		return nil, ErrDamaged
	}
	return state, nil
}

// snapshots saves a session's state now and then. The owner only copies it; uploading happens beside the stream, one
// at a time.
type snapshots struct {
	r    *Runner
	due  time.Time
	root atomic.Uint64 // of the newest one that is stored
	busy chan struct{}

	history history
}

func newSnapshotter(r *Runner, st restored) *snapshots {
	// Partitions take turns: each begins its period at another moment.
	h := fnv.New32a()
	h.Write([]byte(r.stage.Name + strconv.Itoa(r.partition)))
	share := time.Duration(h.Sum32()%1000) * r.cfg.SnapshotEvery / 1000
	s := &snapshots{r: r, due: time.Now().Add(r.cfg.SnapshotEvery/4 + share*3/4), busy: make(chan struct{}, 1)}
	s.root.Store(st.root)
	return s
}

// maybe takes a snapshot when one is due and there is something new to save.
func (s *snapshots) maybe(ctx context.Context, w *work) error {
	if w.seen == s.root.Load() || time.Now().Before(s.due) {
		return nil
	}
	if !s.reserve() {
		return nil // another upload still runs
	}
	key, data, err := s.take(ctx, w)
	if err != nil || data == nil {
		s.free()
		return err
	}
	go func() {
		s.upload(ctx, key, data)
		s.free()
	}()
	return nil
}

// reserve takes the partition's own place and one of the process's: a copy of the state is held until it is uploaded.
func (s *snapshots) reserve() bool {
	select {
	case s.busy <- struct{}{}:
	default:
		return false
	}
	if s.r.cfg.uploads == nil {
		return true
	}
	select {
	case s.r.cfg.uploads <- struct{}{}:
		return true
	default:
		<-s.busy
		return false
	}
}

func (s *snapshots) free() {
	if s.r.cfg.uploads != nil {
		<-s.r.cfg.uploads
	}
	<-s.busy
}

// last saves the state of an owner that leaves in good order, so that the next one starts where it stopped.
func (s *snapshots) last(ctx context.Context, w *work) {
	s.wait()
	if w.seen == s.root.Load() {
		return
	}
	if key, data, err := s.take(ctx, w); err == nil && data != nil {
		s.upload(ctx, key, data)
	}
}

// take copies the state, after the commit that covers it. No data and no error: the processor keeps no snapshots.
func (s *snapshots) take(ctx context.Context, w *work) (SnapshotKey, pieces, error) {
	key := SnapshotKey{Stage: s.r.stage.Name, Partition: s.r.partition, Version: s.r.stage.Version, Generation: s.r.generation, Root: w.seen, Input: w.input}
	p, ok := w.processor.(Snapshotter)
	if !ok {
		return key, nil, nil
	}
	if err := w.mark(ctx); err != nil {
		return key, nil, err
	}
	started := time.Now()
	var state pieces
	_, _ = state.Write(make([]byte, snapshotHeader))
	if err := p.Snapshot(&state); err != nil {
		s.r.log.Error().Err(err).Msg("the state cannot be saved; it will be rebuilt from the log at the next start")
		s.due = started.Add(s.r.cfg.SnapshotEvery)
		return key, nil, nil
	}
	// A large state is saved less often: copying it costs more than replaying a little more.
	s.due = started.Add(max(s.r.cfg.SnapshotEvery, time.Duration(state.size()>>20)*time.Second))
	s.r.metrics.snapshotted(state.size(), time.Since(started))
	return key, state, nil
}

func (s *snapshots) upload(ctx context.Context, key SnapshotKey, data pieces) {
	data.seal()
	s.remember(ctx, key, data)
	err := s.r.broker.Snapshots().Save(ctx, key, data)
	keep := s.r.cfg.SnapshotsKept
	switch {
	case err == nil:
		s.root.Store(key.Root)
	case ctx.Err() != nil:
		return
	default:
		s.r.log.Warn().Err(err).Msg("snapshot not saved; the next start rebuilds more from the log")
		if !errors.Is(err, ErrFull) {
			return
		}
		keep = 1 // the next one finds room
	}
	if err := s.prune(ctx, keep); err != nil && ctx.Err() == nil {
		s.r.log.Warn().Err(err).Msg("old snapshots not removed")
	}
}

// prune keeps the newest few of this version and generation. What other versions have saved goes once there are as many
// of ours, so that a process that still runs the old one meanwhile finds its own; older generations are of no use to anyone.
func (s *snapshots) prune(ctx context.Context, keep int) error {
	keys, err := s.r.broker.Snapshots().List(ctx, s.r.stage.Name, s.r.partition)
	if err != nil {
		return err
	}
	ours := ofVersion(keys, s.r.stage.Version, s.r.generation)
	kept := ours[:min(len(ours), keep)]
	for _, key := range keys {
		other := key.Version != s.r.stage.Version && len(kept) < keep
		if key.Generation > s.r.generation || key.Generation == s.r.generation && (other || slices.Contains(kept, key)) {
			continue
		}
		if err := s.r.broker.Snapshots().Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// ofVersion picks the snapshots of one version and generation, in the order they have.
func ofVersion(keys []SnapshotKey, version string, generation uint64) []SnapshotKey {
	var ours []SnapshotKey
	for _, key := range keys {
		if key.Version == version && key.Generation == generation {
			ours = append(ours, key)
		}
	}
	return ours
}

// sortKeys puts the newest generation, and in it the highest root, first.
func sortKeys(keys []SnapshotKey) {
	slices.SortFunc(keys, func(a, b SnapshotKey) int {
		return cmp.Or(cmp.Compare(b.Generation, a.Generation), cmp.Compare(b.Root, a.Root))
	})
}

// wait returns when no upload runs.
func (s *snapshots) wait() {
	s.busy <- struct{}{}
	<-s.busy
}
