package ingest

import "sync/atomic"

// budget bounds the bytes all requests together hold in memory. What does not fit is refused at once: waiting would
// hold even more.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take reserves n bytes, or nothing and returns false.
func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) > b.limit {
		b.used.Add(-int64(n))
		return false
	}
	return true
}

func (b *budget) give(n int) { b.used.Add(-int64(n)) }
