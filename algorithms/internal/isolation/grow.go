package isolation

import (
	"context"
	"math/bits"
	"math/rand/v2"
)

// Grow fits trees on rows, each on a random choice of at most samples of them, looking at the first dimension features.
// Equal arguments give an equal forest. There must be 2 rows; samples is 2 to MaxSamples, dimension 1 to Width, trees 1
// to MaxTrees. The only error is the context's.
func Grow(ctx context.Context, rows []Vector, dimension, trees, samples int, seed uint64) (*Forest, error) {
	samples = min(samples, len(rows))
	order := make([]int32, len(rows))
	for i := range order {
		order[i] = int32(i)
	}
	f := newForest(trees, dimension, samples)
	g := grower{depth: depth(samples), columns: make([][MaxSamples]int32, dimension)}
	for i := range f.trees {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g.random = rand.New(rand.NewPCG(seed, uint64(i)))
		g.tree, g.origin = &f.trees[i], &f.origins[i]
		g.choose(rows, order, samples)
		g.grow(1, 0, g.order[:samples])
	}
	return f, nil
}

// depth is where splitting ends: the logarithm of the samples, rounded up.
func depth(samples int) int { return bits.Len(uint(samples - 1)) }

// grower grows one tree at a time. Columns are the chosen rows turned on their side, so that a range is one sweep.
type grower struct {
	random  *rand.Rand
	tree    *tree
	origin  *origin
	depth   int
	columns [][MaxSamples]int32
	order   [MaxSamples]uint8 // rows, grouped by the node they are in
}

// choose draws rows without replacement: the first steps of a shuffle, which need not start from an ordered deck.
func (g *grower) choose(rows []Vector, order []int32, samples int) {
	for i := range samples {
		j := i + g.random.IntN(len(order)-i)
		order[i], order[j] = order[j], order[i]
		g.order[i] = uint8(i)
		for c := range g.columns {
			g.columns[c][i] = key(rows[order[i]][c])
		}
	}
}

// grow makes node i of the rows, and all below it.
func (g *grower) grow(i, level int, rows []uint8) {
	if level < g.depth && len(rows) > 1 {
		if n, ok := g.split(rows); ok {
			left := g.part(rows, n)
			g.tree.nodes[i], g.origin.nodes[i] = n, uint16(len(rows))
			g.grow(2*i, level+1, rows[:left])
			g.grow(2*i+1, level+1, rows[left:])
			return
		}
	}
	end(g.tree, g.origin, i, level, len(rows))
}

// end makes a leaf of n rows at node i: what follows goes left until it is deep enough.
func end(t *tree, o *origin, i, level, n int) {
	leaf := leftmost(i, level)
	t.leaves[leaf] = uint16(float64((float64(level)+expectedDepth(n))*depthUnits) + 0.5)
	o.leaves[leaf] = uint16(n)
	for ; level < levels; level++ {
		t.nodes[i], o.nodes[i] = always, uint16(n)
		i *= 2
	}
}

// split draws a feature that is not constant among the rows, and a threshold between its least and its greatest. It
// tells whether there was one.
func (g *grower) split(rows []uint8) (node, bool) {
	var left [Width]uint8
	n := len(g.columns)
	for i := range left[:n] {
		left[i] = uint8(i)
	}
	for ; n > 0; n-- {
		pick := g.random.IntN(n)
		feature := int(left[pick])
		left[pick] = left[n-1]
		column := &g.columns[feature]
		least, most := column[rows[0]], column[rows[0]]
		for _, r := range rows[1:] {
			least, most = min(least, column[r]), max(most, column[r])
		}
		if least == most {
			continue
		}
		low, high := float64(number(least)), float64(number(most))
		threshold := low + float64(g.random.Float64()*(high-low))
		if made, ok := nodeBetween(feature, float32(threshold), least, most); ok {
			return made, true
		}
	}
	return 0, false
}

// part groups rows by the side they go to, and returns how many go left.
func (g *grower) part(rows []uint8, n node) int {
	column := &g.columns[n.feature()]
	left := 0
	for i, r := range rows {
		if column[r] <= int32(n) {
			rows[i], rows[left] = rows[left], r
			left++
		}
	}
	return left
}
