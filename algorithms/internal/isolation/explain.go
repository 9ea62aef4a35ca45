package isolation

// Explain adds to shares, by feature, how much each one did to isolate the vector: for every split on its paths the
// bits by which the rows beside it became fewer. An even split gives one bit, one that cuts off 1 row of 256 eight.
func (f *Forest) Explain(x *Vector, shares *[Width]float64) {
	var k keys
	toKeys(&k, x)
	for at := range f.trees {
		t, o := &f.trees[at], &f.origins[at]
		for i, level := 1, 0; !t.ends(i, level); level++ {
			before := o.rows(i)
			feature := t.nodes[i].feature()
			i = int(t.next(uint(i), &k))
			shares[feature] += f.bits[before] - f.bits[o.rows(i)]
		}
	}
}

// rows is how many rows reached node i, counted on into the leaves; at least 1.
func (o *origin) rows(i int) uint16 {
	if i < MaxSamples {
		return o.nodes[i]
	}
	return o.leaves[i-MaxSamples]
}

// leftmost is the leaf where going left from node i of a level ends.
func leftmost(i, level int) int { return i<<(levels-level) - MaxSamples }

// ends tells whether nothing is split at node i any more.
func (t *tree) ends(i, level int) bool { return level == levels || t.nodes[i] == always }
