package prove

import (
	"context"
	"slices"

	"eddy/stages/replay"
	"eddy/stream"
)

// States finds what stages have saved.
type States interface {
	// SavedStates lists a stage's states of a partition, newest first.
	SavedStates(ctx context.Context, stage string, partition int) ([]stream.SnapshotKey, error)
	LoadState(ctx context.Context, key stream.SnapshotKey) ([]byte, error)
}

// Stage is one of a chain. States of another version are those of other code, and prove nothing.
type Stage struct{ Name, Version string }

// beginning is where a replay starts.
type beginning struct {
	partition int
	chain     Chain
	next      uint64 // the first record the chain wants
}

// begin finds the newest saved states that lie before a record, or starts at record 1. States that cannot be used are
// passed over for older ones.
func (v *Verifier) begin(ctx context.Context, partition int, before uint64) (beginning, error) {
	saved, err := v.saved(ctx, partition, before)
	if err != nil {
		return beginning{}, err
	}
	for keys := choose(saved); keys != nil; keys = choose(saved) {
		states, unusable := v.load(ctx, keys)
		if unusable == nil {
			chain, err := v.NewChain(partition, states)
			if err == nil {
				return beginning{partition: partition, chain: chain, next: keys[0].Root + 1}, nil
			}
			unusable = keys
		}
		if err := ctx.Err(); err != nil {
			return beginning{}, err
		}
		for i := range saved {
			saved[i] = slices.DeleteFunc(saved[i], func(k stream.SnapshotKey) bool { return slices.Contains(unusable, k) })
		}
	}
	chain, err := v.NewChain(partition, nil)
	return beginning{partition: partition, chain: chain, next: 1}, err
}

// saved lists, for each stage, its states of a partition before a record, newest first.
func (v *Verifier) saved(ctx context.Context, partition int, before uint64) ([][]stream.SnapshotKey, error) {
	if v.Whole {
		return nil, nil
	}
	saved := make([][]stream.SnapshotKey, len(v.Stages))
	for i, stage := range v.Stages {
		keys, err := v.Saved.SavedStates(ctx, stage.Name, partition)
		if err != nil {
			return nil, err
		}
		saved[i] = slices.DeleteFunc(keys, func(k stream.SnapshotKey) bool { return k.Version != stage.Version || k.Root >= before })
	}
	return saved, nil
}

// choose picks a state for each stage, as new as can be, so that none is ahead of the stage behind it: what a stage
// gives to the next one between their two states is made again. Nil when there is no such choice.
func choose(saved [][]stream.SnapshotKey) []stream.SnapshotKey {
	if len(saved) == 0 {
		return nil
	}
	keys := make([]stream.SnapshotKey, len(saved))
	bound := ^uint64(0)
	for i := len(saved) - 1; i >= 0; i-- {
		at := slices.IndexFunc(saved[i], func(k stream.SnapshotKey) bool { return k.Root <= bound })
		if at < 0 {
			return nil
		}
		keys[i], bound = saved[i][at], saved[i][at].Root
	}
	return keys
}

// load reads the states, or returns the one that cannot be had.
func (v *Verifier) load(ctx context.Context, keys []stream.SnapshotKey) (states []replay.State, unusable []stream.SnapshotKey) {
	for i, k := range keys {
		data, err := v.Saved.LoadState(ctx, k)
		if err != nil {
			return nil, []stream.SnapshotKey{k}
		}
		states = append(states, replay.State{Stage: v.Stages[i].Name, Root: k.Root, Data: data})
	}
	return states, nil
}
