package statistical_test

import (
	"math/rand/v2"
	"testing"

	"eddy/algorithms"
)

// noise is enough Gaussian values that branch predictors cannot learn them by heart.
func noise(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, n)
	for i := range values {
		values[i] = 100 + 5*r.NormFloat64()
	}
	return values
}

// BenchmarkScore is the cost of a sample whose series is in the cache, and of one whose series is not: 100k series in
// turn, as a scrape brings them.
func BenchmarkScore(b *testing.B) {
	for _, bc := range []struct {
		name   string
		series int
	}{{"one", 1}, {"100k", 100_000}} {
		b.Run(bc.name, func(b *testing.B) {
			m := train(b, nil)
			words := m.StateLen()
			states := make([]float64, bc.series*words)
			values := noise(1 << 16)
			var v algorithms.Verdict
			in := algorithms.Input{}
			score := func(i int) {
				in.Value = values[(i*7919)&(1<<16-1)]
				at := i % bc.series * words
				m.Score(states[at:at+words], &in, &v)
			}
			for i := range 40 * bc.series { // past the warm-up
				score(i)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				score(i)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/sample")
			b.ReportMetric(float64(8*words), "B/series")
		})
	}
}
