package forest_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/forest"
	"eddy/algorithms/lawtest"
)

// tiny is the smallest model there is, so that fuzzing is about its bytes.
func tiny(t testing.TB) algorithms.Model {
	return train(t, map[string]float64{"trees": 10, "samples": 16, "rows": 1000}, smooth(random(1)))
}

// Payloads are sealed by the test, so that the checksum does not keep the fuzzer from what is behind it.
func FuzzLoad(f *testing.F) {
	m := tiny(f)
	b, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	payload, _, err := algorithms.OpenTrained(forest.Name, forest.Version, b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add(payload[:64])
	f.Add([]byte(nil))
	info := m.Info()
	f.Fuzz(func(t *testing.T, payload []byte) {
		sealed, err := algorithms.SealTrained(info, payload)
		if err != nil {
			t.Fatal(err)
		}
		m, err := forest.Algorithm{}.Load(sealed)
		if err != nil {
			if !errors.Is(err, algorithms.ErrModel) {
				t.Fatalf("error %v is no ErrModel", err)
			}
			return
		}
		if again, err := m.MarshalBinary(); err != nil || string(again) != string(sealed) {
			t.Fatalf("%x loads, but comes back as %x", sealed, again)
		}
		for _, v := range judge(m, 60, func(i int) float64 { return float64(i % 5) }) {
			if err := lawtest.Sane(&v); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzScore feeds any values to any state: even one that no model left behind gives sane verdicts.
func FuzzScore(f *testing.F) {
	m := tiny(f)
	f.Add([]byte(nil), []byte("eight by"))
	f.Add(floats(100, 5, 1, 1, 1, 50, 0, 1, 2, 3), floats(1, math.MaxFloat64, 5e-324))
	f.Add(floats(1e9, 1e308, 1, 1, 1, 50, -1e308, 1e308, -1e308, 3), floats(1, math.Inf(-1), math.NaN()))
	f.Fuzz(func(t *testing.T, words, values []byte) {
		state := make([]float64, m.StateLen())
		for i := range state {
			if len(words) >= 8*(i+1) {
				state[i] = math.Float64frombits(binary.LittleEndian.Uint64(words[8*i:]))
			}
		}
		var v algorithms.Verdict
		for i := 0; i+8 <= len(values); i += 8 {
			x := math.Float64frombits(binary.LittleEndian.Uint64(values[i:]))
			features := []float32{float32(x), math.Float32frombits(binary.LittleEndian.Uint32(values[i:])), 1, 2, 3}
			m.Score(state, &algorithms.Input{Value: x, Gap: values[i]&1 == 1, Features: features[:values[i]%6]}, &v)
			if err := lawtest.Sane(&v); err != nil {
				t.Fatalf("value %v on state %v: %v", x, state, err)
			}
		}
	})
}

func floats(values ...float64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
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
