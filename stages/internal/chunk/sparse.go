package chunk

const (
	sparseShift = 8
	sparseSize  = 1 << sparseShift
)

// Sparse is an array of T of which only the parts that were touched hold memory. The zero value is empty and ready.
type Sparse[T any] struct {
	chunks []*[sparseSize]T
}

// Get returns element i, nil when that part was never touched. The pointer stays valid.
func (a *Sparse[T]) Get(i uint32) *T {
	c := i >> sparseShift
	if int(c) >= len(a.chunks) || a.chunks[c] == nil {
		return nil
	}
	return &a.chunks[c][i%sparseSize]
}

// Touch returns element i, zero at first. The caller bounds i: the directory holds eight bytes per 256 elements below it.
func (a *Sparse[T]) Touch(i uint32) *T {
	c := int(i >> sparseShift)
	for c >= len(a.chunks) {
		a.chunks = append(a.chunks, nil)
	}
	if a.chunks[c] == nil {
		a.chunks[c] = new([sparseSize]T)
	}
	return &a.chunks[c][i%sparseSize]
}

// All yields every element that holds memory, in order, untouched neighbours among them.
func (a *Sparse[T]) All(yield func(uint32, *T) bool) {
	for c, part := range a.chunks {
		if part == nil {
			continue
		}
		for i := range part {
			if !yield(uint32(c)<<sparseShift|uint32(i), &part[i]) {
				return
			}
		}
	}
}

// Cap is the number of elements memory is held for.
func (a *Sparse[T]) Cap() int {
	n := 0
	for _, c := range a.chunks {
		if c != nil {
			n += sparseSize
		}
	}
	return n
}
