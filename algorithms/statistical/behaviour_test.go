package statistical_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms"
)

// day is the samples of a day at one each 15 seconds.
const day = 5760

// outcome is what a policy of three abnormal samples to open and five normal ones to resolve makes of a series.
type outcome struct {
	abnormal []int // indexes of samples that score 0.5 and more
	opened   []int // indexes at which an episode opens
	resolved []int
	last     algorithms.Verdict
}

// watch scores n values of a function of the index.
func watch(t *testing.T, n int, value func(i int) float64) (o outcome) {
	t.Helper()
	m := train(t, nil)
	state := make([]float64, m.StateLen())
	bad, good, open := 0, 0, false
	for i := range n {
		m.Score(state, &algorithms.Input{Timestamp: int64(i) * 15_000, Value: value(i)}, &o.last)
		if o.last.Score >= 0.5 {
			o.abnormal = append(o.abnormal, i)
			bad, good = bad+1, 0
		} else {
			bad, good = 0, good+1
		}
		if !open && bad == 3 {
			open, o.opened = true, append(o.opened, i)
		}
		if open && good == 5 {
			open, o.resolved = false, append(o.resolved, i)
		}
	}
	return o
}

// opensOnce expects one episode that opens in [from, to].
func (o outcome) opensOnce(t *testing.T, from, to int) {
	t.Helper()
	if len(o.opened) != 1 || o.opened[0] < from || o.opened[0] > to {
		t.Errorf("episodes open at %v; want one between %d and %d", o.opened, from, to)
	}
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func TestQuietSeriesStayQuiet(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		for _, c := range append(smoothSeries(random(seed)), unevenSeries(random(seed))...) {
			o := watch(t, c.n, c.value)
			if len(o.opened) > 0 || len(o.abnormal) > c.abnormal {
				t.Errorf("%s, seed %d: episodes open at %v, %d samples are abnormal; want none, and at most %d",
					c.name, seed, o.opened, len(o.abnormal), c.abnormal)
			}
		}
	}
}

// quiet is a series in which nothing happens.
type quiet struct {
	name     string
	n        int
	abnormal int // samples that may score 0.5 all the same
	value    func(i int) float64
}

func smoothSeries(r *rand.Rand) []quiet {
	daily := func(i int) float64 { return 1000 + 800*math.Sin(2*math.Pi*float64(i)/day) }
	return []quiet{
		{"constant", 2 * day, 0, func(int) float64 { return 42 }},
		{"Gaussian noise", 100_000, 10, func(int) float64 { return 100 + 5*r.NormFloat64() }},
		{"Gaussian noise around zero", 100_000, 10, func(int) float64 { return 1e-9 * r.NormFloat64() }},
		{"uniform noise", 100_000, 0, func(int) float64 { return r.Float64() }},
		{"daily curve", 14 * day, 0, daily},
		{"daily curve with noise", 14 * day, 20, func(i int) float64 { return daily(i) + 20*r.NormFloat64() }},
		{"steady ramp", 2 * day, 0, func(i int) float64 { return 3 * float64(i) }},
		{"steady ramp with noise", 2 * day, 10, func(i int) float64 { return 3*float64(i) + 5*r.NormFloat64() }},
	}
}

func unevenSeries(r *rand.Rand) []quiet {
	return []quiet{
		{"exponential waiting times", 100_000, 60, func(int) float64 { return r.ExpFloat64() }},
		{"log-normal latency", 100_000, 60, func(int) float64 { return 0.05 * math.Exp(0.5*r.NormFloat64()) }},
		{"small integers", 2 * day, 10, func(int) float64 { return float64(3 + r.IntN(3)) }},
		{"rare errors", 14 * day, 100, func(int) float64 {
			if r.IntN(400) == 0 {
				return float64(1+r.IntN(3)) / 15
			}
			return 0
		}},
		{"one count a minute", 2 * day, 10, func(int) float64 {
			if r.IntN(4) == 0 {
				return 1.0 / 15
			}
			return 0
		}},
		{"job each hour", 14 * day, 250, func(i int) float64 {
			if i%240 < 2 {
				return 50 + r.NormFloat64()
			}
			return 10 + r.NormFloat64()
		}},
	}
}

