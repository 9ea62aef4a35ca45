// Package codec writes and reads the numbers of model payloads, little-endian. Reading past the end is remembered, not
// reported at each step, so that a loader checks once.
package codec

import (
	"encoding/binary"
	"math"
)

// Reader takes numbers off the front of bytes. After the first that is missing every one is zero, and Done is false.
type Reader struct {
	rest  []byte
	short bool
}

// NewReader reads b, which it does not copy.
func NewReader(b []byte) *Reader { return &Reader{rest: b} }

// Done tells whether every byte was read and none was missing.
func (r *Reader) Done() bool { return !r.short && len(r.rest) == 0 }

// Short tells whether a byte was missing.
func (r *Reader) Short() bool { return r.short }

// Left is how many bytes are still to be read.
func (r *Reader) Left() int { return len(r.rest) }

func (r *Reader) take(n int) []byte {
	if len(r.rest) < n {
		r.short, r.rest = true, nil
		return make([]byte, 8)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// Byte reads one byte.
func (r *Reader) Byte() byte { return r.take(1)[0] }

// Uint16 reads two bytes.
func (r *Reader) Uint16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }

// Uint32 reads four bytes.
func (r *Reader) Uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

// Float32 reads four bytes.
func (r *Reader) Float32() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
}

// Float64 reads eight bytes.
func (r *Reader) Float64() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
}

// AppendFloat32 writes four bytes.
func AppendFloat32(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

// AppendFloat64 writes eight bytes.
func AppendFloat64(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

// Finite tells whether v is neither NaN nor infinite.
func Finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }
