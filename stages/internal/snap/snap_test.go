package snap

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type values struct {
	U   uint64
	I   int64
	F64 uint64
	F   float64
	G   float32
	B   bool
	S   string
	Raw []byte
}

func write(w *Writer, v values) {
	w.Uvarint(v.U)
	w.Varint(v.I)
	w.U64(v.F64)
	w.F64(v.F)
	w.F32(v.G)
	w.Bool(v.B)
	w.String(v.S)
	w.Bytes(v.Raw)
}

func read(r *Reader) values {
	return values{
		// In the order written: Go evaluates the calls of a literal from left to right.
		U: r.Uvarint(), I: r.Varint(), F64: r.U64(), F: r.F64(), G: r.F32(), B: r.Bool(),
		S: r.String(100), Raw: r.Bytes(nil, 1<<20),
	}
}

func sample(t testing.TB) (values, []byte) {
	v := values{U: 1 << 60, I: -5, F64: 77, F: -math.MaxFloat64, G: 0.25, B: true, S: "eddy", Raw: make([]byte, 200_000)}
	for i := range v.Raw {
		v.Raw[i] = byte(i)
	}
	var buf bytes.Buffer
	w := NewWriter(&buf)
	write(w, v)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return v, buf.Bytes()
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want, data := sample(t)
	r := NewReader(bytes.NewReader(data))
	got := read(r)
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestTruncatedIsAnError(t *testing.T) {
	t.Parallel()
	_, data := sample(t)
	for n := 0; n < len(data); n += 1 + n/8 {
		r := NewReader(bytes.NewReader(data[:n]))
		read(r)
		if err := r.End(); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("%d of %d bytes: error %v", n, len(data), err)
		}
	}
	r := NewReader(bytes.NewReader(append(data[:len(data):len(data)], 0)))
	read(r)
	if err := r.End(); !errors.Is(err, ErrSnapshot) {
		t.Fatalf("a byte too many: error %v", err)
	}
}

func TestHostileLengthCostsNothing(t *testing.T) { // not parallel: it counts the process's allocations
	var buf bytes.Buffer
	w := NewWriter(&buf)
	w.Uvarint(1 << 40)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := NewReader(bytes.NewReader(buf.Bytes()))
	if r.Bytes(nil, 1<<41); r.Err() == nil {
		t.Fatal("a length without bytes was accepted")
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Fatalf("%d bytes allocated for a length that lies", got)
	}
}
