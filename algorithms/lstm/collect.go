package lstm

import (
	"context"
	"math"
	"slices"

	"eddy/algorithms"
	"eddy/algorithms/internal/history"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/recurrent"
)

// step is one row of training: what the net sees, and what came after it.
type step struct {
	at     int64 // when it came
	x      [recurrent.Inputs]float32
	target float32 // in spreads, at most 1e6 away
	usable bool    // the profile has settled
	fresh  bool    // the memory is empty before it
	begins bool    // nothing is known of the series before it
}

// run is consecutive steps of one series, the unit that is kept or not.
type run struct {
	order     int64
	continues bool // the run before it, if that is kept
	steps     []step
}

// runLength bounds a run.
const runLength = 512

// collector cuts series into runs as scoring would see them.
type collector struct {
	follow  profile.Profile
	kept    *history.Reservoir[run]
	state   profile.State
	next    step // inputs of the row before
	pending bool // next is filled
	current run
}

// collect keeps at most values[paramRows] steps, in their order.
func collect(ctx context.Context, values []float64, data algorithms.Dataset, random func(int64) int64) ([]step, algorithms.Training, error) {
	c := collector{
		follow: profile.New(values[paramHalfLife]),
		kept:   history.NewReservoir[run](max(2, int(values[paramRows])/runLength), random),
	}
	trained, err := history.Each(ctx, data, c.row)
	c.flush(false)
	return c.steps(), trained, err
}

func (c *collector) row(in *algorithms.Input, isNew bool) {
	if isNew {
		c.flush(false)
		c.state, c.pending = profile.State{}, false
	}
	if !inside(in.Value) {
		return
	}
	view := profile.Look(&c.state)
	if c.pending && !in.Gap {
		s := c.next
		s.at = in.Timestamp
		s.target = float32(max(-1e6, min(1e6, (in.Value-view.Level)/view.Unit)))
		s.usable = view.Count >= settled
		c.current.steps = append(c.current.steps, s)
		if len(c.current.steps) == runLength {
			c.flush(true)
		}
	}
	fresh := !c.pending || in.Gap
	c.follow.Learn(&c.state, view, in.Value, in.Gap)
	view = profile.Look(&c.state)
	c.next, c.pending = step{x: inputs(&view, fresh), fresh: fresh}, true
}

// flush offers the current run and begins another one.
func (c *collector) flush(continues bool) {
	if len(c.current.steps) > 0 {
		if slot := c.kept.Offer(); slot != nil {
			slot.order, slot.continues = c.current.order, c.current.continues
			slot.steps = append(slot.steps[:0], c.current.steps...)
		}
		c.current.order++
	}
	c.current.continues, c.current.steps = continues, c.current.steps[:0]
}

// steps puts the kept runs in order. A run whose predecessor was not kept begins with an empty memory.
func (c *collector) steps() []step {
	runs := c.kept.Kept
	slices.SortFunc(runs, func(a, b run) int { return int(a.order - b.order) })
	var all []step
	last := int64(-2)
	for _, r := range runs {
		first := len(all)
		all = append(all, r.steps...)
		if !r.continues || r.order != last+1 {
			all[first].fresh, all[first].begins = true, true
		}
		last = r.order
	}
	return all
}

func usable(steps []step) int {
	n := 0
	for i := range steps {
		if steps[i].usable {
			n++
		}
	}
	return n
}

// split cuts the steps at a moment into training steps and later ones to check by: nothing of the time to come leaks.
// Where there is no such moment, because all came at once, the last steps are held back.
func split(steps []step) (early, late *recurrent.Tape) {
	times := make([]int64, len(steps))
	for i := range steps {
		times[i] = steps[i].at
	}
	slices.Sort(times)
	cut := times[len(times)*4/5]
	held := func(i int) bool { return steps[i].at > cut }
	if after := len(times) - 1 - lastIndex(times, cut); after < len(times)/20 {
		held = func(i int) bool { return i >= len(steps)*4/5 }
	}
	early, late = new(recurrent.Tape), new(recurrent.Tape)
	for i, s := range steps {
		tape := early
		if held(i) {
			tape = late
		}
		weight := float32(0)
		if s.usable {
			weight = 1
		}
		torn := i == 0 || held(i) != held(i-1)
		tape.Add(s.x, bounded(float64(s.target)), weight, s.fresh || torn)
	}
	return early, late
}

// lastIndex of a value in a sorted list that has it.
func lastIndex(sorted []int64, v int64) int {
	if v == math.MaxInt64 {
		return len(sorted) - 1
	}
	i, _ := slices.BinarySearch(sorted, v+1)
	return i - 1
}

// deviations are the errors on all usable steps in usual errors, as scoring sees them.
func deviations(ctx context.Context, net *recurrent.Net, steps []step, halfLife float64) ([]float64, error) {
	rate := 1 - math.Exp2(-1/halfLife)
	var memory recurrent.State
	var u usual
	var list []float64
	for i := range steps {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		s := &steps[i]
		if s.begins {
			u = usual{}
		}
		if s.fresh {
			memory = recurrent.State{}
		}
		forecast := bounded(float64(net.Step(&memory, &s.x)))
		e := float64(s.target) - float64(forecast)
		if s.usable && u.count >= settled {
			list = append(list, math.Abs(e)/u.sigma())
		}
		u = u.learn(e, rate)
	}
	if len(list) == 0 {
		list = append(list, 1)
	}
	return list, nil
}
