package intern

import "math/bits"

// index is an open-addressing hash table from hashes to refs. It grows a little with every insertion: while it does,
// what was there stays findable in the old slots and moves over in small steps, so no insertion ever stalls.
type index struct {
	now    slots
	old    slots
	moved  int // slots of old that have moved
	filled int // slots of now that are taken or were
	live   int // refs in the index
}

// slots is a power of two of slots: 0 empty, 1 removed, otherwise hash<<32 | ref+2.
type slots []uint64

const (
	emptySlot   = 0
	removedSlot = 1
	refShift    = 2

	minSlots    = 8
	moveAtOnce  = 8
	maxFill     = 3 // of 4
	maxFillBase = 4
)

func (s slots) mask() uint32 { return uint32(len(s) - 1) }

func (x *index) size() int { return 8 * (len(x.now) + len(x.old)) }

func (x *index) insert(hash, ref uint32) {
	if (x.filled+1)*maxFillBase > len(x.now)*maxFill {
		x.finish()
		x.grow()
	}
	x.put(hash, ref)
	x.live++
	x.move(moveAtOnce)
}

// grow starts a larger table, or one of the same size when removed slots are what fills it.
func (x *index) grow() {
	n := max(minSlots, 1<<bits.Len(uint(x.live*2)))
	x.old, x.now, x.moved, x.filled = x.now, make(slots, n), 0, 0
}

// move takes n slots of the old table over.
func (x *index) move(n int) {
	if x.old == nil {
		return
	}
	for end := min(x.moved+n, len(x.old)); x.moved < end; x.moved++ {
		if s := x.old[x.moved]; s > removedSlot {
			x.put(uint32(s>>32), uint32(s)-refShift)
			x.old[x.moved] = removedSlot // still in the way of a probe, as it must be
		}
	}
	if x.moved == len(x.old) {
		x.old = nil
	}
}

func (x *index) finish() { x.move(len(x.old)) }

func (x *index) put(hash, ref uint32) {
	mask := x.now.mask()
	i := hash & mask
	for x.now[i] != emptySlot {
		i = (i + 1) & mask
	}
	x.now[i] = uint64(hash)<<32 | uint64(ref+refShift)
	x.filled++
}

func (x *index) remove(hash, ref uint32) {
	want := uint64(hash)<<32 | uint64(ref+refShift)
	for _, s := range [2]slots{x.now, x.old} {
		if len(s) == 0 {
			continue
		}
		mask := s.mask()
		for i := hash & mask; s[i] != emptySlot; i = (i + 1) & mask {
			if s[i] == want {
				s[i] = removedSlot
				x.live--
				return
			}
		}
	}
}

// probe walks the refs whose hash is hash.
func (x *index) probe(hash uint32) prober {
	p := prober{hash: hash, slots: x.now, then: x.old}
	p.at = hash & p.slots.mask()
	return p
}

type prober struct {
	slots, then slots
	hash, at    uint32
}

func (p *prober) next() (ref uint32, ok bool) {
	for {
		if len(p.slots) > 0 {
			mask := p.slots.mask()
			for s := p.slots[p.at]; s != emptySlot; s = p.slots[p.at] {
				p.at = (p.at + 1) & mask
				if uint32(s>>32) == p.hash && s > removedSlot && uint32(s) >= refShift {
					return uint32(s) - refShift, true
				}
			}
		}
		if len(p.then) == 0 {
			return 0, false
		}
		p.slots, p.then = p.then, nil
		p.at = p.hash & p.slots.mask()
	}
}
