package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// SavedStates lists the snapshots a partition of a stage has left, highest Root first: those the stage starts from, and
// the older ones that are kept for proofs. A server that knows of none gives none.
func (c *Client) SavedStates(ctx context.Context, stage string, partition int) ([]SnapshotKey, error) {
	store, err := c.js.ObjectStore(ctx, snapshotsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", snapshotsBucket, err)
	}
	newest, err := jsSnapshots{c.js, store}.List(ctx, stage, partition)
	if err != nil {
		return nil, err
	}
	older, err := jsSnapshots{c.js, store}.List(ctx, stage+historySuffix, partition)
	if err != nil {
		return nil, err
	}
	all := append(newest, older...)
	slices.SortStableFunc(all, func(a, b SnapshotKey) int { return cmp.Compare(b.Root, a.Root) })
	return all, nil
}

// LoadState returns the state of a key from SavedStates, as Snapshotter.Restore takes it.
func (c *Client) LoadState(ctx context.Context, key SnapshotKey) ([]byte, error) {
	store, err := c.js.ObjectStore(ctx, snapshotsBucket)
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", snapshotsBucket, err)
	}
	data, err := jsSnapshots{c.js, store}.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	return openSnapshot(data)
}
