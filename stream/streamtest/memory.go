package streamtest

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"eddy/stream"
)

// Memory is a stream.Broker in memory: same order, same fences, no durability. Its clock counts microseconds from
// 2026-01-01, one per message, so that tests are reproducible.
type Memory struct {
	mu        sync.Mutex
	logs      map[string]*memoryLog
	snapshots map[stream.SnapshotKey][]byte
	leases    map[string]memoryLease
	dead      map[string]stream.Message
	ticks     int64
}

// NewMemory returns an empty broker.
func NewMemory() *Memory {
	return &Memory{
		logs: map[string]*memoryLog{}, snapshots: map[stream.SnapshotKey][]byte{},
		leases: map[string]memoryLease{}, dead: map[string]stream.Message{},
	}
}

// now is the broker's clock; the caller holds mu.
func (b *Memory) now() time.Time {
	b.ticks++
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(b.ticks) * time.Microsecond)
}

// Log implements stream.Broker; logs come into being when they are named.
func (b *Memory) Log(_ context.Context, spec stream.LogSpec) (stream.Log, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.logs[spec.Stream]
	if l == nil {
		l = &memoryLog{broker: b, first: 1, grown: make(chan struct{})}
		b.logs[spec.Stream] = l
	}
	return memoryView{memoryLog: l, scope: spec.Scope}, nil
}

// Snapshots implements stream.Broker.
func (b *Memory) Snapshots() stream.Snapshots { return memorySnapshots{b} }

// Leases implements stream.Broker.
func (b *Memory) Leases() stream.Leases { return memoryLeases{b} }

// DeadLetters implements stream.Broker.
func (b *Memory) DeadLetters() stream.DeadLetters { return b }

// Bury implements stream.DeadLetters.
func (b *Memory) Bury(_ context.Context, tenant, id string, m stream.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead[tenant+"/"+id] = clone(m)
	return nil
}

// Dead returns the ids of what was buried, as tenant/id, sorted.
func (b *Memory) Dead() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for id := range b.dead {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

func clone(m stream.Message) stream.Message {
	m.Data = slices.Clone(m.Data)
	h := stream.Header{}
	for k, v := range m.Header {
		h[k] = slices.Clone(v)
	}
	m.Header = h
	return m
}

// matches implements NATS wildcards.
func matches(filter, subject string) bool {
	f, s := strings.Split(filter, "."), strings.Split(subject, ".")
	for i, token := range f {
		if token == ">" {
			return len(s) > i
		}
		if i >= len(s) || token != "*" && token != s[i] {
			return false
		}
	}
	return len(f) == len(s)
}
