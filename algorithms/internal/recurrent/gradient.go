package recurrent

import "eddy/algorithms/internal/matrix"

// gradient is the derivatives of the mean loss, in the layout of Net.
type gradient struct {
	gates, out []float32
}

func newGradient(n *Net) *gradient {
	return &gradient{gates: make([]float32, len(n.gates)), out: make([]float32, len(n.out))}
}

// backward fills g with the derivatives of the mean loss of the batch that forward has just seen. They end at the
// batch's first step, which is the truncation.
func (p *pass) backward(b *Lanes, weight float64, g *gradient) {
	clear(g.gates)
	clear(g.out)
	clear(p.dh)
	clear(p.dc)
	if !(weight > 0) {
		return
	}
	p.turn()
	for step := b.Steps - 1; step >= 0; step-- {
		p.output(b, step, float32(1/weight), g)
		p.cells(b, step)
	}
	u, stride := p.net.units, p.net.stride
	k := u + tail
	// The weights' derivatives are one product over all steps, in pieces that stay in the cache.
	const piece = 64
	for at, cells := 0, b.Steps*p.width; at < cells; at += piece {
		n := min(piece, cells-at)
		matrix.AddProduct(k, 4*u, n, p.rows[at*k:], k, true, p.d[at*stride:], stride, g.gates, stride)
	}
}

// turn transposes the weights on hidden units, so that the product with them reads rows.
func (p *pass) turn() {
	u := p.net.units
	for row := range u {
		for column, w := range p.net.gates[row*p.net.stride:][:4*u] {
			p.turned[column*(u+matrix.Pad)+row] = w
		}
	}
}

// output adds a step's errors to the output's derivatives and to those by h.
func (p *pass) output(b *Lanes, step int, scale float32, g *gradient) {
	u := p.net.units
	k := u + tail
	for lane := range p.width {
		at := step*p.width + lane
		if !(b.Weight[at] > 0) {
			continue
		}
		_, slope := huber(p.y[at] - b.Target[at])
		slope *= b.Weight[at] * scale
		out := p.gates[at*4*u+3*u:][:u]
		tanhC, dh := p.tanhC[at*u:][:u], p.dh[lane*u:][:u]
		for i, w := range p.net.out[:u] {
			g.out[i] += float32(slope * float32(out[i]*tanhC[i]))
			dh[i] += float32(slope * w)
		}
		for i, x := range p.rows[at*k+u : (at+1)*k] {
			g.out[u+i] += float32(slope * x)
		}
	}
}

// cells goes back through one step of all lanes.
func (p *pass) cells(b *Lanes, step int) {
	u, stride := p.net.units, p.net.stride
	first := step * p.width
	d := p.d[first*stride : (first+p.width)*stride]
	for lane := range p.width {
		at := (first + lane) * u
		matrix.CellBackward(u, p.gates[4*at:], p.before[at:], p.tanhC[at:], p.dh[lane*u:], p.dc[lane*u:], d[lane*stride:])
	}
	if step == 0 {
		return
	}
	clear(p.dh)
	matrix.AddProduct(p.width, u, 4*u, d, stride, false, p.turned, u+matrix.Pad, p.dh, u)
	for lane := range p.width {
		if b.Fresh[first+lane] { // nothing flows back into another sequence
			clear(p.dh[lane*u : (lane+1)*u])
			clear(p.dc[lane*u : (lane+1)*u])
		}
	}
}
