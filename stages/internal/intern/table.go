package intern

import (
	"github.com/cespare/xxhash/v2"

	"eddy/stages/internal/chunk"
)

// Hash is the hash of a key: xxhash64. It is part of what partitions mean, so it never changes.
func Hash(key []byte) uint64 { return xxhash.Sum64(key) }

// Table gives every key a ref: 0, 1, 2 … in the order of insertion, removed ones again, newest first. It belongs to
// one goroutine.
type Table struct {
	arena   Arena
	entries chunk.Array[entry]
	free    []uint32 // removed refs, the next to be re-used last
	index   index
	last    uint32 // ref of the last hit
}

// entry is one ref. A free one has the length freeEntry.
type entry struct {
	span Span
	hash uint32
}

const freeEntry = ^uint32(0)

// New returns an empty table.
func New() *Table { return &Table{} }

// Len is the number of keys.
func (t *Table) Len() int { return t.entries.Len() - len(t.free) }

// Cap is the highest ref ever given out, plus one.
func (t *Table) Cap() int { return t.entries.Len() }

// Size is the number of bytes held.
func (t *Table) Size() int {
	return t.arena.Size() + 16*t.entries.Cap() + 4*cap(t.free) + t.index.size()
}

// Lookup returns the ref of key. It first tries the one after the last hit: senders repeat their order.
func (t *Table) Lookup(key []byte) (ref uint32, ok bool) {
	next := t.last + 1
	if int(next) >= t.entries.Len() {
		next = 0
	}
	if t.entries.Len() > 0 && t.is(next, key) {
		t.last = next
		return next, true
	}
	return t.find(key, fingerprint(key))
}

// fingerprint is the half of the hash that places a key. Partitions are told apart by the low bits, so within one of
// them those say little.
func fingerprint(key []byte) uint32 { return uint32(Hash(key) >> 32) }

func (t *Table) find(key []byte, hash uint32) (uint32, bool) {
	for p := t.index.probe(hash); ; {
		ref, ok := p.next()
		if !ok {
			return 0, false
		}
		if t.is(ref, key) {
			t.last = ref
			return ref, true
		}
	}
}

func (t *Table) is(ref uint32, key []byte) bool {
	e := t.entries.At(ref)
	return int(e.span.length) == len(key) && string(t.arena.Get(e.span)) == string(key)
}

// Insert adds a key that is absent, of at most MaxKey bytes, and returns its ref.
func (t *Table) Insert(key []byte) uint32 {
	e := entry{span: t.arena.Put(key), hash: fingerprint(key)}
	var ref uint32
	if n := len(t.free); n > 0 {
		ref = t.free[n-1]
		t.free = t.free[:n-1]
		*t.entries.At(ref) = e
	} else {
		ref = t.entries.Append(e)
	}
	t.index.insert(e.hash, ref)
	t.last = ref
	return ref
}

// Remove forgets the key of ref; a free ref is left alone. The next Insert re-uses it.
func (t *Table) Remove(ref uint32) {
	if int(ref) >= t.entries.Len() {
		return
	}
	e := t.entries.At(ref)
	if e.span.length == freeEntry {
		return
	}
	t.index.remove(e.hash, ref)
	t.arena.Free(e.span)
	*e = entry{span: Span{length: freeEntry}}
	t.free = append(t.free, ref)
}

// Key returns the key of ref, nil when the ref is free. It must not be changed and is valid until Remove.
func (t *Table) Key(ref uint32) []byte {
	if int(ref) >= t.entries.Len() {
		return nil
	}
	e := t.entries.At(ref)
	if e.span.length == freeEntry {
		return nil
	}
	return t.arena.Get(e.span)
}
