package scoring

import "eddy/stages"

// bank holds the states of one tenant's series under one model, side by side in large blocks of words.
type bank struct {
	model *stages.Detector // any detector with the model; nil for a bank that is not in force
	words int              // of one state
	parts [][]float64
	used  uint32
	free  []uint32
}

const (
	bankShift = 10
	bankSize  = 1 << bankShift
)

// take returns a slot whose state is zero.
func (b *bank) take() uint32 {
	if n := len(b.free); n > 0 {
		slot := b.free[n-1]
		b.free = b.free[:n-1]
		clear(b.state(slot))
		return slot
	}
	slot := b.used
	b.used++
	part := int(slot >> bankShift)
	if part == len(b.parts) {
		var words []float64
		if part > 0 {
			words = make([]float64, 0, bankSize*b.words) // the first grows: most tenants are small
		}
		b.parts = append(b.parts, words)
	}
	b.parts[part] = append(b.parts[part], make([]float64, b.words)...)
	return slot
}

// give takes a slot back.
func (b *bank) give(slot uint32) { b.free = append(b.free, slot) }

// state returns a slot's words; they move when another slot is taken.
func (b *bank) state(slot uint32) []float64 {
	from := int(slot&(bankSize-1)) * b.words
	return b.parts[slot>>bankShift][from : from+b.words : from+b.words]
}

func (b *bank) bytes() int {
	n := 4 * cap(b.free)
	for _, p := range b.parts {
		n += 8 * cap(p)
	}
	return n
}
