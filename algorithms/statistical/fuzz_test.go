package statistical_test

import (
	"testing"

	"eddy/algorithms/lawtest"
	"eddy/algorithms/statistical"
)

func FuzzLoad(f *testing.F) { lawtest.FuzzLoad(f, statistical.Algorithm{}, train(f, nil)) }

func FuzzScore(f *testing.F) { lawtest.FuzzScore(f, train(f, nil)) }
