package statistical_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/statistical"
)

func FuzzLoad(f *testing.F) {
	b, err := train(f, nil).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, payload := range [][]byte{nil, make([]byte, 32), b[:32]} {
		sealed, err := algorithms.Seal(statistical.Name, statistical.Version, payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := statistical.Algorithm{}.Load(data)
		if err != nil {
			if !errors.Is(err, algorithms.ErrModel) {
				t.Fatalf("error %v is no ErrModel", err)
			}
			return
		}
		if again, err := m.MarshalBinary(); err != nil || string(again) != string(data) {
			t.Fatalf("%x loads, but comes back as %x", data, again)
		}
	})
}

// FuzzScore feeds any values to any state: even one that no model left behind gives sane verdicts.
func FuzzScore(f *testing.F) {
	f.Add([]byte(nil), []byte("eight by"))
	f.Add(floats(16, math.NaN(), math.Inf(1)), floats(1, 2, 3))
	f.Add(floats(3.5), floats(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
	f.Add(floats(-4), floats(1, math.Inf(1), math.NaN()))
	f.Add(floats(1e9, 1, 1, 1, 1, 1, -1, 1, -1, 1, -1, -1, -1, -9), floats(1, math.MaxFloat64, 5e-324))
	f.Fuzz(func(t *testing.T, words, values []byte) {
		m := train(t, nil)
		state := make([]float64, m.StateLen())
		for i := range state {
			if len(words) >= 8*(i+1) {
				state[i] = math.Float64frombits(binary.LittleEndian.Uint64(words[8*i:]))
			}
		}
		var v algorithms.Verdict
		for i := 0; i+8 <= len(values); i += 8 {
			x := math.Float64frombits(binary.LittleEndian.Uint64(values[i:]))
			m.Score(state, &algorithms.Input{Value: x, Gap: values[i]&1 == 1}, &v)
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
