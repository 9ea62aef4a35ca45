// Package recurrent is a forecaster of one LSTM layer (Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; forget
// gates after Gers et al., 2000) and a linear output that sees the layer and its input: one number is foretold from all
// inputs so far. It knows neither metrics nor time.
//
// It is trained by truncated backpropagation through time on many lanes at once, with Adam (Kingma and Ba, 2015), and
// applied one step at a time.
package recurrent

import (
	"math"
	"math/rand/v2"

	"eddy/algorithms/internal/matrix"
)

const (
	// Inputs is how many numbers a step takes.
	Inputs = 3
	// MaxHidden bounds the layer.
	MaxHidden = 64

	// tail is what follows the hidden units in a row of the matrix: the inputs, and a one for the bias.
	tail = Inputs + 1
)

// Net is the weights. Hidden units are padded with ones that stay 0, to a multiple of matrix.Lanes.
type Net struct {
	hidden int // as asked for
	units  int // as padded
	stride int // of a row of gates
	// gates is (units + tail) rows by 4*units columns, columns in PyTorch's order: input, forget, cell, output.
	gates []float32
	// out is units + tail weights of the output.
	out []float32
}

// New returns a net of zero weights; hidden is 1 to MaxHidden.
func New(hidden int) *Net {
	units := (hidden + matrix.Lanes - 1) / matrix.Lanes * matrix.Lanes
	stride := 4*units + matrix.Pad
	return &Net{
		hidden: hidden, units: units, stride: stride,
		gates: make([]float32, (units+tail)*stride), out: make([]float32, units+tail),
	}
}

// Randomise draws weights as PyTorch does, uniform within 1/sqrt(hidden), but starts with gates that remember.
func (n *Net) Randomise(r *rand.Rand) {
	bound := 1 / math.Sqrt(float64(n.hidden))
	for unit := range n.hidden {
		for row := range n.units + tail {
			if row >= n.hidden && row < n.units {
				continue
			}
			for gate := range 4 {
				n.gates[row*n.stride+gate*n.units+unit] = float32((float64(2*r.Float64()) - 1) * bound)
			}
		}
		n.gates[(n.units+Inputs)*n.stride+n.units+unit] = 1
		n.out[unit] = float32((float64(2*r.Float64()) - 1) * bound)
	}
	for i := range tail {
		n.out[n.units+i] = float32((float64(2*r.Float64()) - 1) * bound)
	}
}

// Hidden is the number of hidden units.
func (n *Net) Hidden() int { return n.hidden }

// State is the memory of one sequence: what the layer says, and what it keeps. Only the first Hidden of each are used.
type State struct {
	H, C [MaxHidden]float32
}

// Step takes the next input into the state and returns the forecast of what comes after it.
func (n *Net) Step(s *State, x *[Inputs]float32) float32 {
	var row [MaxHidden + tail]float32
	var gates [4 * MaxHidden]float32
	u := n.units
	copy(row[:u], s.H[:u])
	copy(row[u:], x[:])
	row[u+Inputs] = 1
	matrix.AddVectorProduct(row[:u+tail], n.gates, n.stride, gates[:4*u])
	matrix.CellForward(u, gates[:4*u], s.C[:u], s.C[:u], s.H[:u], s.H[:u])
	copy(row[:u], s.H[:u])
	return dot(n.out, row[:u+tail])
}

// dot sums in order, without fusing, so that it is the same number everywhere.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var sum [4]float32
	for len(a) >= 4 && len(b) >= 4 { // lengths are multiples of four
		sum[0] += float32(a[0] * b[0])
		sum[1] += float32(a[1] * b[1])
		sum[2] += float32(a[2] * b[2])
		sum[3] += float32(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	return (sum[0] + sum[1]) + (sum[2] + sum[3])
}
