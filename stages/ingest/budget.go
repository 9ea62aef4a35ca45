package ingest

import (
	"sync/atomic"
	"unsafe"
)

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

// loan is what a part of a request's work holds of the budget. Bytes are lent before they are allocated.
type loan struct {
	from *budget
	held int
}

// take lends n bytes more, or says to the sender that it should try later.
func (l *loan) take(n int) error {
	if !l.from.take(n) {
		return overloaded("too much is being worked on (%d bytes, max_inflight_bytes); try again", l.from.limit)
	}
	l.held += n
	return nil
}

func (l *loan) give(n int) {
	l.from.give(n)
	l.held -= n
}

func (l *loan) repay() { l.give(l.held) }

func bytesOf[T any](n int) int {
	var one T
	return n * int(unsafe.Sizeof(one))
}

// adopt makes memory that was kept from an earlier request this one's, empty; what the budget has no room for is let go.
func adopt[T any](l *loan, s []T) []T {
	if l.take(bytesOf[T](cap(s))) != nil {
		return nil
	}
	return s[:0]
}

// grow makes room for just n more elements; nothing else may refer to the old memory.
func grow[T any](l *loan, s []T, n int) ([]T, error) {
	if len(s)+n <= cap(s) {
		return s, nil
	}
	size := len(s) + n
	if err := l.take(bytesOf[T](size)); err != nil {
		return s, err
	}
	l.give(bytesOf[T](cap(s)))
	return append(make([]T, 0, size), s...), nil
}

// kept is what the pool keeps of a slice: memory for the next request, unless it is unusually much.
func kept[T any](s []T, most int) []T {
	if bytesOf[T](cap(s)) > most {
		return nil
	}
	return s[:0]
}
