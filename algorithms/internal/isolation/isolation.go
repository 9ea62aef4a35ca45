// Package isolation is the isolation forest of Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008), on plain vectors: it
// knows neither time nor series.
//
// Every tree is laid out as if it were full: 8 levels, the children of node i at 2i and 2i+1, and 256 leaves. Where a
// path ends early its last node is followed by ones that always go left. So a walk is eight steps without a branch that
// could be mispredicted and without a pointer; a node is 4 bytes, a tree 1.5 KB, and eight walks run beside each other.
package isolation

import "math"

const (
	// Width is the most features a vector may have; unused ones are 0.
	Width = 16
	// MaxSamples is the most rows a tree is grown from; it bounds the depth, which is its logarithm.
	MaxSamples = 1 << levels
	// MaxTrees bounds a forest: the sum of so many depths fits 32 bits.
	MaxTrees = 10_000

	levels = 8
)

// Vector is one row. Every number must be finite.
type Vector = [Width]float32

// keys are a vector's numbers as integers of the same order.
type keys = [Width]int32

// tree: node 0 is unused, the root is 1. Leaves hold the depth plus the expected depth of what is not split further, in
// depthUnits, so that sums are exact in any order.
type tree struct {
	nodes  [MaxSamples]node
	leaves [MaxSamples]uint16
}

const depthUnits = 2048

// origin is what growing knew of a tree and scoring does not need: the rows that reached a node, and a leaf.
type origin struct {
	nodes  [MaxSamples]uint16
	leaves [MaxSamples]uint16
}

// Forest scores vectors; it never changes, so any number of goroutines may.
type Forest struct {
	trees     []tree
	origins   []origin
	dimension int
	samples   int
	bits      [MaxSamples + 1]float64 // logarithms of row numbers
	exponent  float64                 // of the score, per unit of summed depth: -1 / (trees * c(samples) * depthUnits)
}

func newForest(trees, dimension, samples int) *Forest {
	f := &Forest{trees: make([]tree, trees), origins: make([]origin, trees), dimension: dimension, samples: samples}
	f.exponent = -1 / (float64(trees) * expectedDepth(samples) * depthUnits)
	for n := range f.bits {
		f.bits[n] = math.Log2(float64(max(1, n)))
	}
	return f
}

// Dimension is how many features of a vector the trees may look at.
func (f *Forest) Dimension() int { return f.dimension }

// expectedDepth is c(n), the mean depth of an unsuccessful search in a binary search tree of n rows.
func expectedDepth(n int) float64 {
	switch {
	case n <= 1:
		return 0
	case n == 2:
		return 1
	}
	const eulerGamma = 0.57721566490153286
	m := float64(n - 1)
	return 2*(math.Log(m)+eulerGamma) - 2*m/float64(n)
}
