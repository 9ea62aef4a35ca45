package scoring

import (
	"math"

	"eddy/algorithms"
	"eddy/stages/internal/snap"
)

// toggle is what is remembered of a series that is a state, 0 or 1. Such a series has no level to be off from; what can
// be odd is a change, or how long it lasts. Both are judged by what the series itself used to do:
//
//	left for the first time ─────────────────► as rare as it was long in that state
//	left now and then ───────────────────────► less so with the square of the times, and with a short stay before
//	in a state for far longer than usual ────► as rare as that is longer
//	back, or there for as long as elsewhere ─► normal
//
// So a target that goes down is found with the first sample, and one that goes up and down all day is reported a few
// times and then no more, until it stays down.
type toggle struct {
	held  [2]uint32 // rows in each state
	left  [2]uint32 // how often each has been left
	stay  uint32    // rows since the newest change
	odds  float32   // how rare the newest change was, in rows; 0 when all is normal
	state int8      // 1 + the present state, 0 before the first row
}

const (
	toggleHalf   = 20     // rows that score half: an abnormal row
	toggleNormal = 2_000  // rows after which any state is normal
	toggleMemory = 40_000 // rows looked back on, a week at 15 s
	toggleRarer  = 4      // how much rarer a state must be for a change to it to be odd
	toggleStay   = 2      // weight of a stay against the usual one: ten times as long scores half
)

// judge judges a row and learns it.
func (x *toggle) judge(value float64, v *algorithms.Verdict) {
	now := int8(0)
	if value != 0 {
		now = 1
	}
	switch before := x.state - 1; {
	case x.state == 0:
		x.state = now + 1
	case before != now:
		rare := x.leave(before)
		if x.odds > 0 || x.held[now] > x.held[before]/toggleRarer { // this is the way back
			rare = 0
		}
		x.odds = rare
		x.state, x.stay = now+1, 0
	}
	x.learn(now)
	*v = algorithms.Verdict{Ready: true, Expected: float64(now)}
	odds := max(x.odds, x.lasting(now))
	if x.stay > min(x.held[1-now], toggleNormal) {
		x.odds, odds = 0, 0
	}
	if odds > 0 {
		v.Score, v.Expected = float64(odds)/(float64(odds)+toggleHalf), float64(1-now)
	}
	v.Lower, v.Upper = v.Expected, v.Expected
}

// leave notes that a state is left and returns how rare that is.
func (x *toggle) leave(state int8) float32 {
	times := float32(1 + x.left[state])
	x.left[state]++
	return min(float32(x.stay), float32(x.held[state])/(times*times))
}

// lasting is how odd it is to be in the rarer state for so long.
func (x *toggle) lasting(now int8) float32 {
	if x.left[now] == 0 || x.held[now] >= x.held[1-now] {
		return 0
	}
	usual := float32(x.held[now]-min(x.stay, x.held[now]))/float32(x.left[now]) + 1
	if odds := toggleStay * float32(x.stay) / usual; odds >= toggleHalf {
		return odds
	}
	return 0
}

func (x *toggle) learn(now int8) {
	x.held[now]++
	x.stay = min(x.stay+1, toggleMemory)
	if x.held[0]+x.held[1] > toggleMemory {
		for i := range x.held {
			x.held[i] /= 2
			x.left[i] /= 2
		}
	}
}

func (x *toggle) save(w *snap.Writer) {
	for _, v := range [...]uint32{x.held[0], x.held[1], x.left[0], x.left[1], x.stay} {
		w.Uvarint(uint64(v))
	}
	w.F32(x.odds)
	w.Byte(byte(x.state))
}

func (x *toggle) load(r *snap.Reader) {
	for _, v := range [...]*uint32{&x.held[0], &x.held[1], &x.left[0], &x.left[1], &x.stay} {
		*v = uint32(r.Count(math.MaxUint32 / 4))
	}
	x.odds = r.F32()
	if x.state = int8(r.Byte()); x.state < 0 || x.state > 2 || !(x.odds >= 0 && x.odds <= math.MaxUint32) {
		r.Fail("a state of %d, rare as %v", x.state, x.odds)
	}
}
