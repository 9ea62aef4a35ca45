package lawtest

import (
	"math"
	"sync"
	"testing"

	"eddy/algorithms"
)

// track is the verdicts and the final state of one run over a stream, as bits.
type track struct {
	verdicts []uint64
	state    []uint64
}

// run scores inputs from a state on, which it changes.
func run(m algorithms.Model, state []float64, inputs []algorithms.Input) (tr track) {
	var v algorithms.Verdict
	for i := range inputs {
		in := inputs[i]
		m.Score(state, &in, &v)
		ready := uint64(0)
		if v.Ready {
			ready = 1
		}
		tr.verdicts = append(tr.verdicts, ready, math.Float64bits(v.Score), math.Float64bits(v.Expected),
			math.Float64bits(v.Lower), math.Float64bits(v.Upper))
		for _, c := range v.Contributions {
			tr.verdicts = append(tr.verdicts, uint64(math.Float32bits(c)))
		}
	}
	for _, w := range state {
		tr.state = append(tr.state, math.Float64bits(w))
	}
	return tr
}

// differs tells where two tracks part, "" when they are equal.
func (tr track) differs(other track) string {
	if len(tr.verdicts) != len(other.verdicts) || len(tr.state) != len(other.state) {
		return "lengths"
	}
	for i := range tr.verdicts {
		if tr.verdicts[i] != other.verdicts[i] {
			return "verdicts"
		}
	}
	for i := range tr.state {
		if tr.state[i] != other.state[i] {
			return "state"
		}
	}
	return ""
}

func fresh(m algorithms.Model) []float64 { return make([]float64, m.StateLen()) }

func (l laws) isDeterministic(t *testing.T) {
	one, two := l.train(t, nil), l.trainAnew(t, nil)
	for _, s := range streams() {
		a := run(one, fresh(one), s.inputs)
		if d := a.differs(run(one, fresh(one), s.inputs)); d != "" {
			t.Errorf("%s: %s of the same model differ", s.name, d)
		}
		if d := a.differs(run(two, fresh(two), s.inputs)); d != "" {
			t.Errorf("%s: %s of a model trained alike differ", s.name, d)
		}
	}
}

func (l laws) copyContinues(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range streams() {
		for _, cut := range []int{1, 7, 16, 33, samples / 2, samples - 1} {
			whole := fresh(m)
			run(m, whole, s.inputs[:cut])
			copied := append([]float64(nil), whole...)
			if d := run(m, whole, s.inputs[cut:]).differs(run(m, copied, s.inputs[cut:])); d != "" {
				t.Errorf("%s: %s differ after a copy at sample %d", s.name, d, cut)
			}
		}
	}
}

func (l laws) nanChangesNothing(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range ordinary() {
		state := fresh(m)
		for i := range s.inputs {
			before := append([]float64(nil), state...)
			nan := s.inputs[i]
			nan.Value = math.NaN()
			var v algorithms.Verdict
			m.Score(state, &nan, &v)
			for w := range state {
				if math.Float64bits(state[w]) != math.Float64bits(before[w]) {
					t.Fatalf("%s, sample %d: a NaN changed word %d", s.name, i, w)
				}
			}
			if v.Ready {
				t.Fatalf("%s, sample %d: ready to judge a NaN", s.name, i)
			}
			m.Score(state, &s.inputs[i], &v)
		}
	}
}

func (l laws) staysInside(t *testing.T) {
	const guard = 8
	m := l.train(t, nil)
	n := m.StateLen()
	if n < 1 || n > 256 {
		t.Fatalf("a series needs %d words; 1 to 256 are allowed, 2 KB", n)
	}
	for _, s := range streams() {
		words := make([]float64, guard+n+guard)
		sentinel := math.Float64frombits(0x7ff8dead00c0ffee)
		for i := range words {
			if i < guard || i >= guard+n {
				words[i] = sentinel
			}
		}
		run(m, words[guard:guard+n], s.inputs) // the capacity reaches into the guard on purpose
		for i, w := range words {
			if (i < guard || i >= guard+n) && math.Float64bits(w) != math.Float64bits(sentinel) {
				t.Errorf("%s: word %d of a state of %d was written", s.name, i-guard, n)
			}
		}
	}
}

func (l laws) scoresConcurrently(t *testing.T) {
	m := l.train(t, nil)
	all := streams()
	var wg sync.WaitGroup
	for range 2 {
		for _, s := range all {
			want := run(m, fresh(m), s.inputs)
			wg.Go(func() {
				if d := run(m, fresh(m), s.inputs).differs(want); d != "" {
					t.Errorf("%s: %s differ beside other goroutines", s.name, d)
				}
			})
		}
	}
	wg.Wait()
}

func (l laws) allocatesNothing(t *testing.T) {
	m := l.train(t, nil)
	for _, s := range streams() {
		state := fresh(m)
		var v algorithms.Verdict
		// The number is per run over the whole stream, so one allocation anywhere shows.
		if n := testing.AllocsPerRun(3, func() {
			for i := range s.inputs {
				m.Score(state, &s.inputs[i], &v)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations in %d samples", s.name, n, len(s.inputs))
		}
	}
}
