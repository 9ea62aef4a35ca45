package stream

import (
	"context"
	"errors"
	"slices"

	"eddy/schema"
)

// Beside the newest few snapshots, which a stage starts from, a partition keeps a few older ones, spread over what its
// samples log holds. No stage starts from them: they let a proof begin near an event, when the log's first records have
// expired. They are saved under a stage name of their own, so whoever prunes, restores or purges by the newest ones
// never meets them.
const historySuffix = ".history"

// historyStretches is what a history is divided into, give or take one; the oldest snapshot of each stretch is kept.
const historyStretches = 16

// history is the kept older snapshots of a session, newest first.
type history struct {
	known bool // keys were read from the store
	keys  []SnapshotKey
}

// remember keeps a snapshot in the history as well if none of its stretch is there yet. It takes no data away from the
// caller's slice. A failure costs a proof its reach, not the stage its state.
func (s *snapshots) remember(ctx context.Context, key SnapshotKey, data pieces) {
	key.Stage += historySuffix
	if err := s.tryRemember(ctx, key, data); err != nil {
		s.history.known = false // what the store holds is unclear: read it again
		if ctx.Err() == nil {
			s.r.log.Warn().Err(err).Msg("snapshot not kept for proofs; eddy verify may reach back less far")
		}
	}
}

func (s *snapshots) tryRemember(ctx context.Context, key SnapshotKey, data pieces) error {
	store, h := s.r.broker.Snapshots(), &s.history
	if !h.known {
		keys, err := store.List(ctx, key.Stage, key.Partition)
		if err != nil {
			return err
		}
		h.keys, h.known = keys, true
	}
	keep, drop := thin(key, h.keys)
	if keep[0] != key || slices.Contains(h.keys, key) {
		return nil
	}
	if err := store.Save(ctx, key, slices.Clone(data)); err != nil {
		return err
	}
	expired, err := s.expired(ctx, keep[1:])
	if err != nil {
		return err
	}
	alive := len(keep) - expired
	h.keys = keep[:alive]
	for _, k := range slices.Concat(drop, keep[alive:]) {
		if err := store.Delete(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// expired counts the oldest keys whose next record has left the samples log: nothing can be replayed from there.
func (s *snapshots) expired(ctx context.Context, keys []SnapshotKey) (n int, err error) {
	log, err := s.r.broker.Log(ctx, LogSpec{Stream: schema.PartitionStream(schema.KindSamples, s.r.partition)})
	if err != nil {
		return 0, err
	}
	for _, k := range slices.Backward(keys) {
		if _, err := log.Get(ctx, k.Root+1); !errors.Is(err, ErrNotFound) {
			return n, err
		}
		n++
	}
	return n, nil
}

// thin decides what a history holds once a new snapshot is offered to it: of each stretch of records the oldest. The
// bounds of the stretches are the same for every stage, so their snapshots stay close together. Both lists are newest
// first; what belongs to other code, or to a log that has begun anew, is dropped.
func thin(offered SnapshotKey, keys []SnapshotKey) (keep, drop []SnapshotKey) {
	ours := func(k SnapshotKey) bool { return k.Version == offered.Version && k.Root < offered.Root }
	all := []SnapshotKey{offered}
	for _, k := range keys {
		if ours(k) {
			all = append(all, k)
		} else if k != offered {
			drop = append(drop, k)
		}
	}
	shift := 0
	for span := offered.Root - all[len(all)-1].Root; span>>shift >= historyStretches; {
		shift++
	}
	for i, k := range all {
		if i+1 < len(all) && k.Root>>shift == all[i+1].Root>>shift {
			if k != offered {
				drop = append(drop, k)
			}
			continue
		}
		keep = append(keep, k)
	}
	return keep, drop
}
