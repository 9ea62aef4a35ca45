package forest_test

import (
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/forest"
)

// BenchmarkScore is the cost of a sample whose series is in the cache, and of one of 100k series in turn.
func BenchmarkScore(b *testing.B) {
	m := train(b, nil, smooth(random(1)))
	for _, bc := range []struct {
		name   string
		series int
	}{{"one", 1}, {"100k", 100_000}} {
		b.Run(bc.name, func(b *testing.B) {
			words := m.StateLen()
			states := make([]float64, bc.series*words)
			r := random(2)
			values := make([]float64, 1<<16)
			for i := range values {
				values[i] = 100 + 5*r.NormFloat64()
			}
			features := []float32{100, 4, 0, 15, 1}
			in, v := algorithms.Input{Features: features}, algorithms.Verdict{}
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

func BenchmarkTrain(b *testing.B) {
	value := smooth(random(1))
	for b.Loop() {
		if _, err := (forest.Algorithm{}).Train(b.Context(), nil, &fleet{series: 100, samples: 1000, value: value}); err != nil {
			b.Fatal(err)
		}
	}
}
