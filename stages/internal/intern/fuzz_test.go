package intern

import (
	"bytes"
	"testing"
)

// FuzzReadFrom: whatever the bytes, reading ends in an error or in a table that works and writes itself back.
func FuzzReadFrom(f *testing.F) {
	tb := New()
	for i := range 20 {
		tb.Insert(key(i))
	}
	tb.Remove(4)
	tb.Remove(7)
	var buf bytes.Buffer
	if _, err := tb.WriteTo(&buf); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0xff})
	f.Add([]byte{1, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		tb := New()
		if _, err := tb.ReadFrom(bytes.NewReader(data)); err != nil {
			return
		}
		for ref := range uint32(tb.Cap()) {
			if k := tb.Key(ref); k != nil {
				if got, ok := tb.Lookup(k); !ok || got != ref {
					t.Fatalf("key of %d is found at %d, %v", ref, got, ok)
				}
			}
		}
		var once, twice bytes.Buffer
		if _, err := tb.WriteTo(&once); err != nil {
			t.Fatal(err)
		}
		again := New()
		if _, err := again.ReadFrom(bytes.NewReader(once.Bytes())); err != nil {
			t.Fatalf("own snapshot refused: %v", err)
		}
		_, _ = again.WriteTo(&twice)
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatal("snapshot of a restored table differs")
		}
	})
}

// FuzzTable drives a table by the bytes: insert, look up, remove; a map says what is right.
func FuzzTable(f *testing.F) {
	f.Add([]byte("abcabcABCABCabc"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		tb, want := New(), map[string]uint32{}
		for _, op := range ops {
			k := key(int(op & 0x7f))
			ref, ok := tb.Lookup(k)
			if w, has := want[string(k)]; has != ok || ok && w != ref {
				t.Fatalf("Lookup = %d, %v; want %d, %v", ref, ok, w, has)
			}
			if !ok {
				want[string(k)] = tb.Insert(k)
			} else if op&0x80 != 0 {
				tb.Remove(ref)
				delete(want, string(k))
			}
		}
	})
}
