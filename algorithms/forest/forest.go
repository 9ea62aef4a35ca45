package forest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"eddy/algorithms"
	"eddy/algorithms/internal/history"
	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/tail"
)

// Name is what configuration calls the algorithm; Version changes whenever equal input may give different output.
const (
	Name    = "forest"
	Version = "1"
)

// The parameters, in the order of the space.
const (
	paramTrees = iota
	paramSamples
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

// Name returns "forest".
func (Algorithm) Name() string { return Name }

// Parameters returns the space.
func (Algorithm) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		paramTrees: {
			Name: "trees", Default: 100, Min: 10, Max: 500, Integer: true, Log: true,
			Help: "trees in the forest: more of them give steadier scores at proportional cost",
		},
		paramSamples: {
			Name: "samples", Default: isolation.MaxSamples, Min: 16, Max: isolation.MaxSamples, Integer: true, Log: true,
			Help: "rows each tree is grown from: fewer keep clusters of anomalies from hiding each other",
		},
		paramHalfLife: {
			Name: "half_life", Default: 60, Min: 8, Max: 100000, Log: true,
			Help: "samples after which a value has lost half its weight in a series' level and spread",
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
			Name: "rows", Default: 100000, Min: 1000, Max: 1000000, Integer: true, Log: true,
			Help: "rows kept in memory for training, a random choice of those given; 64 bytes each",
		},
		paramSeed: {
			Name: "seed", Default: 1, Min: 0, Max: 1 << 31, Integer: true,
			Help: "of the random choices: equal seeds and data give equal models",
		},
	}
}

// Train grows a forest from data: at least LeastRows rows behind the first 32 of each series, else ErrTooLittle.
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
	seed := uint64(values[paramSeed])
	rows, trained, err := collect(ctx, values, data, rand.New(rand.NewPCG(seed, 0xf0e57)))
	if err != nil {
		return nil, err
	}
	if err := history.Need(LeastRows, len(rows)); err != nil {
		return nil, err
	}
	grown, err := isolation.Grow(ctx, rows, dimension, int(values[paramTrees]), int(values[paramSamples]), seed)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(rows))
	grown.ScoreAll(scores, rows)
	shape := tail.Fit(scores, leastShapeScale, true)
	t := tails{shape: shape}
	for i := range rows {
		scores[i] = float64(rows[i][levelSlot])
	}
	t.level = tail.Fit(scores, leastDeviationScale, false)
	for i := range rows {
		scores[i] = float64(rows[i][changeSlot])
	}
	t.change = tail.Fit(scores, leastDeviationScale, false)
	return newModel(values, grown, t, trained)
}

// tails are the distributions in training of the forest's score, of the residual in spreads and of the change in steps.
type tails struct{ shape, level, change tail.Tail }

const (
	// The forest's score is between 0 and 1, with a few hundredths of excess over the 98 % quantile.
	leastShapeScale = 0.01
	// A Gaussian residual has 0.15 of the threshold.
	leastDeviationScale = 0.12

	// These slots of a training vector, where the forest does not look, are residual and change before they are squashed.
	levelSlot  = isolation.Width - 1
	changeSlot = isolation.Width - 2
)

// collect chooses vectors of at most values[paramRows] rows at random.
func collect(ctx context.Context, values []float64, data algorithms.Dataset, random *rand.Rand) ([]isolation.Vector, algorithms.Training, error) {
	kept := history.NewReservoir[isolation.Vector](int(values[paramRows]), random.Int64N)
	follow, at := profile.New(values[paramHalfLife]), findColumns()
	var state profile.State
	trained, err := history.Each(ctx, data, func(in *algorithms.Input, isNew bool) {
		if isNew {
			state = profile.State{}
		}
		if !inside(in.Value) {
			return
		}
		view := profile.Look(&state)
		if view.Count >= settled {
			if row := kept.Offer(); row != nil {
				last := view.Recall(in.Value, in.Gap)
				*row = at.vector(&view, &last, in.Value, in.Features)
				row[levelSlot] = float32(deviation(&view, in.Value-view.Level, view.Unit))
				row[changeSlot] = float32(deviation(&view, in.Value-last[0], view.Step))
			}
		}
		follow.Learn(&state, view, in.Value, in.Gap)
	})
	return kept.Kept, trained, err
}
