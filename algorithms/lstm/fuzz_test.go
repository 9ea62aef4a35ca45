package lstm_test

import (
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/lstm"
)

// tiny is the smallest model there is, so that fuzzing is about its bytes.
func tiny(t testing.TB) algorithms.Model {
	return train(t, map[string]float64{"hidden": 8, "epochs": 1, "rows": 1000}, wave(random(1)))
}

func FuzzLoad(f *testing.F) { lawtest.FuzzPayload(f, lstm.Algorithm{}, tiny(f)) }

func FuzzScore(f *testing.F) {
	// A memory of NaNs and infinities: words of all ones, and of the pattern 0x7f800000 twice.
	odd := algorithms.AppendValues(nil, []float64{100, 5, 1, 1, 1, 50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 50})
	odd = append(odd, 0, 0, 0x80, 0x7f, 0, 0, 0x80, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0)
	lawtest.FuzzScore(f, tiny(f), odd)
}
