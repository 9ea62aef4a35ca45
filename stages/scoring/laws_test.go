package scoring

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// story is a run of everything that can happen to a few series, the same for the same seed.
func story(seed uint64) (records []stream.Record) {
	rng := rand.New(rand.NewPCG(seed, 1))
	f := &feed{}
	const n = 12
	known := [n]bool{}
	for step := range 300 {
		if step%60 == 50 {
			records = append(records, f.policy([]schema.Detector{
				{Name: "one", Match: `{__name__=~"s[0-5]"}`, Parameters: map[string]float64{"width": float64(rng.IntN(3) + 4)}},
				{Name: "two", Match: `{__name__!="s7"}`, For: 1 + rng.IntN(3)},
				{Name: "three"},
			}[rng.IntN(3):]...))
		}
		for ref := range uint32(n) {
			flags := schema.RowFlag(0)
			if !known[ref] || rng.IntN(100) == 0 {
				f.series(ref, metric("s"+string('0'+rune(ref%10))))
				known[ref], flags = true, schema.RowFresh
			}
			if ref >= n-2 { // states
				f.row(ref, float64(rng.IntN(20)/19), flags|schema.RowState)
				continue
			}
			switch rng.IntN(40) {
			case 0:
				f.row(ref, 10, schema.RowSilence|flags)
			case 1:
				f.row(ref, 10, schema.RowEnded|flags)
			case 2:
				f.row(ref, 10+50*rng.Float64(), flags)
			case 3, 4, 5: // nothing
			default:
				f.row(ref, 10+rng.Float64(), flags)
			}
		}
		records = append(records, f.record())
	}
	return records
}

func TestRestartsChangeNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		got := stagetest.RestartLaw(t, start, story(seed))
		if len(got) < 100 {
			t.Fatalf("the story is too quiet: %d emissions", len(got))
		}
	}
}

func TestRestoreRefusesOthers(t *testing.T) {
	t.Parallel()
	p := start()
	stagetest.Run(t, p, story(1)[:40]...)
	state := stagetest.Snapshot(t, p)
	if err := New(1, stagetest.Catalogue).Restore(bytes.NewReader(state)); err == nil {
		t.Error("another partition's snapshot is accepted")
	}
	for n := range state {
		if err := start().Restore(bytes.NewReader(state[:n])); err == nil {
			t.Errorf("a snapshot cut at %d of %d is accepted", n, len(state))
		}
	}
}

// TestLargestBlockFitsAMessage: thousands of series with long labels turn abnormal in one record. What does not fit
// is watched from its next abnormal row on.
func TestLargestBlockFitsAMessage(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	const n, message = 4000, 1<<20 - 4<<10 - 64
	value := func(v float64) stream.Record {
		for ref := range uint32(n) {
			f.row(ref, v)
		}
		return f.record()
	}
	for ref := range uint32(n) {
		f.series(ref, schema.AppendLabel(metric(string(rune(ref+0x1000))), "x", string(make([]byte, 300))))
	}
	stagetest.Run(t, p, f.record(), value(10), value(10), value(10), value(10))
	watched := 0
	for range 2 {
		got := stagetest.Run(t, p, value(30))
		if len(got[0].Data) > message {
			t.Fatalf("a block of %d bytes; a message takes %d", len(got[0].Data), message)
		}
		v, err := schema.ParseScores(got[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		for range v.Watches {
			watched++
		}
	}
	if watched != n {
		t.Fatalf("%d series are watched after two records; want %d", watched, n)
	}
}

// TestKnownSamplesAllocateNothing counts the allocations of whole records.
func TestKnownSamplesAllocateNothing(t *testing.T) { // not parallel: it counts the process's allocations
	p, f := start(), &feed{}
	p.Measure(NewMetrics(nil))
	const n = 2000
	for ref := range uint32(n) {
		f.series(ref, metric("a"))
	}
	for ref := range uint32(n) {
		f.row(ref, 10)
	}
	first := f.record()
	for ref := range uint32(n) {
		f.row(ref, 10)
	}
	again := f.record()
	stagetest.Run(t, p, first, again)
	var out stream.Output
	if allocs := testing.AllocsPerRun(50, func() {
		out.Reset()
		if err := p.Process(&again, &out); err != nil {
			t.Fatal(err)
		}
	}); allocs > 0 {
		t.Fatalf("%v allocations for a record of %d rows", allocs, n)
	}
}

// FuzzProcess: whatever the bytes, an error that leaves the state alone, or a block that parses.
func FuzzProcess(f *testing.F) {
	in := &feed{}
	warm := in.warm(0, metric("a"))
	f.Add(in.series(5, metric("b")).row(5, 3, schema.RowFresh).row(0, 50).row(9, 1, schema.RowSilence).record().Data, []byte(`{"type":"policy","policy":{"detectors":[{"name":"x"}]}}`))
	f.Fuzz(func(t *testing.T, block, control []byte) {
		p := start()
		stagetest.Run(t, p, warm...)
		for i, rec := range []stream.Record{
			{Tenant: "default", Root: 10, Data: block},
			{Tenant: schema.ControlTenant, Root: 11, Kind: schema.EntryControl, Data: control},
			{Tenant: "default", Root: 12, Data: block},
		} {
			before := stagetest.Snapshot(t, p)
			var out stream.Output
			if err := p.Process(&rec, &out); err != nil {
				if !bytes.Equal(before, stagetest.Snapshot(t, p)) {
					t.Fatalf("record %d was refused (%v) and changed the state", i, err)
				}
				continue
			}
			for j := range out.Len() {
				_, kind, data := out.At(j)
				if kind == schema.EntryControl {
					continue
				}
				v, err := schema.ParseScores(data)
				if err != nil || v.Rows() == 0 {
					t.Fatalf("%d rows, %v", v.Rows(), err)
				}
				for k := range v.Rows() {
					var r schema.ScoreRow
					if v.Row(k, &r); !(r.Score >= 0 && r.Score <= 1) {
						t.Fatalf("score %v", r.Score)
					}
				}
			}
		}
		again := start()
		if err := again.Restore(bytes.NewReader(stagetest.Snapshot(t, p))); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRestore: whatever the bytes, an error or a processor that works.
func FuzzRestore(f *testing.F) {
	p := start()
	records := story(1)
	stagetest.Run(f, p, records[:5]...)
	f.Add(stagetest.Snapshot(f, p))
	f.Fuzz(func(t *testing.T, state []byte) {
		p := start()
		if err := p.Restore(bytes.NewReader(state)); err != nil {
			return
		}
		stagetest.Run(t, p, records[5:60]...)
	})
}
