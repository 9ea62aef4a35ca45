package recurrent

// Tape is sequences one after another; see Lanes for the columns.
type Tape struct {
	X      [][Inputs]float32
	Target []float32
	Weight []float32
	Fresh  []bool
}

// Add appends a step.
func (t *Tape) Add(x [Inputs]float32, target, weight float32, fresh bool) {
	t.X = append(t.X, x)
	t.Target = append(t.Target, target)
	t.Weight = append(t.Weight, weight)
	t.Fresh = append(t.Fresh, fresh)
}

// Len is the number of steps.
func (t *Tape) Len() int { return len(t.X) }

const (
	// Window is the steps of a batch, and so what errors are followed back through.
	Window = 64
	// MaxWidth is the most lanes of a batch, leastBatches what an epoch has at least before lanes are added.
	MaxWidth     = 32
	leastWidth   = 4
	leastBatches = 16
)

// reel plays a tape as batches: cut into equal parts, which are the lanes, each played from its begin to its end.
type reel struct {
	tape   *Tape
	length int // of a lane
	lanes  *Lanes
}

func newReel(t *Tape) *reel {
	width := min(MaxWidth, max(leastWidth, t.Len()/(Window*leastBatches)/4*4))
	return &reel{tape: t, length: (t.Len() + width - 1) / width, lanes: NewLanes(width, Window)}
}

// batches is how many make the whole tape.
func (r *reel) batches() int { return (r.length + Window - 1) / Window }

// load fills the lanes with a batch. Where a lane has ended, nothing is to be foretold.
func (r *reel) load(batch int) *Lanes {
	l := r.lanes
	for lane := range l.Width {
		end := min((lane+1)*r.length, r.tape.Len())
		for step := range Window {
			at, from := step*l.Width+lane, lane*r.length+batch*Window+step
			if batch*Window+step >= r.length || from >= end {
				l.X[at], l.Target[at], l.Weight[at], l.Fresh[at] = [Inputs]float32{}, 0, 0, true
				continue
			}
			l.X[at], l.Target[at], l.Weight[at] = r.tape.X[from], r.tape.Target[from], r.tape.Weight[from]
			l.Fresh[at] = r.tape.Fresh[from] || batch == 0 && step == 0
		}
	}
	return l
}
