package isolation_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"eddy/algorithms/internal/codec"
	"eddy/algorithms/internal/isolation"
)

func TestBatchScoresAreTheSame(t *testing.T) {
	t.Parallel()
	rows := gaussian(1003) // no multiple of anything
	f := grow(t, rows, 37)
	all := make([]float64, len(rows))
	f.ScoreAll(all, rows)
	for i := range rows {
		if one := f.Score(&rows[i]); one != all[i] {
			t.Fatalf("row %d scores %v alone and %v among others", i, one, all[i])
		}
	}
}

func TestBytesRoundTrip(t *testing.T) {
	t.Parallel()
	rows := gaussian(500)
	for i := range rows[:250] {
		rows[i] = isolation.Vector{} // leaves with many rows
	}
	f := grow(t, rows, 20)
	b := f.Append(nil)
	r := codec.NewReader(b)
	got, err := isolation.Read(r)
	if err != nil || !r.Done() {
		t.Fatalf("Read: %v, done %v", err, r.Done())
	}
	if string(got.Append(nil)) != string(b) {
		t.Error("the forest that was read writes other bytes")
	}
	for i := range rows {
		var one, two [isolation.Width]float64
		f.Explain(&rows[i], &one)
		got.Explain(&rows[i], &two)
		if f.Score(&rows[i]) != got.Score(&rows[i]) || one != two {
			t.Fatalf("row %d is judged otherwise by the forest that was read", i)
		}
	}
}

func TestConstantRowsAreNoAnomalies(t *testing.T) {
	t.Parallel()
	f := grow(t, make([]isolation.Vector, 300), 10)
	if got := f.Score(&isolation.Vector{}); math.Abs(got-0.5) > 0.01 {
		t.Errorf("a row like all others scores %v; want a half: no tree tells it apart", got)
	}
}

func TestExplanationNamesTheFeature(t *testing.T) {
	t.Parallel()
	rows := gaussian(5000)
	f := grow(t, rows, 100)
	odd := isolation.Vector{7: 9}
	var shares [isolation.Width]float64
	f.Explain(&odd, &shares)
	for i, s := range shares {
		if i != 7 && s > shares[7]/2 {
			t.Errorf("feature %d has a share of %v, the odd one %v", i, s, shares[7])
		}
	}
}

func TestGrowingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := isolation.Grow(ctx, gaussian(100), 12, 10, 64, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

func FuzzRead(f *testing.F) {
	small, err := isolation.Grow(f.Context(), gaussian(9), 3, 2, 8, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := codec.NewReader(data)
		got, err := isolation.Read(r)
		if err != nil {
			if !errors.Is(err, isolation.ErrForest) {
				t.Fatalf("error %v is no ErrForest", err)
			}
			return
		}
		if b := got.Append(nil); string(b) != string(data[:len(data)-r.Left()]) {
			t.Fatalf("%x is read, but comes back as %x", data, b)
		}
		if s := got.Score(&isolation.Vector{1, -2, 3}); !(s > 0 && s <= 1) {
			t.Fatalf("score %v", s)
		}
	})
}
