package chunk

import (
	"slices"
	"testing"
)

func TestArray(t *testing.T) {
	t.Parallel()
	var a Array[int]
	for i := range 3*size + 5 {
		if at := a.Append(i * 7); at != uint32(i) {
			t.Fatalf("element %d was put at %d", i, at)
		}
	}
	for i := range a.Len() {
		if got := *a.At(uint32(i)); got != i*7 {
			t.Fatalf("element %d is %d", i, got)
		}
	}
	a.Grow(4 * size)
	if a.Len() != 4*size || *a.At(4*size - 1) != 0 {
		t.Fatalf("grown to %d, last %d; want %d, 0", a.Len(), *a.At(uint32(a.Len() - 1)), 4*size)
	}
	if a.Grow(1); a.Len() != 4*size {
		t.Fatal("Grow must never shrink")
	}
}

func TestSmallArrayStaysSmall(t *testing.T) {
	t.Parallel()
	var a Array[int]
	a.Append(1)
	if a.Cap() > 8 {
		t.Fatalf("one element holds memory for %d", a.Cap())
	}
}

func TestSparse(t *testing.T) {
	t.Parallel()
	var a Sparse[int]
	if a.Get(5) != nil || a.Get(1<<31) != nil {
		t.Fatal("an empty array has elements")
	}
	want := []uint32{0, 7, sparseSize - 1, 5 * sparseSize, 1 << 20}
	for _, i := range want {
		*a.Touch(i) = int(i) + 1
	}
	if a.Get(2*sparseSize) != nil || *a.Get(1) != 0 {
		t.Fatal("an untouched part holds memory, or an untouched element is not zero")
	}
	var got []uint32
	for i, v := range a.All {
		if *v != 0 {
			got = append(got, i)
			if *v != int(i)+1 || a.Get(i) != v {
				t.Fatalf("element %d is %d", i, *v)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("All yields %v; want %v", got, want)
	}
	if a.Cap() != 3*sparseSize {
		t.Fatalf("memory for %d elements", a.Cap())
	}
}
