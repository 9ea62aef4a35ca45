package recurrent

import (
	"errors"
	"math"

	"eddy/algorithms/internal/codec"
)

// ErrNet says that bytes are no net.
var ErrNet = errors.New("not the weights of an LSTM")

// largestWeight keeps every sum finite, whatever the inputs within largestWeight of 0.
const largestWeight = 1e4

// Append writes the weights behind b, padding left out.
func (n *Net) Append(b []byte) []byte {
	b = append(b, byte(n.hidden))
	n.each(func(w *float32) { b = codec.AppendFloat32(b, *w) })
	return b
}

// each visits the weights of the units asked for, in order.
func (n *Net) each(visit func(w *float32)) {
	for row := range n.units + tail {
		if row >= n.hidden && row < n.units {
			continue
		}
		for gate := range 4 {
			for unit := range n.hidden {
				visit(&n.gates[row*n.stride+gate*n.units+unit])
			}
		}
		visit(&n.out[row])
	}
}

// Sane tells whether every weight can be computed with.
func (n *Net) Sane() bool {
	sane := true
	n.each(func(w *float32) { sane = sane && math.Abs(float64(*w)) <= largestWeight })
	return sane
}

// Read takes a net off the reader; bytes that Append does not write are ErrNet.
func Read(r *codec.Reader) (*Net, error) {
	hidden := int(r.Byte())
	if hidden < 1 || hidden > MaxHidden {
		return nil, ErrNet
	}
	n := New(hidden)
	n.each(func(w *float32) { *w = r.Float32() })
	if r.Short() || !n.Sane() {
		return nil, ErrNet
	}
	return n, nil
}
