package forest_test

import (
	"errors"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/forest"
	"eddy/algorithms/lawtest"
)

// tiny is the smallest model there is, so that fuzzing is about its bytes.
func tiny(t testing.TB) algorithms.Model {
	return train(t, map[string]float64{"trees": 10, "samples": 16, "rows": 1000}, smooth(random(1)))
}

func FuzzLoad(f *testing.F) { lawtest.FuzzPayload(f, forest.Algorithm{}, tiny(f)) }

func FuzzScore(f *testing.F) {
	lawtest.FuzzScore(f, tiny(f), algorithms.AppendValues(nil, []float64{100, 5, 1, 1, 1, 50, 0, 1, 2, 3}),
		algorithms.AppendValues(nil, []float64{1e9, 1e308, 1, 1, 1, 50, -1e308, 1e308, -1e308, 3}))
}

func TestForeignFeaturesAreRefused(t *testing.T) {
	t.Parallel()
	m := tiny(t)
	b, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	payload, info, err := algorithms.OpenTrained(forest.Name, forest.Version, b)
	if err != nil {
		t.Fatal(err)
	}
	info.Features = append([]string{"humidity"}, info.Features[1:]...)
	sealed, err := algorithms.SealTrained(info, payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (forest.Algorithm{}).Load(sealed); !errors.Is(err, algorithms.ErrModel) {
		t.Errorf("a model that looks at %v loads: %v", info.Features, err)
	}
}
