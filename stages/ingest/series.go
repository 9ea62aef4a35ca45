package ingest

import (
	"math"

	"eddy/schema"
	"eddy/stages/internal/chunk"
	"eddy/stages/internal/intern"
)

// seriesState is what a gateway remembers of a series: a cache, empty after every start.
type seriesState struct {
	last int64  // Unix milliseconds of the newest sample, never when none is known
	bits uint64 // of its value, or the hash of the histogram
	seen uint32 // Unix seconds, by the clock
	gen  uint32 // counts the series that have had this place, so that aliases of former ones are noticed
	part uint16
	kind uint8 // metric type already announced for it
}

const never = math.MinInt64

// aliasState says which series a spelling stands for: labels unsorted, with empty values, or of one replica.
type aliasState struct {
	from   replicaID
	series uint32
	gen    uint32
	seen   uint32
}

// seriesTable finds the series of label bytes. A known one is found without parsing its labels.
type seriesTable struct {
	names      *intern.Table // canonical label bytes
	states     chunk.Array[seriesState]
	aliases    *intern.Table // other spellings, as they were sent
	aliasOf    chunk.Array[aliasState]
	aliasFirst bool // the last key was not the canonical one; senders are consistent
	sweepAt    uint32
	sweepAlias uint32
}

func newSeriesTable() seriesTable {
	return seriesTable{names: intern.New(), aliases: intern.New()}
}

// find returns a known series and the replica that spells it so.
func (t *seriesTable) find(key []byte, seen uint32) (ref uint32, from replicaID, ok bool) {
	if t.aliasFirst {
		if ref, from, ok = t.findAlias(key, seen); ok {
			return ref, from, true
		}
	}
	if ref, ok = t.names.Lookup(key); ok {
		t.aliasFirst = false
		t.states.At(ref).seen = seen
		return ref, replicaID{}, true
	}
	if !t.aliasFirst {
		return t.findAlias(key, seen)
	}
	return 0, replicaID{}, false
}

func (t *seriesTable) findAlias(key []byte, seen uint32) (ref uint32, from replicaID, ok bool) {
	if t.aliases.Len() == 0 {
		return 0, replicaID{}, false
	}
	a, ok := t.aliases.Lookup(key)
	if !ok {
		return 0, replicaID{}, false
	}
	alias := t.aliasOf.At(a)
	state := t.states.At(alias.series)
	if state.gen != alias.gen {
		return 0, replicaID{}, false // the series was evicted; a new one has its place
	}
	alias.seen, state.seen, t.aliasFirst = seen, seen, true
	return alias.series, alias.from, true
}

// add inserts a canonical key that is absent.
func (t *seriesTable) add(key schema.Labels, part uint16, seen uint32) uint32 {
	ref := t.names.Insert(key)
	t.states.Grow(int(ref) + 1)
	s := t.states.At(ref)
	*s = seriesState{last: never, seen: seen, gen: s.gen, part: part}
	return ref
}

// addAlias remembers a spelling, up to limit of them; beyond they are parsed every time.
func (t *seriesTable) addAlias(raw []byte, ref uint32, from replicaID, limit int, seen uint32) {
	a, ok := t.aliases.Lookup(raw)
	if !ok {
		if t.aliases.Len() >= limit {
			return
		}
		a = t.aliases.Insert(raw)
		t.aliasOf.Grow(int(a) + 1)
	}
	*t.aliasOf.At(a) = aliasState{from: from, series: ref, gen: t.states.At(ref).gen, seen: seen}
}

// sweep removes what was last seen before the given second, looking at n places of either table, and returns how many
// series went. It goes round and round.
func (t *seriesTable) sweep(n int, before uint32) (removed int) {
	for range min(n, t.names.Cap()) {
		if t.sweepAt = (t.sweepAt + 1) % uint32(t.names.Cap()); t.names.Key(t.sweepAt) == nil {
			continue
		}
		if s := t.states.At(t.sweepAt); s.seen < before {
			t.names.Remove(t.sweepAt)
			s.gen++
			removed++
		}
	}
	for range min(n, t.aliases.Cap()) {
		if t.sweepAlias = (t.sweepAlias + 1) % uint32(t.aliases.Cap()); t.aliases.Key(t.sweepAlias) == nil {
			continue
		}
		if t.aliasOf.At(t.sweepAlias).seen < before {
			t.aliases.Remove(t.sweepAlias)
		}
	}
	return removed
}
