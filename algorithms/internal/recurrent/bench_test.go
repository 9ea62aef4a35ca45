package recurrent

import (
	"fmt"
	"testing"
)

func BenchmarkStep(b *testing.B) {
	for _, hidden := range []int{32, 64} {
		b.Run(fmt.Sprint(hidden), func(b *testing.B) {
			n, lanes := example(hidden, 1, 64)
			var s State
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				n.Step(&s, &lanes.X[i%64])
			}
		})
	}
}

// BenchmarkBatch is one step of training: 32 lanes of 64 steps, forward, backward and Adam.
func BenchmarkBatch(b *testing.B) {
	for _, hidden := range []int{32, 64} {
		b.Run(fmt.Sprint(hidden), func(b *testing.B) {
			n, lanes := example(hidden, MaxWidth, Window)
			p, g, a := newPass(n, MaxWidth, Window), newGradient(n), newAdam(n, 1e-3)
			for b.Loop() {
				_, weight := p.forward(lanes)
				p.backward(lanes, weight, g)
				a.apply(n, g, gradientLimit)
			}
		})
	}
}
