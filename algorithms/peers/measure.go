package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"time"

	"eddy/algorithms"
	"eddy/algorithms/catalogue"
	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/recurrent"
	"eddy/algorithms/lawtest"
)

const (
	trees   = 100
	samples = 256
	seeds   = 10
	epochs  = 10
)

// measure does on our side what peers.py does on the other.
func measure(d data) (times, error) {
	t := times{}
	if err := measureForest(d, t); err != nil {
		return nil, err
	}
	for _, hidden := range []int{32, 64} {
		if err := measureLSTM(d, hidden, t); err != nil {
			return nil, err
		}
	}
	for _, v := range []struct {
		key, algorithm string
		params         map[string]float64
	}{
		{"forest p99", "forest", nil},
		{"lstm 32 p99", "lstm", map[string]float64{"hidden": 32, "epochs": 1}},
		{"lstm 64 p99", "lstm", map[string]float64{"hidden": 64, "epochs": 1}},
	} {
		p99, err := slowest(v.algorithm, v.params)
		if err != nil {
			return nil, err
		}
		t[v.key] = p99
	}
	return t, nil
}

func measureForest(d data, t times) error {
	ctx := context.Background()
	var f *isolation.Forest
	var err error
	t["fit"] = fastest(5, 1, func() { f, err = isolation.Grow(ctx, d.rows, dimension, trees, samples, 0) })
	if err != nil {
		return err
	}
	scores := make([]float64, rows)
	t["score"] = fastest(3, rows, func() { f.ScoreAll(scores, d.rows) })
	t["score one"] = fastest(5, 1000, func() {
		for i := range 1000 {
			scores[i] = f.Score(&d.rows[i])
		}
	})
	for seed := range uint64(seeds) {
		g, err := isolation.Grow(ctx, d.rows[:labelled], dimension, trees, samples, seed)
		if err != nil {
			return err
		}
		g.ScoreAll(scores[:labelled], d.rows[:labelled])
		t["auc"] += rocAUC(scores[:labelled]) / seeds
	}
	return nil
}

func measureLSTM(d data, hidden int, t times) error {
	ctx := context.Background()
	net := recurrent.New(hidden)
	net.Randomise(rand.New(rand.NewPCG(1, 1)))
	var s recurrent.State
	t[fmt.Sprint("step ", hidden)] = fastest(5, 5000, func() {
		for i := range 5000 {
			net.Step(&s, &d.tape.X[i])
		}
	})
	trainer := recurrent.NewTrainer(net, d.tape, 1e-3)
	var loss float64
	var err error
	t[fmt.Sprint("epoch ", hidden)] = fastest(epochs, 1, func() {
		if err == nil {
			loss, err = trainer.Epoch(ctx)
		}
	})
	t[fmt.Sprint("loss ", hidden)] = loss
	return err
}

// fastest is the least processor time of some runs, in nanoseconds a piece of work. Processor time, as on the other side,
// because what else the machine does would otherwise be counted.
func fastest(runs, pieces int, work func()) float64 {
	best := int64(math.MaxInt64)
	for range runs {
		begin := processorTime()
		work()
		best = min(best, processorTime()-begin)
	}
	return float64(best) / float64(pieces)
}

// processorTime is what this process has used of processors, in nanoseconds.
func processorTime() int64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err) // the kernel knows only one reason: a wrong first argument
	}
	return use.Utime.Nano() + use.Stime.Nano()
}

// slowest is the time that 99 in 100 verdicts of an algorithm take at most, on a thousand series in turn.
func slowest(algorithm string, params map[string]float64) (float64, error) {
	a, _ := catalogue.Lookup(algorithm)
	m, err := a.Train(context.Background(), params, lawtest.History())
	if err != nil {
		return 0, err
	}
	const series, verdicts = 1000, 100_000
	states := make([]float64, series*m.StateLen())
	r := rand.New(rand.NewPCG(5, 5))
	took := make([]time.Duration, 0, verdicts)
	var in algorithms.Input
	var v algorithms.Verdict
	for i := range verdicts {
		at := i % series * m.StateLen()
		in.Timestamp, in.Value = int64(i), 100+5*r.NormFloat64()
		begin := time.Now()
		m.Score(states[at:at+m.StateLen()], &in, &v)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return float64(took[verdicts*99/100].Nanoseconds()), nil
}

// rocAUC is the share of pairs in which the anomaly scores higher than the other one.
func rocAUC(scores []float64) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if scores[a] < scores[b] {
			return -1
		}
		return 1
	})
	pairs, normal, anomalies := 0.0, 0.0, 0.0
	for _, i := range order {
		if anomaly(i) {
			anomalies++
			pairs += normal
		} else {
			normal++
		}
	}
	return pairs / (normal * anomalies)
}
