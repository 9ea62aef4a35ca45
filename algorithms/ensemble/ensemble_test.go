package ensemble_test

import (
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/ensemble"
	"eddy/algorithms/lawtest"
)

func train(t testing.TB) algorithms.Model {
	t.Helper()
	m, err := ensemble.Algorithm{}.Train(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLaws(t *testing.T) { lawtest.RunUnbanded(t, ensemble.Algorithm{}, nil) }

func FuzzLoad(f *testing.F) { lawtest.FuzzLoad(f, ensemble.Algorithm{}, train(f)) }

func FuzzScore(f *testing.F) { lawtest.FuzzScore(f, train(f)) }
