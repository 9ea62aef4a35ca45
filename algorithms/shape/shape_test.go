package shape_test

import (
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/shape"
)

func train(t testing.TB) algorithms.Model {
	t.Helper()
	m, err := shape.Algorithm{}.Train(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLaws(t *testing.T) { lawtest.RunUnbanded(t, shape.Algorithm{}, nil) }

func FuzzLoad(f *testing.F) { lawtest.FuzzLoad(f, shape.Algorithm{}, train(f)) }

func FuzzScore(f *testing.F) { lawtest.FuzzScore(f, train(f)) }
