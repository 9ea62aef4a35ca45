package recurrent

import (
	"context"
	"math"
	"slices"
)

// Settings of training.
type Settings struct {
	Rate   float64 // of Adam
	Epochs int     // at most
}

const (
	// patience is how many epochs without a better loss on the held-back steps end training.
	patience = 5
	// gradientLimit is the length a gradient is clipped to.
	gradientLimit = 1
)

// Result says how training went: the mean losses per foretold step of the best epoch, and how many epochs there were.
type Result struct {
	Train, Check float64
	Epochs       int
}

// Train fits the net to a tape and keeps the weights that did best on another one, which should be later in time. It
// ends early when that gets no better. Equal arguments give equal weights. The only error is the context's.
func (n *Net) Train(ctx context.Context, train, check *Tape, s Settings) (Result, error) {
	t := NewTrainer(n, train, s.Rate)
	held := newReel(check)
	heldPass := newPass(n, held.lanes.Width, Window)
	best := Result{Check: math.Inf(1)}
	gates, out := slices.Clone(n.gates), slices.Clone(n.out)
	for since := 0; best.Epochs < s.Epochs && since < patience; since++ {
		loss, err := t.Epoch(ctx)
		if err != nil {
			return best, err
		}
		best.Epochs++
		now, err := evaluate(ctx, heldPass, held)
		if err != nil {
			return best, err
		}
		if now < best.Check {
			best.Train, best.Check = loss, now
			copy(gates, n.gates)
			copy(out, n.out)
			since = -1
		}
	}
	copy(n.gates, gates)
	copy(n.out, out)
	return best, nil
}

// Trainer fits a net to a tape, one epoch after another.
type Trainer struct {
	net      *Net
	reel     *reel
	pass     *pass
	gradient *gradient
	adam     *adam
}

// NewTrainer makes one; rate is Adam's.
func NewTrainer(n *Net, tape *Tape, rate float64) *Trainer {
	r := newReel(tape)
	return &Trainer{net: n, reel: r, pass: newPass(n, r.lanes.Width, Window), gradient: newGradient(n), adam: newAdam(n, rate)}
}

// Epoch goes through the tape once and returns the mean loss. The only error is the context's.
func (t *Trainer) Epoch(ctx context.Context) (float64, error) {
	loss, weight := 0.0, 0.0
	for batch := range t.reel.batches() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		lanes := t.reel.load(batch)
		l, w := t.pass.forward(lanes)
		t.pass.backward(lanes, w, t.gradient)
		t.adam.apply(t.net, t.gradient, gradientLimit)
		loss, weight = loss+l, weight+w
	}
	return loss / max(1, weight), nil
}

func evaluate(ctx context.Context, p *pass, r *reel) (float64, error) {
	loss, weight := 0.0, 0.0
	for batch := range r.batches() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		l, w := p.forward(r.load(batch))
		loss, weight = loss+l, weight+w
	}
	return loss / max(1, weight), nil
}
