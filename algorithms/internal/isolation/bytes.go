package isolation

import (
	"encoding/binary"
	"errors"

	"eddy/algorithms/internal/codec"
)

// ErrForest says that bytes are no forest.
var ErrForest = errors.New("not an isolation forest")

// A tree is written from the root down, left before right, 4 bytes each: a split as its node, a leaf as leafMark plus the
// number of rows in it. Everything else follows from these.
const leafMark = int32(always) &^ 0xffff

// Append writes the forest behind b.
func (f *Forest) Append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(f.trees)))
	b = binary.LittleEndian.AppendUint16(b, uint16(f.samples))
	b = append(b, byte(f.dimension))
	for i := range f.trees {
		b = f.append(b, i, 1, 0)
	}
	return b
}

func (f *Forest) append(b []byte, tree, i, level int) []byte {
	t := &f.trees[tree]
	if t.ends(i, level) {
		rows := f.origins[tree].leaves[leftmost(i, level)]
		return binary.LittleEndian.AppendUint32(b, uint32(leafMark)+uint32(rows))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(t.nodes[i]))
	b = f.append(b, tree, 2*i, level+1)
	return f.append(b, tree, 2*i+1, level+1)
}

// Read takes a forest off the reader. Bytes that Append does not write are ErrForest.
func Read(r *codec.Reader) (*Forest, error) {
	trees, samples, dimension := int(r.Uint16()), int(r.Uint16()), int(r.Byte())
	const leastTree = 4 // bytes
	if trees < 1 || trees > MaxTrees || samples < 2 || samples > MaxSamples || dimension < 1 || dimension > Width ||
		r.Left() < leastTree*trees {
		return nil, ErrForest
	}
	f := newForest(trees, dimension, samples)
	l := loader{r: r, depth: depth(samples), dimension: dimension}
	for i := range f.trees {
		l.tree, l.origin = &f.trees[i], &f.origins[i]
		if n := l.read(1, 0); n != samples || l.broken || r.Short() {
			return nil, ErrForest
		}
	}
	return f, nil
}

// loader reads one tree at a time. What is read is bounded by the tree's depth, whatever the bytes say.
type loader struct {
	r                *codec.Reader
	tree             *tree
	origin           *origin
	depth, dimension int
	broken           bool
}

// read makes node i and all below it, and returns how many rows are there.
func (l *loader) read(i, level int) int {
	n := node(int32(l.r.Uint32()))
	if int32(n) >= leafMark {
		rows := int32(n) - leafMark
		l.broken = l.broken || rows < 1 || rows > MaxSamples
		end(l.tree, l.origin, i, level, int(min(rows, MaxSamples)))
		return int(rows)
	}
	if level >= l.depth || n.feature() >= l.dimension {
		l.broken = true
	}
	if l.broken {
		return 0
	}
	rows := l.read(2*i, level+1)
	rows += l.read(2*i+1, level+1)
	l.tree.nodes[i], l.origin.nodes[i] = n, uint16(rows)
	return rows
}
