package isolation

import "math"

// leaf walks one vector down.
func (t *tree) leaf(x *keys) uint32 {
	i := uint(1)
	for range levels {
		i = t.next(i, x)
	}
	return t.at(i)
}

// Score is 2^(-E(h)/c(n)): near 1 for a vector that is isolated at once, below 0.5 for one in the crowd.
func (f *Forest) Score(x *Vector) float64 {
	var k keys
	toKeys(&k, x)
	var sum uint32
	trees := f.trees
	for ; len(trees) >= 8; trees = trees[8:] {
		sum += eightTrees((*[8]tree)(trees), &k)
	}
	for i := range trees {
		sum += trees[i].leaf(&k)
	}
	return f.score(sum)
}

func (f *Forest) score(sum uint32) float64 { return math.Exp2(f.exponent * float64(sum)) }

func toKeys(k *keys, x *Vector) {
	for i, v := range x {
		k[i] = key(v)
	}
}

// eightTrees sums the depth of a vector in eight trees, which are walked in step: what one waits for, another does.
func eightTrees(t *[8]tree, x *keys) uint32 {
	i, j, k, l, m, n, o, p := uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1)
	for range levels {
		i = t[0].next(i, x)
		j = t[1].next(j, x)
		k = t[2].next(k, x)
		l = t[3].next(l, x)
		m = t[4].next(m, x)
		n = t[5].next(n, x)
		o = t[6].next(o, x)
		p = t[7].next(p, x)
	}
	return t[0].at(i) + t[1].at(j) + t[2].at(k) + t[3].at(l) + t[4].at(m) + t[5].at(n) + t[6].at(o) + t[7].at(p)
}

// at is the depth of the leaf where a walk ended.
func (t *tree) at(i uint) uint32 { return uint32(t.leaves[i%MaxSamples]) }

// block is how many vectors go through a tree before the next one is fetched: both stay in the first-level cache.
const block = 64

// ScoreAll scores rows into dst, which must be as long; the scores are those of Score, bit for bit.
func (f *Forest) ScoreAll(dst []float64, rows []Vector) {
	var sums [block]uint32
	var k [block]keys
	for len(rows) > 0 {
		n := min(block, len(rows))
		clear(sums[:])
		for i := range rows[:n] {
			toKeys(&k[i], &rows[i])
		}
		for i := range f.trees {
			f.trees[i].addDepths(&sums, k[:n])
		}
		for i, sum := range sums[:n] {
			dst[i] = f.score(sum)
		}
		dst, rows = dst[n:], rows[n:]
	}
}

// addDepths adds each row's depth to its sum, eight rows in step.
func (t *tree) addDepths(sums *[block]uint32, rows []keys) {
	at := 0
	for ; at+8 <= len(rows); at += 8 {
		x, out := (*[8]keys)(rows[at:]), (*[8]uint32)(sums[at:])
		i, j, k, l, m, n, o, p := uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1), uint(1)
		for range levels {
			i = t.next(i, &x[0])
			j = t.next(j, &x[1])
			k = t.next(k, &x[2])
			l = t.next(l, &x[3])
			m = t.next(m, &x[4])
			n = t.next(n, &x[5])
			o = t.next(o, &x[6])
			p = t.next(p, &x[7])
		}
		out[0] += t.at(i)
		out[1] += t.at(j)
		out[2] += t.at(k)
		out[3] += t.at(l)
		out[4] += t.at(m)
		out[5] += t.at(n)
		out[6] += t.at(o)
		out[7] += t.at(p)
	}
	for ; at < len(rows); at++ {
		sums[at] += t.leaf(&rows[at])
	}
}
