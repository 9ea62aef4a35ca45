package lstm_test

import (
	"fmt"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lstm"
)

// BenchmarkScore is the cost of a sample whose series is in the cache, and of one of 100k series in turn.
func BenchmarkScore(b *testing.B) {
	for _, hidden := range []float64{32, 64} {
		m := train(b, map[string]float64{"hidden": hidden, "epochs": 1}, wave(random(1)))
		for _, series := range []int{1, 100_000} {
			b.Run(fmt.Sprintf("hidden %v, %d series", hidden, series), func(b *testing.B) {
				words := m.StateLen()
				states := make([]float64, series*words)
				r := random(2)
				values := make([]float64, 1<<16)
				for i := range values {
					values[i] = 100 + 5*r.NormFloat64()
				}
				var in algorithms.Input
				var v algorithms.Verdict
				score := func(i int) {
					in.Value = values[(i*7919)&(1<<16-1)]
					at := i % series * words
					m.Score(states[at:at+words], &in, &v)
				}
				for i := range 40 * series { // past the warm-up
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
}

func BenchmarkTrain(b *testing.B) {
	value := wave(random(1))
	for b.Loop() {
		if _, err := (lstm.Algorithm{}).Train(b.Context(), nil, &fleet{series: 20, samples: 1000, value: value}); err != nil {
			b.Fatal(err)
		}
	}
}
