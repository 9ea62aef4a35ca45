package streamtest

import (
	"context"
	"slices"

	"eddy/stream"
)

// memoryLog is the messages of one stream; sequence i is messages[i-first].
type memoryLog struct {
	broker   *Memory
	first    uint64
	messages []stream.Message
	bytes    uint64
	maxBytes uint64        // 0: no limit
	grown    chan struct{} // closed and replaced at every append
}

// last is the newest sequence ever given out; the caller holds the broker's mu.
func (l *memoryLog) last() uint64 { return l.first + uint64(len(l.messages)) - 1 }

// drop removes the messages below a sequence; the caller holds the broker's mu.
func (l *memoryLog) drop(below uint64) {
	for len(l.messages) > 0 && l.first < below {
		l.bytes -= size(l.messages[0])
		l.messages = l.messages[1:]
		l.first++
	}
}

// size is what a message counts for, with something for its headers.
func size(m stream.Message) uint64 { return uint64(len(m.Data) + 100) }

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
	if l.maxBytes > 0 && l.bytes+size(m) > l.maxBytes {
		return 0, stream.ErrFull
	}
	m = clone(m)
	m.Sequence = l.last() + 1
	m.Time = b.now()
	l.messages = append(l.messages, m)
	l.bytes += size(m)
	close(l.grown)
	l.grown = make(chan struct{})
	return m.Sequence, nil
}

// newest is the last sequence in scope, 0 for none. As in JetStream, a whole stream's last sequence counts even when
// its message is gone, and a scope's does not. The caller holds the broker's mu.
func (v memoryView) newest() (uint64, bool) {
	if v.scope == "" {
		return v.last(), v.last() > 0
	}
	for i := len(v.messages) - 1; i >= 0; i-- {
		if matches(v.scope, v.messages[i].Subject) {
			return v.first + uint64(i), true
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
	if seq < v.first {
		return stream.Message{Sequence: seq}, nil
	}
	return v.messages[seq-v.first], nil
}

func (v memoryView) Get(ctx context.Context, seq uint64) (stream.Message, error) {
	if err := ctx.Err(); err != nil {
		return stream.Message{}, err
	}
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	if seq < v.first || seq > v.last() {
		return stream.Message{}, stream.ErrNotFound
	}
	return v.messages[seq-v.first], nil
}

func (v memoryView) State(ctx context.Context) (stream.LogState, error) {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	return stream.LogState{First: v.first, Last: v.last(), Bytes: v.bytes, MaxBytes: v.maxBytes}, ctx.Err()
}

func (v memoryView) Purge(ctx context.Context, below uint64) error {
	v.broker.mu.Lock()
	defer v.broker.mu.Unlock()
	v.drop(below)
	return ctx.Err()
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
		last, grown := c.log.last(), c.log.grown
		c.next = max(c.next, c.log.first)
		if c.next <= last {
			m := c.log.messages[c.next-c.log.first]
			c.log.broker.mu.Unlock()
			m.Pending = last - c.next
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

// Truncate drops all but the first n messages a stream ever had, as a power cut does to what was not yet on disk.
// Cursors opened before go on behind the last message they have returned, as JetStream's do.
func (b *Memory) Truncate(name string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.logs[name]
	keep := max(0, n+1-int(l.first))
	l.messages = slices.Clone(l.messages[:min(keep, len(l.messages))])
}

// Expire drops the messages of a stream below a sequence, as its age or size limit does.
func (b *Memory) Expire(name string, below uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.logs[name].drop(below)
}

// Limit bounds the bytes of a stream: it then refuses more with ErrFull.
func (b *Memory) Limit(name string, maxBytes uint64) {
	ctx := context.Background()
	_, _ = b.Log(ctx, stream.LogSpec{Stream: name})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.logs[name].maxBytes = maxBytes
}

// Forget drops every snapshot.
func (b *Memory) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.snapshots)
}
