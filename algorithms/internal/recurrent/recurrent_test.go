package recurrent

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms/internal/codec"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// example is a net and a batch, both at random: two sequences to a lane, and steps without a target.
func example(hidden, width, steps int) (*Net, *Lanes) {
	r := random(uint64(hidden))
	n := New(hidden)
	n.Randomise(r)
	for i := range Inputs + 1 {
		n.out[n.units+i] = float32(r.NormFloat64())
	}
	b := NewLanes(width, steps)
	for i := range b.X {
		b.X[i] = [Inputs]float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())}
		b.Target[i] = float32(2 * r.NormFloat64())
		b.Weight[i] = float32(min(1, r.IntN(4)))
		b.Fresh[i] = i < width || i/width == steps/2+i%2
	}
	return n, b
}

func TestGradientsAreThoseOfFiniteDifferences(t *testing.T) {
	t.Parallel()
	for _, hidden := range []int{8, 13} {
		n, b := example(hidden, 5, 12)
		p, g := newPass(n, b.Width, b.Steps), newGradient(n)
		loss, weight := p.forward(b)
		p.backward(b, weight, g)
		gates, out := widen(n.gates), widen(n.out)
		if want := reference(n, gates, out, b); math.Abs(loss/weight-want) > 1e-5 {
			t.Errorf("%d units: loss %v; the reference has %v", hidden, loss/weight, want)
		}
		check := func(what string, i int, w *float64, got float32) {
			t.Helper()
			const step = 1e-5
			middle := *w
			*w = middle + step
			up := reference(n, gates, out, b)
			*w = middle - step
			down := reference(n, gates, out, b)
			*w = middle
			if want := (up - down) / (2 * step); math.Abs(float64(got)-want) > 1e-5+1e-3*math.Abs(want) {
				t.Errorf("%d units: derivative by %s %d is %v; finite differences give %v", hidden, what, i, got, want)
			}
		}
		for i := range out {
			check("output weight", i, &out[i], g.out[i])
		}
		for i := 0; i < len(gates); i += 7 {
			row, column := i/n.stride, i%n.stride
			if column < 4*n.units && column%n.units < hidden && (row < hidden || row >= n.units) {
				check("gate weight", i, &gates[i], g.gates[i])
			} else if g.gates[i] != 0 {
				t.Errorf("%d units: padding %d has the derivative %v", hidden, i, g.gates[i])
			}
		}
	}
}

// wave is sequences of sines of all phases; the next value is to be foretold.
func wave(r *rand.Rand, sequences, length int) *Tape {
	t := &Tape{}
	for range sequences {
		phase := r.Float64() * 6
		value := func(i int) float32 { return float32(math.Sin(float64(i)/3 + phase)) }
		for i := range length {
			t.Add([Inputs]float32{value(i), value(i) - value(i-1), 1}, value(i+1), 1, i == 0)
		}
	}
	return t
}

func trained(t *testing.T, settings Settings) (*Net, Result) {
	t.Helper()
	n := New(16)
	n.Randomise(random(1))
	result, err := n.Train(t.Context(), wave(random(2), 10, 500), wave(random(3), 3, 300), settings)
	if err != nil {
		t.Fatal(err)
	}
	return n, result
}

func TestItLearnsToForetell(t *testing.T) {
	t.Parallel()
	_, result := trained(t, Settings{Rate: 0.01, Epochs: 30})
	if result.Check > 0.002 { // the last value as a forecast has 0.027
		t.Errorf("%+v; want a loss of at most 0.002 on what it was not trained on", result)
	}
}

func TestTrainingEndsEarlyAndKeepsTheBest(t *testing.T) {
	t.Parallel()
	noise := func(seed uint64) *Tape {
		r, tape := random(seed), &Tape{}
		for i := range 600 {
			tape.Add([Inputs]float32{float32(r.NormFloat64())}, float32(r.NormFloat64()), 1, i == 0)
		}
		return tape
	}
	n := New(32)
	n.Randomise(random(1))
	check := noise(5)
	result, err := n.Train(t.Context(), noise(4), check, Settings{Rate: 0.02, Epochs: 200})
	if err != nil || result.Epochs > 150 {
		t.Fatalf("%+v, %v; want an early end: there is nothing to learn in noise", result, err)
	}
	held := newReel(check)
	if got, err := evaluate(t.Context(), newPass(n, held.lanes.Width, Window), held); err != nil || got != result.Check {
		t.Errorf("the net has loss %v, %v; want that of the best epoch, %v", got, err, result.Check)
	}
}

func TestTrainingIsDeterministic(t *testing.T) {
	t.Parallel()
	one, _ := trained(t, Settings{Rate: 0.01, Epochs: 3})
	two, _ := trained(t, Settings{Rate: 0.01, Epochs: 3})
	if diff := cmp.Diff(one.Append(nil), two.Append(nil)); diff != "" {
		t.Errorf("equal training gives other weights:\n%s", diff)
	}
}

func TestTrainingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(8).Train(ctx, wave(random(1), 1, 100), &Tape{}, Settings{Rate: 0.01, Epochs: 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

func TestStepsAreThoseOfABatch(t *testing.T) {
	t.Parallel()
	n, b := example(20, 1, 50)
	p := newPass(n, 1, 50)
	p.forward(b)
	var s State
	for i := range b.X {
		if b.Fresh[i] {
			s = State{}
		}
		if got := n.Step(&s, &b.X[i]); math.Abs(float64(got-p.y[i])) > 1e-6 {
			t.Fatalf("step %d foretells %v alone, %v in a batch", i, got, p.y[i])
		}
	}
}

func TestBytesRoundTrip(t *testing.T) {
	t.Parallel()
	n, _ := example(13, 1, 1)
	b := n.Append(nil)
	got, err := Read(codec.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]float32{n.gates, n.out}, [][]float32{got.gates, got.out}); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	for _, bad := range [][]byte{nil, {0}, {65}, b[:len(b)-1], append([]byte{8}, make([]byte, 10)...)} {
		if _, err := Read(codec.NewReader(bad)); !errors.Is(err, ErrNet) {
			t.Errorf("%d bytes were read: %v", len(bad), err)
		}
	}
}
