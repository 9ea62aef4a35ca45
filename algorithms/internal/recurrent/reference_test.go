package recurrent

import "math"

// reference is the mean loss of a batch in float64 with the exact functions, written as in a textbook: what the fast
// code is held against. Weights are n.gates and n.out, as float64.
func reference(n *Net, gates, out []float64, b *Lanes) float64 {
	u := n.units
	loss, weight := 0.0, 0.0
	for lane := range b.Width {
		h, c := make([]float64, u), make([]float64, u)
		for step := range b.Steps {
			at := step*b.Width + lane
			if b.Fresh[at] {
				clear(h)
				clear(c)
			}
			x := b.X[at]
			row := append(append([]float64(nil), h...), float64(x[0]), float64(x[1]), float64(x[2]), 1)
			sum := func(gate, unit int) float64 {
				z := 0.0
				for i, v := range row {
					z += v * gates[i*n.stride+gate*u+unit]
				}
				return z
			}
			next := make([]float64, u)
			for unit := range u {
				in, forget, out := logistic(sum(0, unit)), logistic(sum(1, unit)), logistic(sum(3, unit))
				c[unit] = forget*c[unit] + in*math.Tanh(sum(2, unit))
				next[unit] = out * math.Tanh(c[unit])
			}
			h = next
			copy(row, h)
			y := 0.0
			for i, v := range row {
				y += v * out[i]
			}
			if w := float64(b.Weight[at]); w > 0 {
				loss += w * huber64(y-float64(b.Target[at]))
				weight += w
			}
		}
	}
	return loss / weight
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func huber64(e float64) float64 {
	if e = math.Abs(e); e > 1 {
		return e - 0.5
	}
	return e * e / 2
}

func widen(list []float32) []float64 {
	wide := make([]float64, len(list))
	for i, v := range list {
		wide[i] = float64(v)
	}
	return wide
}
