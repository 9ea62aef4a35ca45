package intern

import (
	"encoding/binary"
	"math/bits"
)

// Arena stores byte strings in large blocks without pointers and re-uses the room of freed ones. The zero value is
// empty and ready.
//
// Room is given out in size classes: multiples of 16 up to 1 KiB, above that eighths of powers of two. A freed room
// holds the place of the next free one of its class in its first eight bytes, so the lists cost nothing.
type Arena struct {
	blocks [][]byte
	free   []uint64 // by class: place+1 of the newest freed room, 0 when there is none
	size   int
}

// Span says where a string lies.
type Span struct {
	at     uint64 // block number, offset in it
	length uint32
}

// Len is the length of the string.
func (s Span) Len() int { return int(s.length) }

const (
	granule   = 16
	fineLimit = 1 << 10
	minBlock  = 1 << 10
	maxBlock  = 1 << 20
)

// MaxKey is the longest string an Arena takes, in bytes. It is above every message a broker carries.
const MaxKey = 1 << 28

// Put copies b in, at most MaxKey bytes.
func (a *Arena) Put(b []byte) Span {
	class, room := sizeClass(len(b))
	s := Span{at: a.take(class, room), length: uint32(len(b))}
	copy(a.room(s.at, len(b)), b)
	return s
}

// Get returns the string of a span that has not been freed. It must not be changed and is valid until Free.
func (a *Arena) Get(s Span) []byte { return a.room(s.at, int(s.length)) }

// Free gives the room of a span back.
func (a *Arena) Free(s Span) {
	class, _ := sizeClass(int(s.length))
	for len(a.free) <= class {
		a.free = append(a.free, 0)
	}
	binary.LittleEndian.PutUint64(a.room(s.at, 8), a.free[class])
	a.free[class] = s.at + 1
}

// Size is the number of bytes held.
func (a *Arena) Size() int { return a.size + 8*cap(a.free) + 24*cap(a.blocks) }

func (a *Arena) room(at uint64, n int) []byte {
	block, from := at>>32, int(uint32(at))
	return a.blocks[block][from : from+n : from+n]
}

// take finds room: a freed one of the class, the end of the newest block, or a new block.
func (a *Arena) take(class, room int) uint64 {
	if class < len(a.free) && a.free[class] != 0 {
		at := a.free[class] - 1
		a.free[class] = binary.LittleEndian.Uint64(a.room(at, 8))
		return at
	}
	last := len(a.blocks) - 1
	if last < 0 || cap(a.blocks[last])-len(a.blocks[last]) < room {
		// Blocks double from small to large: thousands of tenants with few series each must stay cheap.
		n := max(min(max(a.size, minBlock), maxBlock), room)
		a.blocks = append(a.blocks, make([]byte, 0, n))
		a.size += n
		last++
	}
	from := len(a.blocks[last])
	a.blocks[last] = a.blocks[last][:from+room]
	return uint64(last)<<32 | uint64(from)
}

// sizeClass returns the class of strings of n bytes and the room they get.
func sizeClass(n int) (class, room int) {
	if n <= fineLimit {
		class = max(n-1, 0) / granule
		return class, (class + 1) * granule
	}
	// Eighths between 2^p and 2^(p+1): at most 12 % are wasted.
	p := bits.Len(uint(n-1)) - 1
	step := 1 << (p - 3)
	k := (n - 1 - 1<<p) / step // 0..7
	return fineLimit/granule + (p-10)*8 + k, 1<<p + (k+1)*step
}
