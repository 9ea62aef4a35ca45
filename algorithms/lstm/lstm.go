package lstm

import (
	"context"
	"fmt"
	"math/rand/v2"

	"eddy/algorithms"
	"eddy/algorithms/internal/history"
	"eddy/algorithms/internal/recurrent"
	"eddy/algorithms/internal/tail"
)

// Name is what configuration calls the algorithm; Version changes whenever equal input may give different output.
const (
	Name    = "lstm"
	Version = "1"
)

// The parameters, in the order of the space.
const (
	paramHidden = iota
	paramEpochs
	paramRate
	paramHalfLife
	paramWarmup
	paramSensitivity
	paramRows
	paramSeed
	paramCount
)

// LeastRows is how many rows behind their series' first settled samples Train needs.
const (
	LeastRows = 512
	settled   = 32
)

// Algorithm makes models; the zero value is ready to use.
type Algorithm struct{}

var _ algorithms.Algorithm = Algorithm{}

// Name returns "lstm".
func (Algorithm) Name() string { return Name }

// Parameters returns the space.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		paramHidden: {
			Name: "hidden", Default: 32, Min: 8, Max: recurrent.MaxHidden, Integer: true, Log: true,
			Help: "units of the layer; 8 bytes of state a series for each",
		},
		paramEpochs: {
			Name: "epochs", Default: 30, Min: 1, Max: 200, Integer: true, Log: true,
			Help: "passes over the training rows at most; training ends earlier when the last fifth in time gets no better",
		},
		paramRate: {
			Name: "learning_rate", Default: 0.005, Min: 0.0001, Max: 0.1, Log: true,
			Help: "step of the optimiser",
		},
		paramHalfLife: {
			Name: "half_life", Default: 60, Min: 8, Max: 100000, Log: true,
			Help: "samples after which a value has lost half its weight in a series' level, spread and usual error",
		},
		paramWarmup: {
			Name: "warmup", Default: settled, Min: 16, Max: 10000, Integer: true, Log: true,
			Help: "samples of a series to learn from before the first verdict",
		},
		paramSensitivity: {
			Name: "sensitivity", Default: 1, Min: 0.1, Max: 10, Log: true,
			Help: "factor on the decades of rarity: 2 reports what is half as rare on that scale",
		},
		paramRows: {
			Name: "rows", Default: 200000, Min: 1000, Max: 1000000, Integer: true, Log: true,
			Help: "rows kept in memory for training, a random choice of runs of them; about 60 bytes each",
		},
		paramSeed: {
			Name: "seed", Default: 1, Min: 0, Max: 1 << 31, Integer: true,
			Help: "of the random choices: equal seeds and data give equal models",
		},
	}
}

// Train fits a net to data: at least LeastRows rows behind the first 32 of each series, else ErrTooLittle.
func (a Algorithm) Train(ctx context.Context, params map[string]float64, data algorithms.Dataset) (algorithms.Model, error) {
	values, err := algorithms.Resolve(a.Parameters(), params)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	m, err := train(ctx, values, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	return m, nil
}

func train(ctx context.Context, values []float64, data algorithms.Dataset) (*Model, error) {
	random := rand.New(rand.NewPCG(uint64(values[paramSeed]), 0x1572))
	steps, trained, err := collect(ctx, values, data, random.Int64N)
	if err != nil {
		return nil, err
	}
	if err := history.Need(LeastRows, usable(steps)); err != nil {
		return nil, err
	}
	net := recurrent.New(int(values[paramHidden]))
	net.Randomise(random)
	early, late := split(steps)
	settings := recurrent.Settings{Rate: values[paramRate], Epochs: int(values[paramEpochs])}
	if _, err := net.Train(ctx, early, late, settings); err != nil {
		return nil, err
	}
	if !net.Sane() {
		return nil, fmt.Errorf("training diverged: choose a learning_rate below %v", values[paramRate])
	}
	deviations, err := deviations(ctx, net, steps, values[paramHalfLife])
	if err != nil {
		return nil, err
	}
	return newModel(values, net, tail.Fit(deviations, leastScale, false), trained)
}

// leastScale of the deviations' tail: a Gaussian one has 0.15 of the threshold.
const leastScale = 0.12
