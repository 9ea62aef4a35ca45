package ingest

import (
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

// stored remembers the last requests of a tenant that were stored whole. A sender whose 204 got lost on the way repeats
// the request byte for byte; its samples would then be refused as out of order, all but the last of each series.
type stored struct {
	mu   sync.Mutex
	ring []storedRequest
	next int
}

// A sender gives up waiting after half a minute by default, and repeats before it sends anything else on that
// connection. So a minute is remembered, as far as storedMost requests reach; who sends little takes little.
const (
	storedFor  = time.Minute
	storedMost = 4096
)

type storedRequest struct {
	print   fingerprint
	at      int64 // Unix milliseconds
	written [3]uint32
}

// fingerprint tells requests of a tenant apart: a forged collision hurts nobody but its author.
type fingerprint struct {
	hash    uint64
	size    uint32
	version Version
}

func fingerprintOf(v Version, wire []byte) fingerprint {
	return fingerprint{version: v, size: uint32(len(wire)), hash: xxhash.Sum64(wire)}
}

// add remembers a request with what was written of it.
func (s *stored) add(f fingerprint, w Written, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == len(s.ring) {
		if n := len(s.ring); n == 0 || n < storedMost && now-s.ring[0].at < storedFor.Milliseconds() {
			s.ring = append(s.ring, storedRequest{})
		} else {
			s.next = 0
		}
	}
	s.ring[s.next] = storedRequest{f, now, [3]uint32{uint32(w.Samples), uint32(w.Histograms), uint32(w.Exemplars)}}
	s.next++
}

// find returns what was written of a request when it came before.
func (s *stored) find(f fingerprint) (Written, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.ring {
		if r := &s.ring[i]; r.print == f {
			return Written{int(r.written[0]), int(r.written[1]), int(r.written[2])}, true
		}
	}
	return Written{}, false
}
