package seasonal_test

import (
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/seasonal"
)

func train(t testing.TB) algorithms.Model {
	t.Helper()
	m, err := seasonal.Algorithm{}.Train(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestLaws(t *testing.T) { lawtest.Run(t, seasonal.Algorithm{}, nil) }

func FuzzLoad(f *testing.F) { lawtest.FuzzLoad(f, seasonal.Algorithm{}, train(f)) }

func FuzzScore(f *testing.F) { lawtest.FuzzScore(f, train(f)) }
