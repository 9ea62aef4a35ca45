// Package history reads training data: once, in bounded memory, and until the context is done.
package history

import (
	"context"
	"fmt"

	"eddy/algorithms"
)

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 1024

// Each gives every row to f and returns the range of them all. The only error is the context's.
func Each(ctx context.Context, data algorithms.Dataset, f func(in *algorithms.Input, isNew bool)) (algorithms.Training, error) {
	var t algorithms.Training
	if data == nil {
		return t, ctx.Err()
	}
	for {
		if t.Rows%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return t, err
			}
		}
		in, isNew, ok := data.Next()
		if !ok {
			return t, ctx.Err()
		}
		if t.Rows == 0 {
			t.First, t.Last = in.Timestamp, in.Timestamp
		}
		if isNew || t.Rows == 0 {
			t.Series++
			isNew = true
		}
		t.Rows++
		t.First, t.Last = min(t.First, in.Timestamp), max(t.Last, in.Timestamp)
		f(in, isNew)
	}
}

// Need is an error that wraps algorithms.ErrTooLittle when there are fewer rows than an algorithm needs.
func Need(least, rows int) error {
	if rows < least {
		return fmt.Errorf("%w: needs at least %d usable rows, got %d", algorithms.ErrTooLittle, least, rows)
	}
	return nil
}

// Reservoir keeps a uniform choice of what it is offered (Vitter, "Random Sampling with a Reservoir", 1985).
type Reservoir[T any] struct {
	Kept   []T
	limit  int
	seen   int64
	random func(n int64) int64
}

// NewReservoir keeps at most limit items; random(n) draws from 0 to n-1.
func NewReservoir[T any](limit int, random func(n int64) int64) *Reservoir[T] {
	return &Reservoir[T]{limit: limit, random: random}
}

// Offer returns where the next item is to be stored, or nil when it is not kept.
func (r *Reservoir[T]) Offer() *T {
	r.seen++
	if len(r.Kept) < r.limit {
		var zero T
		r.Kept = append(r.Kept, zero)
		return &r.Kept[len(r.Kept)-1]
	}
	if i := r.random(r.seen); i < int64(r.limit) {
		return &r.Kept[i]
	}
	return nil
}
