package recurrent

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"
)

// What PyTorch's nn.LSTM computes; testdata/golden.py says how it was made.
//
//go:embed testdata/golden.json
var golden []byte

// pytorch is weights in PyTorch's layout: gates input, forget, cell, output by rows.
type pytorch struct {
	Hidden  int
	IH, HH  []float32
	BiasIH  []float32 `json:"bias_ih"`
	BiasHH  []float32 `json:"bias_hh"`
	Out     []float32
	OutBias []float32 `json:"out_bias"`
	X, Y    []float32
}

// net brings the weights into our layout, which is the transposed one.
func (p *pytorch) net() *Net {
	n := New(p.Hidden)
	set := func(row, gate, unit int, w float32) { n.gates[row*n.stride+gate*n.units+unit] = w }
	for gate := range 4 {
		for unit := range p.Hidden {
			from := gate*p.Hidden + unit
			for i := range p.Hidden {
				set(i, gate, unit, p.HH[from*p.Hidden+i])
			}
			for i := range Inputs {
				set(n.units+i, gate, unit, p.IH[from*Inputs+i])
			}
			set(n.units+Inputs, gate, unit, p.BiasIH[from]+p.BiasHH[from])
		}
	}
	copy(n.out, p.Out[:p.Hidden])
	copy(n.out[n.units:], p.Out[p.Hidden:])
	n.out[n.units+Inputs] = p.OutBias[0]
	return n
}

func TestForwardIsThatOfPyTorch(t *testing.T) {
	t.Parallel()
	var p pytorch
	if err := json.Unmarshal(golden, &p); err != nil {
		t.Fatal(err)
	}
	n := p.net()
	lanes := NewLanes(1, len(p.Y))
	var s State
	for i, want := range p.Y {
		lanes.X[i] = [Inputs]float32(p.X[i*Inputs:])
		lanes.Fresh[i] = i == 0
		if got := n.Step(&s, &lanes.X[i]); math.Abs(float64(got-want)) > 2e-5 {
			t.Errorf("step %d foretells %v; PyTorch %v", i, got, want)
		}
	}
	batch := newPass(n, 1, len(p.Y))
	batch.forward(lanes)
	for i, want := range p.Y {
		if got := batch.y[i]; math.Abs(float64(got-want)) > 2e-5 {
			t.Errorf("step %d of a batch foretells %v; PyTorch %v", i, got, want)
		}
	}
}
