package stream

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// What a message says about itself was written by the engine or by anybody: it is refused or read as it would be written.
func FuzzStamp(f *testing.F) {
	f.Add("claim", "7", "owner", "12", "3", "2", "1,2")
	f.Add("", "18446744073709551615", "", "0", "", "", "")
	f.Add("mark", "-1", "o", "1e3", "x", "", ",,")
	f.Fuzz(func(t *testing.T, kind, epoch, owner, root, index, generation, trace string) {
		m := Message{Header: Header{HeaderKind: {kind}, HeaderEpoch: {epoch}, HeaderOwner: {owner}, HeaderRoot: {root},
			HeaderIndex: {index}, HeaderGeneration: {generation}}}
		s, err := readStamp(m)
		if err != nil {
			return
		}
		if again, err := readStamp(Message{Header: s.header(trace)}); err != nil || again != s {
			t.Fatalf("%+v is read again as %+v, %v", s, again, err)
		}
	})
}

func FuzzParseTrace(f *testing.F) {
	f.Add("1,2,3")
	f.Add("-9223372036854775808,x,")
	f.Fuzz(func(t *testing.T, trace string) {
		for _, at := range ParseTrace(trace) {
			if again := ParseTrace(formatNano(at)); len(again) != 1 || !again[0].Equal(at) {
				t.Fatalf("%s is read again as %v", at.Format(time.RFC3339Nano), again)
			}
		}
	})
}

// A snapshot is opened whole or refused, and what seals it seals what it opens to.
func FuzzOpenSnapshot(f *testing.F) {
	p := pieces{append(make([]byte, snapshotHeader), "state"...)}
	p.seal()
	f.Add(p[0])
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		state, err := openSnapshot(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		p := pieces{append(make([]byte, snapshotHeader), state...)}
		p.seal()
		if !bytes.Equal(p[0], data) {
			t.Fatalf("sealed again it differs")
		}
	})
}

// Names and numbers in the buckets.
func FuzzStored(f *testing.F) {
	f.Add("features/3/1/77-12")
	f.Add("features/3/1/77-12-2")
	f.Add("65537")
	f.Add("a/+1/x/007-1")
	f.Fuzz(func(t *testing.T, s string) {
		if k, ok := parseObjectName(s); ok && objectName(k) != s {
			t.Fatalf("%q is read as %+v", s, k)
		}
		if n, err := parseParts([]byte(s)); err == nil && (n < 1 || n > maxParts) {
			t.Fatalf("%d parts", n)
		}
		if n, err := parsePartitions([]byte(s)); err == nil && (n < 1 || n > MaxPartitions) {
			t.Fatalf("%d partitions", n)
		}
	})
}
