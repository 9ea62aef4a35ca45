package stagetest

import (
	"bytes"
	"testing"

	"eddy/schema"
	"eddy/stream"
)

// Emission is a copy of one emission.
type Emission struct {
	Root    uint64
	Subject string
	Kind    schema.EntryKind
	Data    []byte
}

// Run processes records and returns all emissions.
func Run(t testing.TB, p stream.Processor, records ...stream.Record) []Emission {
	t.Helper()
	var out stream.Output
	var all []Emission
	for i := range records {
		out.Reset()
		if err := p.Process(&records[i], &out); err != nil {
			t.Fatalf("record %d: %v", records[i].Root, err)
		}
		for j := range out.Len() {
			subject, kind, data := out.At(j)
			all = append(all, Emission{Root: records[i].Root, Subject: subject, Kind: kind, Data: bytes.Clone(data)})
		}
	}
	return all
}

// Next turns what one stage emitted into the records of the next.
func Next(emissions []Emission) []stream.Record {
	records := make([]stream.Record, len(emissions))
	for i, e := range emissions {
		records[i] = stream.Record{Tenant: schema.SubjectTenant(e.Subject), Root: e.Root, Kind: e.Kind, Data: e.Data}
	}
	return records
}

// Snapshot returns a processor's snapshot.
func Snapshot(t testing.TB, p stream.Processor) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := p.(stream.Snapshotter).Snapshot(&buf); err != nil {
		t.Fatalf("snapshot: %v", err)
	}
	return buf.Bytes()
}

// RestartLaw runs the records through one processor, then through processors that are replaced by a restored one
// after every k-th record: same emissions, same snapshot. New makes the processor.
func RestartLaw[P stream.Processor](t *testing.T, make func() P, records []stream.Record) []Emission {
	t.Helper()
	whole := make()
	want := Run(t, whole, records...)
	state := Snapshot(t, whole)
	for _, k := range []int{1, 2, 7, 50} {
		p := stream.Processor(make())
		var got []Emission
		for i := range records {
			if i > 0 && i%k == 0 {
				saved := Snapshot(t, p)
				p = make()
				if err := p.(stream.Snapshotter).Restore(bytes.NewReader(saved)); err != nil {
					t.Fatalf("restore before record %d: %v", records[i].Root, err)
				}
				if again := Snapshot(t, p); !bytes.Equal(saved, again) {
					t.Fatalf("a restored processor's snapshot differs before record %d", records[i].Root)
				}
			}
			got = append(got, Run(t, p, records[i])...)
		}
		if len(got) != len(want) {
			t.Fatalf("restarted every %d records: %d emissions; want %d", k, len(got), len(want))
		}
		for i := range want {
			if got[i].Subject != want[i].Subject || got[i].Kind != want[i].Kind || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Fatalf("restarted every %d records: emission %d, of record %d, differs", k, i, want[i].Root)
			}
		}
		if !bytes.Equal(Snapshot(t, p), state) {
			t.Fatalf("restarted every %d records: the final snapshot differs", k)
		}
	}
	return want
}
