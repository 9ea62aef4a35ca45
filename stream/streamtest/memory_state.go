package streamtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"eddy/stream"
)

// memorySnapshots implements stream.Snapshots.
type memorySnapshots struct{ b *Memory }

func (s memorySnapshots) Save(_ context.Context, key stream.SnapshotKey, state [][]byte) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.snapshots[key] = slices.Concat(state...)
	return nil
}

func (s memorySnapshots) List(_ context.Context, stage string, partition int) ([]stream.SnapshotKey, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	var keys []stream.SnapshotKey
	for k := range s.b.snapshots {
		if k.Stage == stage && k.Partition == partition {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b stream.SnapshotKey) int {
		return cmp.Or(cmp.Compare(b.Generation, a.Generation), cmp.Compare(b.Root, a.Root))
	})
	return keys, nil
}

func (s memorySnapshots) Load(_ context.Context, key stream.SnapshotKey) ([]byte, error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	state, ok := s.b.snapshots[key]
	if !ok {
		return nil, stream.ErrNotFound
	}
	return state, nil
}

func (s memorySnapshots) Delete(_ context.Context, key stream.SnapshotKey) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	delete(s.b.snapshots, key)
	return nil
}

// memoryLeases implements stream.Leases on the wall clock.
type memoryLeases struct{ b *Memory }

type memoryLease struct {
	owner string
	until time.Time
}

func (l memoryLeases) Acquire(_ context.Context, name, owner string, ttl time.Duration) (stream.Lease, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if held, ok := l.b.leases[name]; ok && time.Now().Before(held.until) {
		return nil, stream.ErrHeld
	}
	l.b.leases[name] = memoryLease{owner: owner, until: time.Now().Add(ttl)}
	return memoryHeld{b: l.b, name: name, owner: owner, ttl: ttl}, nil
}

type memoryHeld struct {
	b           *Memory
	name, owner string
	ttl         time.Duration
}

func (h memoryHeld) Renew(context.Context) error {
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	if held := h.b.leases[h.name]; held.owner != h.owner || !time.Now().Before(held.until) {
		return stream.ErrHeld
	}
	h.b.leases[h.name] = memoryLease{owner: h.owner, until: time.Now().Add(h.ttl)}
	return nil
}

func (h memoryHeld) Release(context.Context) error {
	h.b.mu.Lock()
	defer h.b.mu.Unlock()
	if h.b.leases[h.name].owner == h.owner {
		delete(h.b.leases, h.name)
	}
	return nil
}
