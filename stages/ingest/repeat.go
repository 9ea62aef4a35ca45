package ingest

import (
	"sync"

	"github.com/cespare/xxhash/v2"
)

// stored remembers the last requests that were stored whole. A sender whose 204 got lost on the way repeats the
// request byte for byte; its samples would then be refused as out of order, all but the last of each series.
type stored struct {
	mu   sync.Mutex
	ring [storedKept]fingerprint
	next int
}

// storedKept is how many requests are remembered: a sender repeats at once, before it sends anything else on that
// connection.
const storedKept = 256

// fingerprint tells requests apart. It is only ever compared with those of the same tenant, so a forged collision
// hurts nobody but its author.
type fingerprint struct {
	tenant  string
	version Version
	size    int
	hash    uint64
	written Written
}

func fingerprintOf(tenant string, v Version, wire []byte) fingerprint {
	return fingerprint{tenant: tenant, version: v, size: len(wire), hash: xxhash.Sum64(wire)}
}

// add remembers a request with what was written of it.
func (s *stored) add(f fingerprint, written Written) {
	f.written = written
	s.mu.Lock()
	s.ring[s.next] = f
	s.next = (s.next + 1) % storedKept
	s.mu.Unlock()
}

// find returns what was written of a request when it came before.
func (s *stored) find(f fingerprint) (Written, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.ring {
		f.written = s.ring[i].written
		if f.size > 0 && s.ring[i] == f {
			return f.written, true
		}
	}
	return Written{}, false
}
