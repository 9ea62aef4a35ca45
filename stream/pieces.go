package stream

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// pieceSize is how much of a state is held, and stored, at a time.
const pieceSize = 8 << 20

// pieces is a buffer that grows without moving what it holds: a state of hundreds of megabytes is copied once.
type pieces [][]byte

// Write never fails.
func (p *pieces) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		last := len(*p) - 1
		if last < 0 || len((*p)[last]) == pieceSize {
			size := pieceSize
			if last < 0 {
				size = min(pieceSize, 64<<10) // most states are small
			}
			*p = append(*p, make([]byte, 0, size))
			last++
		}
		room := min(pieceSize-len((*p)[last]), len(b))
		(*p)[last] = append((*p)[last], b[:room]...)
		b = b[room:]
	}
	return n, nil
}

func (p pieces) size() (n int) {
	for _, piece := range p {
		n += len(piece)
	}
	return n
}

// seal fills the envelope in front of the state; see snapshot.go.
func (p pieces) seal() {
	h := xxhash.New()
	for i, piece := range p {
		if i == 0 {
			piece = piece[snapshotHeader:]
		}
		_, _ = h.Write(piece)
	}
	copy(p[0], snapshotMagic)
	binary.LittleEndian.PutUint64(p[0][len(snapshotMagic):], h.Sum64())
}
