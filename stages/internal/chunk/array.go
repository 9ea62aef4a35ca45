package chunk

const (
	shift = 12
	size  = 1 << shift
	mask  = size - 1
)

// Array is an array of T that grows at its end. The zero value is empty and ready. Keep T free of pointers where the
// array is large: the garbage collector then never looks inside.
type Array[T any] struct {
	chunks [][]T
	length int
}

// Len is the number of elements.
func (a *Array[T]) Len() int { return a.length }

// At returns element i, which must be below Len. The pointer is valid until the next Append or Grow.
func (a *Array[T]) At(i uint32) *T { return &a.chunks[i>>shift][i&mask] }

// Append adds an element and returns its place.
func (a *Array[T]) Append(v T) uint32 {
	i := a.length
	if i>>shift == len(a.chunks) {
		var c []T
		if i > 0 {
			c = make([]T, 0, size) // the first chunk starts small, for there may be thousands of arrays with few rows
		}
		a.chunks = append(a.chunks, c)
	}
	c := &a.chunks[i>>shift]
	*c = append(*c, v)
	a.length++
	return uint32(i)
}

// Grow appends zero elements until Len is at least n.
func (a *Array[T]) Grow(n int) {
	var zero T
	for a.length < n {
		a.Append(zero)
	}
}

// Cap is the number of elements memory is held for.
func (a *Array[T]) Cap() int {
	n := 0
	for _, c := range a.chunks {
		n += cap(c)
	}
	return n
}
