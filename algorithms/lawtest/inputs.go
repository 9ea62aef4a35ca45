package lawtest

import (
	"math"
	"math/rand/v2"

	"eddy/algorithms"
)

// stream is a named series of inputs.
type stream struct {
	name   string
	inputs []algorithms.Input
}

const (
	samples = 600
	step    = 15_000 // milliseconds
)

// streams returns what metrics look like, and what they must not be able to do harm with.
func streams() []stream {
	return append(ordinary(), hostile()...)
}

// ordinary series are what a fleet sends on a good day and a bad one.
func ordinary() []stream { return ordinaryOf(rand.New(rand.NewPCG(11, 13))) }

func ordinaryOf(r *rand.Rand) []stream {
	return []stream{
		series("zero", func(int) float64 { return 0 }),
		series("constant", func(int) float64 { return 42.5 }),
		series("noise", func(int) float64 { return 100 + float64(5*r.NormFloat64()) }),
		series("heavy tail", func(int) float64 { return math.Exp(r.NormFloat64()) }),
		series("negative noise", func(int) float64 { return -1e6 + r.NormFloat64() }),
		series("daily curve", func(i int) float64 { return 50 + float64(40*math.Sin(float64(i)/100)) + r.NormFloat64() }),
		series("ramp", func(i int) float64 { return float64(i) * 1e4 }),
		series("step", func(i int) float64 { return 10 + float64(i/300*1000) + r.NormFloat64() }),
		series("up and down", func(i int) float64 { return float64(i / 90 % 2) }),
		series("sparse", func(i int) float64 { return float64(max(0, i%37-34)) / 15 }),
		series("small integers", func(int) float64 { return float64(3 + r.IntN(2)) }),
	}
}

// hostile series are what nobody sends on purpose.
func hostile() []stream {
	r := rand.New(rand.NewPCG(17, 19))
	odd := []float64{
		math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
		-math.SmallestNonzeroFloat64, math.Copysign(0, -1), 0, 1, 1e150, -1e150, 1e-300, 1e308, 9007199254740993,
	}
	list := []stream{
		series("all odd", func(int) float64 { return odd[r.IntN(len(odd))] }),
		series("noise with odd", func(i int) float64 {
			if i%7 == 3 {
				return odd[r.IntN(len(odd))]
			}
			return r.NormFloat64()
		}),
		series("odd after noise", func(i int) float64 {
			if i > samples/2 {
				return odd[r.IntN(len(odd))]
			}
			return r.NormFloat64()
		}),
		series("any bits", func(int) float64 { return math.Float64frombits(r.Uint64()) }),
		series("huge flips", func(i int) float64 { return (float64(i%2) - 0.5) * math.MaxFloat64 }),
		series("large flips", func(i int) float64 { return (float64(i%2) - 0.5) * 1e149 }),
		series("denormal", func(i int) float64 { return float64(i%3) * math.SmallestNonzeroFloat64 }),
		series("exponential", func(i int) float64 { return math.Pow(3, float64(i)) }),
		series("all NaN", func(int) float64 { return math.NaN() }),
		series("all infinite", func(int) float64 { return math.Inf(1) }),
	}
	backwards := series("time backwards", func(int) float64 { return r.NormFloat64() })
	for i := range backwards.inputs {
		backwards.inputs[i].Timestamp = -math.MaxInt64 / 2 * int64(i%3)
		backwards.inputs[i].Gap = i%2 == 0
		backwards.inputs[i].Features = []float32{float32(math.NaN()), float32(math.Inf(1))}[:i%3]
	}
	return append(list, backwards)
}

func series(name string, value func(i int) float64) stream {
	s := stream{name: name, inputs: make([]algorithms.Input, samples)}
	for i := range s.inputs {
		s.inputs[i] = algorithms.Input{Timestamp: int64(i) * step, Value: value(i), Gap: i%97 == 96}
	}
	return s
}
