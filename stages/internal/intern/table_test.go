package intern

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func key(i int) []byte {
	b := fmt.Appendf(nil, "key-%d-", i)
	return append(b, bytes.Repeat([]byte{byte(i)}, i%300)...)
}

func TestRefsAreDenseAndReused(t *testing.T) {
	t.Parallel()
	tb := New()
	for i := range 5 {
		if ref := tb.Insert(key(i)); ref != uint32(i) {
			t.Fatalf("key %d got ref %d", i, ref)
		}
	}
	tb.Remove(1)
	tb.Remove(3)
	tb.Remove(3)  // twice is once
	tb.Remove(99) // never given out
	if got, want := [2]int{tb.Len(), tb.Cap()}, [2]int{3, 5}; got != want {
		t.Fatalf("len, cap = %v; want %v", got, want)
	}
	if tb.Key(3) != nil || tb.Key(99) != nil || !bytes.Equal(tb.Key(2), key(2)) {
		t.Fatal("Key is nil for a free ref and only for a free one")
	}
	got := [3]uint32{tb.Insert(key(10)), tb.Insert(key(11)), tb.Insert(key(12))}
	if want := [3]uint32{3, 1, 5}; got != want {
		t.Fatalf("refs re-used as %v; want the newest removed first: %v", got, want)
	}
}

func TestEmptyKey(t *testing.T) {
	t.Parallel()
	tb := New()
	if _, ok := tb.Lookup(nil); ok {
		t.Fatal("found in an empty table")
	}
	ref := tb.Insert(nil)
	if got, ok := tb.Lookup([]byte{}); !ok || got != ref {
		t.Fatalf("Lookup = %d, %v", got, ok)
	}
	tb.Remove(ref)
	if _, ok := tb.Lookup(nil); ok {
		t.Fatal("found after Remove")
	}
}

// TestAgreesWithMap drives the table and a plain map with the same random operations.
func TestAgreesWithMap(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	tb, want := New(), map[string]uint32{}
	for step := range 60_000 {
		k := key(rng.IntN(3000))
		ref, ok := tb.Lookup(k)
		wantRef, wantOK := want[string(k)]
		if ok != wantOK || ok && ref != wantRef {
			t.Fatalf("step %d: Lookup(%.20q) = %d, %v; want %d, %v", step, k, ref, ok, wantRef, wantOK)
		}
		switch remove := rng.IntN(20_000) < 2_000+step/4; {
		case !ok:
			want[string(k)] = tb.Insert(k)
		case remove:
			tb.Remove(ref)
			delete(want, string(k))
		}
		if tb.Len() != len(want) {
			t.Fatalf("step %d: Len = %d; want %d", step, tb.Len(), len(want))
		}
	}
	for k, ref := range want {
		if string(tb.Key(ref)) != k {
			t.Fatalf("Key(%d) = %.20q; want %.20q", ref, tb.Key(ref), k)
		}
	}
}

// TestRoomIsReused replaces keys many times over: what the table holds must not grow.
func TestRoomIsReused(t *testing.T) {
	t.Parallel()
	tb := New()
	for i := range 1000 {
		tb.Insert(key(i))
	}
	var size int
	for round := range 20 {
		for i := range 1000 {
			ref, _ := tb.Lookup(key(round*1000 + i))
			tb.Remove(ref)
			tb.Insert(key((round+1)*1000 + i))
		}
		if round == 5 {
			size = tb.Size()
		}
	}
	if tb.Size() > size*11/10 {
		t.Fatalf("grew from %d to %d bytes while 1000 keys were replaced", size, tb.Size())
	}
}

func TestSizeClassesHoldTheirStrings(t *testing.T) {
	t.Parallel()
	last := -1
	for n := range 70_000 {
		class, room := sizeClass(n)
		if room < n || n > 1024 && room > n*9/8+granule || class < last || class > last+1 {
			t.Fatalf("%d bytes: class %d (before: %d), room %d", n, class, last, room)
		}
		last = class
	}
}

func TestSnapshotContinuesExactly(t *testing.T) {
	t.Parallel()
	tb := New()
	for i := range 2000 {
		tb.Insert(key(i))
	}
	for i := range 2000 {
		if i%3 == 0 {
			tb.Remove(uint32((i * 7) % 2000))
		}
	}
	var first bytes.Buffer
	if n, err := tb.WriteTo(&first); err != nil || n != int64(first.Len()) {
		t.Fatalf("WriteTo = %d, %v; wrote %d", n, err, first.Len())
	}
	again := New()
	if _, err := again.ReadFrom(bytes.NewReader(first.Bytes())); err != nil {
		t.Fatal(err)
	}
	var a, b []uint32
	for i := 5000; i < 6500; i++ {
		a, b = append(a, tb.Insert(key(i))), append(b, again.Insert(key(i)))
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatalf("refs after a restore differ: %s", diff)
	}
	var x, y bytes.Buffer
	_, _ = tb.WriteTo(&x)
	_, _ = again.WriteTo(&y)
	if !bytes.Equal(x.Bytes(), y.Bytes()) {
		t.Fatal("equal tables, different snapshots")
	}
}

func TestLookupAllocatesNothing(t *testing.T) { // not parallel: it counts the process's allocations
	tb := New()
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = key(i)
		tb.Insert(keys[i])
	}
	rng := rand.New(rand.NewPCG(1, 1))
	if n := testing.AllocsPerRun(1000, func() { tb.Lookup(keys[rng.IntN(1000)]) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}
