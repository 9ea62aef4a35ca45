package recurrent

import "eddy/algorithms/internal/matrix"

// Lanes is a batch: sequences that go through the net side by side, one step of all of them after another.
type Lanes struct {
	Width, Steps int
	// X is Inputs numbers, and Target, Weight and Fresh one, for step*Width + lane. Weight 0 says that there is nothing
	// to foretell, Fresh that a new sequence begins: the memory is 0 before that step.
	X      [][Inputs]float32
	Target []float32
	Weight []float32
	Fresh  []bool
}

// NewLanes makes room for a batch.
func NewLanes(width, steps int) *Lanes {
	n := width * steps
	return &Lanes{
		Width: width, Steps: steps, X: make([][Inputs]float32, n),
		Target: make([]float32, n), Weight: make([]float32, n), Fresh: make([]bool, n),
	}
}

// pass is the memory of one forward and backward pass; it is reused.
type pass struct {
	net    *Net
	width  int
	rows   []float32 // steps x width x (units+tail): what each step multiplies, its first part the h before it
	gates  []float32 // steps x width x 4*units, activated
	before []float32 // steps x width x units: the c before each step
	tanhC  []float32 // steps x width x units
	h, c   []float32 // width x units: where the last step ended, and the next batch goes on
	y      []float32 // steps x width: forecasts

	d      []float32 // steps x width x the net's stride: derivatives by the gates' sums
	dh, dc []float32 // width x units
	turned []float32 // the gates' weights on hidden units, transposed: 4*units rows of units and a pad
}

func newPass(n *Net, width, steps int) *pass {
	cells, u := width*steps, n.units
	floats := func(n int) []float32 { return make([]float32, n) }
	return &pass{
		net: n, width: width,
		rows: floats(cells * (u + tail)), gates: floats(cells * 4 * u), before: floats(cells * u), tanhC: floats(cells * u),
		h: floats(width * u), c: floats(width * u), y: floats(cells),
		d: floats(cells * n.stride), dh: floats(width * u), dc: floats(width * u), turned: floats(4 * u * (u + matrix.Pad)),
	}
}

// forward foretells every step, from where the last batch ended, and returns the summed loss and weight.
func (p *pass) forward(b *Lanes) (loss, weight float64) {
	for step := range b.Steps {
		p.step(b, step)
		for at := step * b.Width; at < (step+1)*b.Width; at++ {
			if w := b.Weight[at]; w > 0 {
				l, _ := huber(p.y[at] - b.Target[at])
				loss += float64(float64(w) * l)
				weight += float64(w)
			}
		}
	}
	return loss, weight
}

// step carries all lanes one step on.
func (p *pass) step(b *Lanes, step int) {
	u := p.net.units
	k := u + tail
	first := step * p.width
	rows := p.rows[first*k : (first+p.width)*k]
	gates := p.gates[first*4*u : (first+p.width)*4*u]
	before := p.before[first*u : (first+p.width)*u]
	for lane := range p.width {
		row, old := rows[lane*k:(lane+1)*k], before[lane*u:(lane+1)*u]
		if b.Fresh[first+lane] {
			clear(row[:u])
			clear(old)
		} else {
			copy(row, p.h[lane*u:(lane+1)*u])
			copy(old, p.c[lane*u:(lane+1)*u])
		}
		copy(row[u:], b.X[first+lane][:])
		row[u+Inputs] = 1
	}
	clear(gates)
	matrix.AddProduct(p.width, 4*u, k, rows, k, false, p.net.gates, p.net.stride, gates, 4*u)
	for lane := range p.width {
		at := lane * u
		h := p.h[at : at+u]
		matrix.CellForward(u, gates[4*at:], before[at:], p.c[at:], p.tanhC[first*u+at:], h)
		p.y[first+lane] = dot(p.net.out[:u], h) + dot(p.net.out[u:], rows[lane*k+u:(lane+1)*k])
	}
}

// huber is Huber's loss, quadratic up to 1 and linear beyond, so that outliers do not lead; and its derivative.
func huber(e float32) (loss float64, slope float32) {
	switch {
	case e > 1:
		return float64(e) - 0.5, 1
	case e < -1:
		return -float64(e) - 0.5, -1
	}
	return float64(e) * float64(e) / 2, e
}