// A jump of a random walk stays where it went, so now and then one is taken for a small level shift. Measured on four
// million samples of other seeds: one episode, and 14 samples that score 0.5. The limits leave room for chance.
func TestRandomWalkIsRarelyTakenForAShift(t *testing.T) {
	t.Parallel()
	opened, abnormal := 0, 0
	for seed := range uint64(10) {
		r, walk := random(seed), 0.0
		o := watch(t, 100_000, func(int) float64 { walk += r.NormFloat64(); return walk })
		opened, abnormal = opened+len(o.opened), abnormal+len(o.abnormal)
	}
	if opened > 2 || abnormal > 20 {
		t.Errorf("%d episodes and %d abnormal samples in a million; want at most 2 and 20", opened, abnormal)
	}
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	const at = 1000
	for _, c := range []struct {
		name   string
		within int // samples from the fault to the opening
		value  func(r *rand.Rand, i int) float64
	}{
		{"up goes to 0", 2, func(_ *rand.Rand, i int) float64 {
			if i >= at {
				return 0
			}
			return 1
		}},
		{"constant steps by a third", 2, func(_ *rand.Rand, i int) float64 {
			if i >= at {
				return 40
			}
			return 30
		}},
		{"first errors ever", 2, func(r *rand.Rand, i int) float64 {
			if i >= at {
				return 2 + r.Float64()
			}
			return 0
		}},
		{"traffic stops", 2, func(r *rand.Rand, i int) float64 {
			if i >= at {
				return 0
			}
			return 100 + 12*r.NormFloat64()
		}},
		{"latency doubles", 4, func(r *rand.Rand, i int) float64 {
			v := 0.2 + 0.02*r.NormFloat64()
			if i >= at {
				v *= 2
			}
			return v
		}},
		{"outage on a daily curve", 2, func(r *rand.Rand, i int) float64 {
			v := 1000 + 800*math.Sin(2*math.Pi*float64(i)/day) + 20*r.NormFloat64()
			if i >= at {
				v *= 0.3
			}
			return v
		}},
		{"memory leaks two spreads a sample", 10, func(r *rand.Rand, i int) float64 {
			return 500 + 2*r.NormFloat64() + 4*float64(max(0, i-at))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := random(7)
			o := watch(t, at+100, func(i int) float64 { return c.value(r, i) })
			o.opensOnce(t, at+2, at+c.within)
		})
	}
}

func TestFaultsAreFoundMinutesAfterTheStart(t *testing.T) {
	t.Parallel()
	r := random(3)
	o := watch(t, 120, func(i int) float64 {
		if i >= 80 {
			return 0
		}
		return 100 + 5*r.NormFloat64()
	})
	o.opensOnce(t, 82, 82)
}

func TestLevelShiftIsFlaggedThenAdopted(t *testing.T) {
	t.Parallel()
	r := random(1)
	o := watch(t, 2000, func(i int) float64 { return 100 + float64(i/1000)*100 + 2*r.NormFloat64() })
	o.opensOnce(t, 1002, 1002)
	if len(o.resolved) != 1 || o.resolved[0] < 1050 || o.resolved[0] > 1150 {
		t.Errorf("resolved at %v; want once, 50 to 150 samples after the shift", o.resolved)
	}
	if math.Abs(o.last.Expected-200) > 5 {
		t.Errorf("expected %v long after the shift to 200", o.last.Expected)
	}
}

func TestWorseAfterAdoptionIsFlaggedAgain(t *testing.T) {
	t.Parallel()
	r := random(2)
	o := watch(t, 3000, func(i int) float64 { return 100 + float64(i/1000)*100 + 2*r.NormFloat64() })
	if len(o.opened) != 2 {
		t.Errorf("episodes open at %v; want one after each shift", o.opened)
	}
}

func TestSpikeIsFlaggedAndNotLearned(t *testing.T) {
	t.Parallel()
	calm := func(spike float64) outcome {
		r := random(5)
		return watch(t, 1010, func(i int) float64 {
			v := 100 + 2*r.NormFloat64()
			if i == 1000 {
				v += spike
			}
			return v
		})
	}
	without, with := calm(0), calm(1e6)
	if len(with.abnormal) != 1 || with.abnormal[0] != 1000 {
		t.Errorf("abnormal samples at %v; want the spike alone", with.abnormal)
	}
	if math.Abs(with.last.Expected-without.last.Expected) > 2 {
		t.Errorf("expected %v after a spike, %v without it", with.last.Expected, without.last.Expected)
	}
	if wide, narrow := with.last.Upper-with.last.Lower, without.last.Upper-without.last.Lower; wide > 2*narrow {
		t.Errorf("the band is %v wide after a spike, %v without it", wide, narrow)
	}
}

func TestOutageIsNotLearnedWhileItLasts(t *testing.T) {
	t.Parallel()
	r := random(8)
	o := watch(t, 1200, func(i int) float64 {
		if i >= 1000 && i < 1100 {
			return 0
		}
		return 100 + 5*r.NormFloat64()
	})
	o.opensOnce(t, 1002, 1002)
	if len(o.resolved) != 1 || o.resolved[0] < 1100 || o.resolved[0] > 1110 {
		t.Errorf("resolved at %v; want as soon as the outage is over, at 1100", o.resolved)
	}
}

func TestGapForgetsTheLastValueOnly(t *testing.T) {
	t.Parallel()
	m := train(t, nil)
	state := make([]float64, m.StateLen())
	r := random(9)
	walk := 0.0
	var v algorithms.Verdict
	for range 5000 {
		walk += r.NormFloat64()
		m.Score(state, &algorithms.Input{Value: walk}, &v)
	}
	judge := func(gap bool) (v algorithms.Verdict) {
		m.Score(append([]float64(nil), state...), &algorithms.Input{Value: walk + 12, Gap: gap}, &v)
		return v
	}
	if at, after := judge(false).Score, judge(true).Score; at < 0.5 || after >= 0.5 {
		t.Errorf("a jump of 12 steps scores %v at once and %v after a gap; want it abnormal at once only", at, after)
	}
}
