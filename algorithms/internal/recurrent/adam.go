package recurrent

import "math"

// adam is the optimiser of Kingma and Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015).
type adam struct {
	rate          float64
	steps         int
	first, second gradient
}

const (
	adamFirst   = 0.9
	adamSecond  = 0.999
	adamEpsilon = 1e-8
)

func newAdam(n *Net, rate float64) *adam {
	return &adam{rate: rate, first: *newGradient(n), second: *newGradient(n)}
}

// apply moves the net against the gradient, whose length is first clipped to limit (Pascanu et al., "On the Difficulty
// of Training Recurrent Neural Networks", 2013).
func (a *adam) apply(n *Net, g *gradient, limit float64) {
	length := math.Sqrt(squares(g.gates) + squares(g.out))
	if !(length <= math.MaxFloat32) {
		return // a step that overflowed teaches nothing
	}
	scale := float32(1)
	if length > limit {
		scale = float32(limit / length)
	}
	a.steps++
	unbias1 := 1 - math.Pow(adamFirst, float64(a.steps))
	unbias2 := 1 - math.Pow(adamSecond, float64(a.steps))
	rate := float32(a.rate * math.Sqrt(unbias2) / unbias1)
	epsilon := float32(adamEpsilon * math.Sqrt(unbias2))
	move(n.gates, g.gates, a.first.gates, a.second.gates, scale, rate, epsilon)
	move(n.out, g.out, a.first.out, a.second.out, scale, rate, epsilon)
}

func squares(list []float32) float64 {
	var sum [4]float64
	for ; len(list) >= 4; list = list[4:] { // lengths are multiples of four
		sum[0] += float64(float64(list[0]) * float64(list[0]))
		sum[1] += float64(float64(list[1]) * float64(list[1]))
		sum[2] += float64(float64(list[2]) * float64(list[2]))
		sum[3] += float64(float64(list[3]) * float64(list[3]))
	}
	return sum[0] + sum[1] + sum[2] + sum[3]
}

func move(weights, g, first, second []float32, scale, rate, epsilon float32) {
	g, first, second = g[:len(weights)], first[:len(weights)], second[:len(weights)]
	for i := range weights {
		d := g[i] * scale
		m := float32(adamFirst*first[i]) + float32((1-adamFirst)*d)
		v := float32(adamSecond*second[i]) + float32((1-adamSecond)*float32(d*d))
		first[i], second[i] = m, v
		weights[i] -= float32(rate*m) / (float32(math.Sqrt(float64(v))) + epsilon)
	}
}
