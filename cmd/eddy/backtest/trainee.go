package backtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"eddy/algorithms"
	"eddy/stages"
)

// trainee is an algorithm that needs training, as a policy of a backtest may name it: without data it gives what judges
// until there is a model.
type trainee struct {
	algorithms.Algorithm
	numbered bool // it takes the number of its detector as a parameter, so that each detector has a model of its own
	untaught func(detector int, params map[string]float64) (algorithms.Model, error)
}

const detectorParameter = "backtest_detector"

func (t trainee) Parameters() []algorithms.Parameter {
	if !t.numbered {
		return t.Algorithm.Parameters()
	}
	return append(slices.Clone(t.Algorithm.Parameters()), algorithms.Parameter{Name: detectorParameter, Max: 1e6, Integer: true})
}

func (t trainee) Train(_ context.Context, params map[string]float64, _ algorithms.Dataset) (algorithms.Model, error) {
	own := maps.Clone(params)
	detector := int(own[detectorParameter])
	delete(own, detectorParameter)
	if _, err := algorithms.Resolve(t.Algorithm.Parameters(), own); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name(), err)
	}
	return t.untaught(detector, own)
}

// needsTraining tells an algorithm that makes no model without data.
func needsTraining(a algorithms.Algorithm) bool {
	_, err := a.Train(context.Background(), nil, nil)
	return errors.Is(err, algorithms.ErrTooLittle)
}

// Trainable returns algorithms as a backtest's configuration may name them: those that need training, too.
func Trainable(all []algorithms.Algorithm) []algorithms.Algorithm {
	list := slices.Clone(all)
	lookup := func(name string) (algorithms.Algorithm, bool) {
		i := slices.IndexFunc(all, func(a algorithms.Algorithm) bool { return a.Name() == name })
		if i < 0 {
			return nil, false
		}
		return all[i], true
	}
	for i, a := range list {
		if needsTraining(a) {
			list[i] = trainee{Algorithm: a, untaught: func(_ int, params map[string]float64) (algorithms.Model, error) {
				return online(lookup, params)
			}}
		}
	}
	return list
}

// online is the model of a detector that has not been trained yet.
func online(catalogue stages.Catalogue, params map[string]float64) (algorithms.Model, error) {
	const name = "ensemble"
	a, ok := catalogue(name)
	if !ok {
		return nil, fmt.Errorf("algorithm %q is not known, and judges until a model is trained", name)
	}
	shared := map[string]float64{}
	if s, ok := params["sensitivity"]; ok { // means the same to both
		shared["sensitivity"] = s
	}
	return a.Train(context.Background(), shared, nil)
}
