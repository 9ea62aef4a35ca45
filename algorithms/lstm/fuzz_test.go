package lstm_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"eddy/algorithms"
	"eddy/algorithms/lawtest"
	"eddy/algorithms/lstm"
)

// tiny is the smallest model there is, so that fuzzing is about its bytes.
func tiny(t testing.TB) algorithms.Model {
	return train(t, map[string]float64{"hidden": 8, "epochs": 1, "rows": 1000}, wave(random(1)))
}

// Payloads are sealed by the test, so that the checksum does not keep the fuzzer from what is behind it.
func FuzzLoad(f *testing.F) {
	m := tiny(f)
	b, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	payload, info, err := algorithms.OpenTrained(lstm.Name, lstm.Version, b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add(payload[:64])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, payload []byte) {
		sealed, err := algorithms.SealTrained(info, payload)
		if err != nil {
			t.Fatal(err)
		}
		m, err := lstm.Algorithm{}.Load(sealed)
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
	// A memory of NaNs and infinities: words of all ones, and of the pattern 0x7f800000 twice.
	odd := floats(100, 5, 1, 1, 1, 50, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 50)
	odd = append(odd, 0, 0, 0x80, 0x7f, 0, 0, 0x80, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0)
	f.Add(odd, floats(1, 2, 3, 4))
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
