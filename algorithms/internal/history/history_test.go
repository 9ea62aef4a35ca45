package history_test

import (
	"context"
	"errors"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/internal/history"
)

// rows is a data set of timestamps; each multiple of ten begins a series.
type rows struct {
	at []int64
	in algorithms.Input
}

func (r *rows) Next() (*algorithms.Input, bool, bool) {
	if len(r.at) == 0 {
		return nil, false, false
	}
	r.in.Timestamp, r.at = r.at[0], r.at[1:]
	return &r.in, r.in.Timestamp%10 == 0, true
}

func TestEachKnowsTheRange(t *testing.T) {
	t.Parallel()
	var seen []int64
	got, err := history.Each(t.Context(), &rows{at: []int64{7, 8, 3, 10, 11, 20}}, func(in *algorithms.Input, isNew bool) {
		seen = append(seen, in.Timestamp)
		if isNew != (in.Timestamp%10 == 0 || len(seen) == 1) {
			t.Errorf("row %d is new: %v", in.Timestamp, isNew)
		}
	})
	if want := (algorithms.Training{Rows: 6, Series: 3, First: 3, Last: 20}); err != nil || got != want || len(seen) != 6 {
		t.Errorf("Each = %+v, %v; want %+v", got, err, want)
	}
}

func TestEachEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	_, err := history.Each(ctx, &rows{at: make([]int64, 5000)}, func(*algorithms.Input, bool) {
		if read++; read == 100 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || read > 2000 {
		t.Errorf("%d rows read, error %v; want it to end soon after row 100", read, err)
	}
}

func TestReservoirKeepsAFairChoice(t *testing.T) {
	t.Parallel()
	state := int64(1)
	r := history.NewReservoir[int](100, func(n int64) int64 {
		state = (state*6364136223846793005 + 1442695040888963407) & (1<<62 - 1)
		return state >> 20 % n
	})
	for i := range 10_000 {
		if at := r.Offer(); at != nil {
			*at = i
		}
	}
	early := 0
	for _, v := range r.Kept {
		if v < 5000 {
			early++
		}
	}
	if len(r.Kept) != 100 || early < 30 || early > 70 {
		t.Errorf("%d kept, %d of them from the first half", len(r.Kept), early)
	}
}
