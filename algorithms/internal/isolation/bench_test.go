package isolation_test

import (
	"math/rand/v2"
	"testing"

	"eddy/algorithms/internal/isolation"
)

// gaussian rows of 12 features.
func gaussian(n int) []isolation.Vector {
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([]isolation.Vector, n)
	for i := range rows {
		for c := range 12 {
			rows[i][c] = float32(r.NormFloat64())
		}
	}
	return rows
}

func grow(t testing.TB, rows []isolation.Vector, trees int) *isolation.Forest {
	t.Helper()
	f, err := isolation.Grow(t.Context(), rows, 12, trees, isolation.MaxSamples, 1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func BenchmarkGrow(b *testing.B) {
	rows := gaussian(100_000)
	for b.Loop() {
		grow(b, rows, 100)
	}
}

func BenchmarkScore(b *testing.B) {
	rows := gaussian(1 << 14)
	f := grow(b, rows, 100)
	b.Run("one", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			f.Score(&rows[i%len(rows)])
		}
	})
	b.Run("batch", func(b *testing.B) {
		dst := make([]float64, len(rows))
		for b.Loop() {
			f.ScoreAll(dst, rows)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
	})
}
