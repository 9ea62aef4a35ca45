package isolation

import "math"

// node is a threshold's key, its low four bits replaced by the feature it is held against. A vector goes right when the
// feature's key is greater than the node as a whole. Giving up four of 24 bits moves a threshold by less than a millionth.
type node int32

const (
	featureBits = Width - 1
	// always sends every vector left: it is greater than the key of any finite number.
	always = node(math.MaxInt32 &^ featureBits)
)

// key maps numbers to integers of the same order. Both zeros get the same.
func key(x float32) int32 {
	b := int32(math.Float32bits(x + 0))
	return b ^ b>>31&math.MaxInt32
}

// number is the inverse of key.
func number(k int32) float32 { return math.Float32frombits(uint32(k ^ k>>31&math.MaxInt32)) }

// nodeBetween makes a node of a feature and a threshold that sends least left and most right; there is none between
// numbers that differ in their last bits only.
func nodeBetween(feature int, threshold float32, least, most int32) (node, bool) {
	n := key(threshold)&^featureBits | int32(feature)
	if n >= most {
		n -= Width
	}
	return node(n), least <= n && n < most
}

func (n node) feature() int { return int(n & featureBits) }

// next is the index of the child that the vector goes to: the sign of a difference, not a branch. Only its last 8 bits
// count: the last of eight doublings carries the top bit out of them, and what is left is the leaf.
func (t *tree) next(i uint, x *keys) uint {
	n := t.nodes[i%MaxSamples]
	return 2*i + uint(uint64(int64(n)-int64(x[n&featureBits]))>>63)
}
