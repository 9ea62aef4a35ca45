package matrix

// The gates of an LSTM cell (Hochreiter and Schmidhuber, 1997; with forget gates, Gers et al., 2000), for units at once.
// Gates lie as PyTorch has them, each units long: input, forget, cell, output.

// CellForward turns the sums in gates into activated gates, in place, and makes the next state of the cell c and hidden
// state h of the one before; tanhC is the squashed state, which CellBackward needs. State c may be before itself, and
// tanhC may be h. Units is a multiple of Lanes.
func CellForward(units int, gates, before, c, tanhC, h []float32) {
	gates, before, c, tanhC, h = gates[:4*units], before[:units], c[:units], tanhC[:units], h[:units]
	if fast() && units > 0 {
		cellForward(units, &gates[0], &before[0], &c[0], &tanhC[0], &h[0])
		return
	}
	plainForward(units, gates, before, c, tanhC, h)
}

func plainForward(units int, gates, before, c, tanhC, h []float32) {
	for u := range units {
		in, forget := sigmoid(gates[u]), sigmoid(gates[units+u])
		cell, out := tanh(gates[2*units+u]), sigmoid(gates[3*units+u])
		gates[u], gates[units+u], gates[2*units+u], gates[3*units+u] = in, forget, cell, out
		state := float32(forget*before[u]) + float32(in*cell)
		squashed := tanh(state)
		c[u] = state
		tanhC[u] = squashed
		h[u] = out * squashed
	}
}

// CellBackward turns what CellForward made, and the derivatives of the loss by h and by c, into those by the sums, in d,
// and by the state before, in place of that by c.
func CellBackward(units int, gates, before, tanhC, dh, dc, d []float32) {
	gates, before, tanhC, dh, dc, d = gates[:4*units], before[:units], tanhC[:units], dh[:units], dc[:units], d[:4*units]
	if fast() && units > 0 {
		cellBackward(units, &gates[0], &before[0], &tanhC[0], &dh[0], &dc[0], &d[0])
		return
	}
	plainBackward(units, gates, before, tanhC, dh, dc, d)
}

func plainBackward(units int, gates, before, tanhC, dh, dc, d []float32) {
	for u := range units {
		in, forget, cell, out := gates[u], gates[units+u], gates[2*units+u], gates[3*units+u]
		squashed := tanhC[u]
		state := dc[u] + float32(float32(dh[u]*out)*(1-float32(squashed*squashed)))
		d[u] = float32(state*cell) * float32(in*(1-in))
		d[units+u] = float32(state*before[u]) * float32(forget*(1-forget))
		d[2*units+u] = float32(state*in) * (1 - float32(cell*cell))
		d[3*units+u] = float32(dh[u]*squashed) * float32(out*(1-out))
		dc[u] = state * forget
	}
}

// tanh is a quotient of polynomials fitted to the least relative error, off by at most 4e-7 and never outside [-1, 1].
// The conversions keep compilers from fusing products with sums, so that every machine gets the same bits.
func tanh(x float32) float32 {
	x = max(-tanhLimit, min(tanhLimit, x))
	t := x * x
	p := float32(tanhP6*t) + tanhP5
	p = float32(p*t) + tanhP4
	p = float32(p*t) + tanhP3
	p = float32(p*t) + tanhP2
	p = float32(p*t) + tanhP1
	p = float32(p*t) + 1
	q := float32(tanhQ3*t) + tanhQ2
	q = float32(q*t) + tanhQ1
	q = float32(q*t) + 1
	return float32(p*x) / q
}

// sigmoid is 1/(1+exp(-x)), off by at most 2e-7.
func sigmoid(x float32) float32 { return float32(tanh(x*0.5)*0.5) + 0.5 }

const (
	tanhLimit = 7.9
	tanhP1    = 0.130831614
	tanhP2    = 0.0031030071
	tanhP3    = 1.11443132e-05
	tanhP4    = -2.01841921e-08
	tanhP5    = 5.25788059e-11
	tanhP6    = -8.43628959e-14
	tanhQ1    = 0.464164883
	tanhQ2    = 0.0244914033
	tanhQ3    = 0.000254475919
)
