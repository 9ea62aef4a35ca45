package algorithms

import (
	"encoding/binary"
	"fmt"
	"math"
)

// AppendValues appends parameter values in the order of their space, little-endian: the payload of a model that holds
// nothing but its settings.
func AppendValues(b []byte, values []float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// ParseValues is the inverse of AppendValues; values outside of their space are refused with ErrModel.
func ParseValues(space []Parameter, payload []byte) ([]float64, error) {
	if len(payload) != 8*len(space) {
		return nil, fmt.Errorf("%w: %d bytes of parameters, want %d", ErrModel, len(payload), 8*len(space))
	}
	values := make([]float64, len(space))
	for i, p := range space {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(payload[8*i:]))
		if err := p.Check(values[i]); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrModel, err)
		}
	}
	return values, nil
}
