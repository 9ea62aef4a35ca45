package catalogue_test

import (
	"math/rand/v2"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/catalogue"
	"eddy/algorithms/lawtest"
)

// BenchmarkScore is the cost of a sample whose series is in the cache, and of one whose series is not: 20k series in
// turn, as a scrape brings them.
func BenchmarkScore(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 1<<16)
	for i := range values {
		values[i] = 100 + 5*r.NormFloat64()
	}
	for _, a := range catalogue.All() {
		m, err := a.Train(b.Context(), nil, lawtest.History())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(a.Name()+"/one", func(b *testing.B) { benchScore(b, m, values, 1) })
		b.Run(a.Name()+"/20k", func(b *testing.B) { benchScore(b, m, values, 20_000) })
	}
}

func benchScore(b *testing.B, m algorithms.Model, values []float64, series int) {
	words := m.StateLen()
	states := make([]float64, series*words)
	var v algorithms.Verdict
	var in algorithms.Input
	score := func(i int) {
		in.Value, in.Timestamp = values[(i*7919)&(1<<16-1)], int64(i/series)*15_000
		at := i % series * words
		m.Score(states[at:at+words], &in, &v)
	}
	for i := range 40 * series { // past the warm-up
		score(i)
	}
	b.ReportAllocs()
	for i := 40 * series; b.Loop(); i++ {
		score(i)
	}
	b.ReportMetric(float64(8*words), "B/series")
}
