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
		l = &memoryLog{broker: b, grown: make(chan struct{})}
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

// memoryLog is the messages of one stream; sequence i is messages[i-1].
type memoryLog struct {
	broker   *Memory
	messages []stream.Message
	grown    chan struct{} // closed and replaced at every append
}

// memoryView is a log as one writer sees it.
type memoryView struct {
	*memoryLog
	scope string
}

func (v memoryView) Append(ctx context.Context, m stream.Message, last uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b := v.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if newest, _ := v.newest(); newest != last {
		return 0, stream.ErrConflict
	}
	l := v.memoryLog
	m = clone(m)
	m.Sequence = uint64(len(l.messages) + 1)
	m.Time = b.now()
	l.messages = append(l.messages, m)
	close(l.grown)
	l.grown = make(chan struct{})
	return m.Sequence, nil
}

// newest is the last sequence in scope, 0 for none; the caller holds the broker's mu.
func (v memoryView) newest() (uint64, bool) {
	for i := len(v.messages) - 1; i >= 0; i-- {
		if v.scope == "" || matches(v.scope, v.messages[i].Subject) {
			return uint64(i + 1), true
		}
	}
	return 0, false
}

func (v memoryView) Last(ctx context.Context) (stream.Message, error) {
	if err := ctx.Err(); err != nil {
		return stream.Message{}, err
	}
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	seq, ok := v.newest()
	if !ok {
		return stream.Message{}, stream.ErrNotFound
	}
	return v.messages[seq-1], nil
}

func (v memoryView) Get(ctx context.Context, seq uint64) (stream.Message, error) {
	if err := ctx.Err(); err != nil {
		return stream.Message{}, err
	}
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	if seq == 0 || seq > uint64(len(v.messages)) {
		return stream.Message{}, stream.ErrNotFound
	}
	return v.messages[seq-1], nil
}

func (v memoryView) Open(_ context.Context, from uint64) (stream.Cursor, error) {
	return &memoryCursor{log: v.memoryLog, next: max(from, 1)}, nil
}

// memoryCursor reads a memoryLog.
type memoryCursor struct {
	log  *memoryLog
	next uint64
}

func (c *memoryCursor) Next(ctx context.Context) (stream.Message, error) {
	for {
		c.log.broker.mu.Lock()
		n, grown := uint64(len(c.log.messages)), c.log.grown
		if c.next <= n {
			m := c.log.messages[c.next-1]
			c.log.broker.mu.Unlock()
			m.Pending = n - c.next
			c.next++
			return m, ctx.Err()
		}
		c.log.broker.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return stream.Message{}, ctx.Err()
		}
	}
}

func (c *memoryCursor) Close() {}

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

// Truncate drops all but the first n messages of a stream, as a power cut does to what was not yet on disk. Cursors
// opened before must not be used any more.
func (b *Memory) Truncate(name string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.logs[name]
	l.messages = slices.Clone(l.messages[:min(n, len(l.messages))])
}
