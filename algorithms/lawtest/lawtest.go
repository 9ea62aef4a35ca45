package lawtest

import (
	"fmt"
	"sync"
	"testing"

	"eddy/algorithms"
)

// Run checks an algorithm against all laws. Data makes a fresh training set each time it is called, as History does; nil
// is for online algorithms, which train on nothing. It must not be called from a parallel test: allocations are counted.
func Run(t *testing.T, a algorithms.Algorithm, data func() algorithms.Dataset) {
	l := RunUnbanded(t, a, data)
	t.Run("a value at a bound scores a half", l.boundsScoreAHalf)
}

// RunUnbanded checks all laws but one: it is for algorithms that judge more than one value's distance from what was
// expected, so that a value inside the band may score high.
func RunUnbanded(t *testing.T, a algorithms.Algorithm, data func() algorithms.Dataset) laws {
	if data == nil {
		data = func() algorithms.Dataset { return nil }
	}
	l := laws{a: a, data: data, known: &models{}}
	t.Run("score allocates nothing", l.allocatesNothing)
	for _, law := range []struct {
		name string
		f    func(*testing.T)
	}{
		{"the parameter space is sane", l.parametersAreSane},
		{"wrong parameters are refused by name", l.wrongParametersAreRefused},
		{"the limits of the space work", l.limitsWork},
		{"training says how little is too little", l.tooLittleIsRefused},
		{"training ends with its context", l.trainingEndsWithContext},
		{"a model knows what it was trained on", l.knowsItsTraining},
		{"equal training gives equal bytes", l.trainsDeterministically},
		{"training survives any data", l.survivesAnyData},
		{"info identifies the model", l.infoIdentifies},
		{"a model survives its bytes", l.modelSurvivesBytes},
		{"damaged bytes are refused", l.damagedBytesAreRefused},
		{"foreign bytes are refused", l.foreignBytesAreRefused},
		{"verdicts are sane whatever the input", l.verdictsAreSane},
		{"nothing scores before it is ready", l.becomesReady},
		{"a NaN changes nothing", l.nanChangesNothing},
		{"equal input gives equal bits", l.isDeterministic},
		{"a copied state continues the same", l.copyContinues},
		{"only the state is written", l.staysInside},
		{"any number of goroutines may score", l.scoresConcurrently},
	} {
		t.Run(law.name, func(t *testing.T) {
			t.Parallel()
			law.f(t)
		})
	}
	return l
}

type laws struct {
	a     algorithms.Algorithm
	data  func() algorithms.Dataset
	known *models
}

// models are those trained so far. They never change, so the laws share them.
type models struct {
	mu       sync.Mutex
	byParams map[string]algorithms.Model
}

// train fails the test when the parameters are refused. It trains once for equal parameters.
func (l laws) train(t *testing.T, params map[string]float64) algorithms.Model {
	t.Helper()
	key := fmt.Sprint(params) // maps print in the order of their keys
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	if m := l.known.byParams[key]; m != nil {
		return m
	}
	m := l.trainAnew(t, params)
	if l.known.byParams == nil {
		l.known.byParams = map[string]algorithms.Model{}
	}
	l.known.byParams[key] = m
	return m
}

func (l laws) trainAnew(t *testing.T, params map[string]float64) algorithms.Model {
	t.Helper()
	m, err := l.a.Train(t.Context(), params, l.data())
	if err != nil {
		t.Fatalf("Train(%v): %v", params, err)
	}
	return m
}
