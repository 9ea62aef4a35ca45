package schema

import (
	"bytes"
	"strings"
	"testing"
)

// What is read of a batch can be written again and is then read as the same.
func FuzzNextEntry(f *testing.F) {
	f.Add(AppendEntry(AppendEntry(nil, Entry{Root: 7, Payload: []byte("seven")}), Entry{Root: 1 << 60, Kind: EntryControl}))
	f.Add([]byte{1<<3 | 2, 0})
	f.Add([]byte{1<<3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, batch []byte) {
		for rest := batch; len(rest) > 0; {
			e, next, err := NextEntry(rest)
			if err != nil {
				return
			}
			if len(next) >= len(rest) {
				t.Fatalf("%d bytes are left of %d", len(next), len(rest))
			}
			again, none, err := NextEntry(AppendEntry(nil, e))
			if err != nil || len(none) != 0 || again.Root != e.Root || again.Kind != e.Kind || !bytes.Equal(again.Payload, e.Payload) {
				t.Fatalf("%+v is read again as %+v, %v", e, again, err)
			}
			rest = next
		}
	})
}

// Labels of any bytes are walked to an end, and a set made of what was read is in wire form and says the same.
func FuzzLabels(f *testing.F) {
	f.Add([]byte(LabelsFromMap(map[string]string{"__name__": "up", "job": "node", "odd name": "\"\xff"})))
	f.Add([]byte{tagLabel, 2, tagLabelName, 0})
	f.Add([]byte{tagLabel, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, wire []byte) {
		l := Labels(wire)
		_ = l.String()
		m := l.Map()
		for rest := l; len(rest) > 0; {
			name, _, next, err := rest.Next()
			if err != nil {
				break
			}
			if len(next) >= len(rest) {
				t.Fatalf("%d bytes are left of %d", len(next), len(rest))
			}
			if _, ok := m[string(name)]; !ok {
				t.Fatalf("Map has no %q", name)
			}
			rest = next
		}
		again := LabelsFromMap(m)
		for name, value := range m {
			if got := again.Get(name); string(got) != value {
				t.Fatalf("%q is %q, and after a round trip %q", name, value, got)
			}
		}
	})
}

// Subjects and stream names come from whoever may publish.
func FuzzSubjects(f *testing.F) {
	f.Add("eddy.samples.a.7")
	f.Add("EDDY_SAMPLES_7")
	f.Add("..")
	f.Add("EDDY__-1")
	f.Fuzz(func(t *testing.T, s string) {
		if tenant := SubjectTenant(s); strings.Contains(tenant, ".") {
			t.Fatalf("tenant %q of %q", tenant, s)
		}
		if kind, p, ok := ParsePartitionStream(s); ok && PartitionStream(kind, p) != s {
			t.Fatalf("%q is read as %s %d", s, kind, p)
		}
	})
}
