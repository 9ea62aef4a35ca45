package lawtest

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"eddy/algorithms"
)

// FuzzLoad feeds any bytes to Load: what it takes must come back as it was, what it refuses must be said with ErrModel.
func FuzzLoad(f *testing.F, a algorithms.Algorithm, m algorithms.Model) {
	b, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for _, payload := range [][]byte{nil, make([]byte, 8), make([]byte, 32), b[:min(32, len(b))]} {
		sealed, err := algorithms.Seal(a.Name(), m.Info().Version, payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := a.Load(data)
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

// FuzzPayload feeds any bytes to a trained algorithm's Load behind a seal that fits, so that the checksum does not keep
// the fuzzer from what is behind it: what loads must come back as it was, and give sane verdicts.
func FuzzPayload(f *testing.F, a algorithms.Algorithm, m algorithms.Model) {
	b, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	payload, info, err := algorithms.OpenTrained(a.Name(), m.Info().Version, b)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	f.Add(payload[:min(64, len(payload))])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, payload []byte) {
		sealed, err := algorithms.SealTrained(info, payload)
		if err != nil {
			t.Fatal(err)
		}
		m, err := a.Load(sealed)
		if err != nil {
			if !errors.Is(err, algorithms.ErrModel) {
				t.Fatalf("error %v is no ErrModel", err)
			}
			return
		}
		if again, err := m.MarshalBinary(); err != nil || string(again) != string(sealed) {
			t.Fatalf("%x loads, but comes back as %x", sealed, again)
		}
		for _, v := range Watch(m, 60, 15*time.Second, func(i int) float64 { return float64(i % 5) }) {
			if err := Sane(&v); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzScore feeds any values to any state: even one that no model left behind gives sane verdicts. States are seeds of the
// algorithm's own, as words in little-endian order.
func FuzzScore(f *testing.F, m algorithms.Model, states ...[]byte) {
	for _, words := range states {
		f.Add(words, floats(1, 2, 3, 4, math.MaxFloat64, math.Inf(-1), math.NaN()), int64(15_000))
	}
	f.Add([]byte(nil), []byte("eight by"), int64(15_000))
	f.Add(floats(16, math.NaN(), math.Inf(1)), floats(1, 2, 3), int64(-1))
	f.Add(floats(3.5), floats(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), int64(60_000))
	f.Add(floats(-4), floats(1, math.Inf(1), math.NaN()), int64(math.MaxInt64))
	f.Add(floats(1e9, 1, 1, 1, 1, 1, -1, 1, -1, 1, -1, -1, -1, -9), floats(1, math.MaxFloat64, 5e-324), int64(0))
	f.Fuzz(func(t *testing.T, words, values []byte, step int64) {
		state := fresh(m)
		for i := range state {
			if len(words) >= 8*(i+1) {
				state[i] = math.Float64frombits(binary.LittleEndian.Uint64(words[8*i:]))
			}
		}
		var v algorithms.Verdict
		in := algorithms.Input{}
		for i := 0; i+8 <= len(values); i += 8 {
			in.Value = math.Float64frombits(binary.LittleEndian.Uint64(values[i:]))
			in.Gap = values[i]&1 == 1
			features := []float32{float32(in.Value), math.Float32frombits(binary.LittleEndian.Uint32(values[i:])), 1, 2, 3}
			in.Features = features[:values[i]%6]
			m.Score(state, &in, &v)
			if err := Sane(&v); err != nil {
				t.Fatalf("value %v on state %v: %v", in.Value, state, err)
			}
			in.Timestamp += step // wraps, as nothing sane does
		}
	})
}

func floats(values ...float64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
