package features

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// TestRestartsChangeNothing plays every script with restarts at many places.
func TestRestartsChangeNothing(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stagetest.RestartLaw(t, func() *Processor { return New(0) }, stagetest.Records(t, string(text)))
	}
}

// TestHistogramsUnderAnyCut plays random streams of histograms: restarted anywhere they give the same, and cut into
// records anywhere they give the same rows.
func TestHistogramsUnderAnyCut(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		all := bucketStream(seed)
		whole := cut(all, func() int { return 1 })
		want := rows(t, New(0), whole...)
		if len(want) < 100 {
			t.Fatalf("the stream is too quiet: %d rows", len(want))
		}
		for _, most := range []int{2, 7, 40} {
			rng := rand.New(rand.NewPCG(seed, uint64(most)))
			records := cut(all, func() int { return 1 + rng.IntN(most) })
			stagetest.RestartLaw(t, func() *Processor { return New(0) }, records)
			check(t, want, rows(t, New(0), records...))
		}
	}
}

// bucketSample of a stream: of a classic bucket, or, when native is set, of a native histogram.
type bucketSample struct {
	labels schema.Labels
	sample stagetest.Sample
	native *nativeHist
}

// bucketStream is three histograms, of which buckets come in any order, late, twice or not at all, end, begin again, and
// get company.
func bucketStream(seed uint64) (all []bucketSample) {
	rng := rand.New(rand.NewPCG(seed, 3))
	bounds := []string{"0.1", "0.5", "1", "1.0", "5", "+Inf"}
	var totals [3][6]float64
	native := nativeHist{Schema: 3, Positive: make([]float64, 4)}
	for step := range int64(60) {
		at := t0 + 15_000*step
		var scrape []bucketSample
		for h := range totals {
			if rng.IntN(25) == 0 {
				totals[h] = [6]float64{}
			}
			add, ends := 0.0, rng.IntN(30) == 0
			for b, bound := range bounds {
				add += float64(rng.IntN(4))
				totals[h][b] += add
				x := bucketSample{labels: schema.LabelsFromMap(map[string]string{"__name__": "h_bucket", "le": bound, "n": string(rune('a' + h))})}
				x.sample = stagetest.Sample{Timestamp: at, Value: totals[h][b]}
				if ends {
					x.sample.Value = stagetest.Stale()
				}
				switch rng.IntN(40) {
				case 0:
					continue
				case 1:
					x.sample.Timestamp -= 15_000
				case 2:
					scrape = append(scrape, x)
				}
				scrape = append(scrape, x)
			}
		}
		rng.Shuffle(len(scrape), func(i, j int) { scrape[i], scrape[j] = scrape[j], scrape[i] })
		native.Positive[rng.IntN(4)] += float64(rng.IntN(9))
		if rng.IntN(20) == 0 {
			clear(native.Positive)
		}
		n := native
		n.Timestamp, n.Positive = at, slices.Clone(native.Positive)
		all = append(append(all, scrape...), bucketSample{labels: metric("n"), native: &n})
	}
	return all
}

// cut makes records of a stream, each of as many samples as next says.
func cut(all []bucketSample, next func() int) (records []stream.Record) {
	for len(all) > 0 {
		n := min(next(), len(all))
		var r stagetest.Request
		for _, x := range all[:n] {
			if x.native != nil {
				x.native.appendTo(&r, x.labels)
			} else {
				r.Series(x.labels, x.sample)
			}
		}
		all = all[n:]
		records = append(records, sample(uint64(len(records)+1), &r))
	}
	return records
}

func sample(root uint64, r *stagetest.Request) stream.Record {
	return stream.Record{Tenant: "default", Root: root, Data: r.Record()}
}

func TestRefusedRecordsChangeNothing(t *testing.T) {
	t.Parallel()
	p := New(0)
	stagetest.Run(t, p, stagetest.Records(t, "series a 1 2 3\nseries b_total 1 2 3\nrun 15s")...)
	before := stagetest.Snapshot(t, p)
	var good stagetest.Request
	good.Series(metric("new"), stagetest.Sample{Timestamp: t0 + 100_000, Value: 1})
	with := func(raw ...byte) []byte {
		r := good
		r.Raw(raw...)
		return r.Record()
	}
	big := func(n int) []byte {
		var r stagetest.Request
		for i := range n {
			r.Series(metric("x"), stagetest.Sample{Timestamp: int64(i + 1)})
		}
		return r.Record()
	}
	f := func(name string, rec stream.Record) {
		t.Helper()
		var out stream.Output
		if err := p.Process(&rec, &out); err == nil || out.Len() != 0 {
			t.Errorf("%s: error %v, %d emissions", name, err, out.Len())
		}
		if !bytes.Equal(stagetest.Snapshot(t, p), before) {
			t.Fatalf("%s changed the state", name)
		}
	}
	data := func(name string, data []byte) { t.Helper(); f(name, stream.Record{Tenant: "default", Data: data}) }
	data("nothing at all", nil)
	data("not snappy", []byte("hello, world"))
	data("a bomb", []byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	data("a good series, then half a field", with(1<<3|2, 200))
	data("field number 0", with(0))
	data("a group", with(5<<3|3))
	data("a series without labels", with(1<<3|2, 0))
	data("labels in two places", with(1<<3|2, 8, 1<<3|2, 0, 2<<3|2, 0, 1<<3|2, 0, 2<<3|2, 0))
	data("labels that are none", with(1<<3|2, 4, 1<<3|2, 2, 9<<3, 1))
	data("too many samples", big(schema.MaxRecordEntries+1))
	data("labels too long for a block", func() []byte {
		var r stagetest.Request
		r.Series(schema.AppendLabel(nil, "x", string(make([]byte, maxBlock))), stagetest.Sample{Timestamp: 1})
		return r.Record()
	}())
	f("an impossible tenant", stream.Record{Tenant: "a.b", Data: with()})
	f("samples for everyone", stream.Record{Tenant: schema.ControlTenant, Data: with()})
	f("a control record that is none", stream.Record{Tenant: "default", Kind: schema.EntryControl, Data: []byte("{")})
	f("a control record for all that is none", stream.Record{Tenant: schema.ControlTenant, Kind: schema.EntryControl, Data: []byte("{")})
}

func TestLargestBlockFitsAMessage(t *testing.T) {
	t.Parallel()
	const message = 1<<20 - 4<<10 - 64
	p := New(0)
	var r stagetest.Request
	label := string(make([]byte, 165))
	for i := range 4000 {
		r.Series(schema.AppendLabel(metric(string(rune(i+0x1000))), "x", label), stagetest.Sample{Timestamp: t0, Value: 1})
	}
	got := stagetest.Run(t, p, stream.Record{Tenant: "default", Data: r.Record()})
	if n := len(got[0].Data); n > message || n < message*8/10 {
		t.Fatalf("a large record gives a block of %d bytes; a message takes %d", n, message)
	}
}

func TestRestoreRefusesOthers(t *testing.T) {
	t.Parallel()
	p := New(0)
	stagetest.Run(t, p, stagetest.Records(t, "series a 1 2 3\nrun 15s\ntick 15s 20")...)
	state := stagetest.Snapshot(t, p)
	if err := New(1).Restore(bytes.NewReader(state)); err == nil {
		t.Error("another partition's snapshot is accepted")
	}
	for n := range state {
		if err := New(0).Restore(bytes.NewReader(state[:n])); err == nil {
			t.Errorf("a snapshot cut at %d of %d is accepted", n, len(state))
		}
	}
}

// TestKnownSamplesAllocateNothing counts the allocations of whole records: there may be none per sample.
func TestKnownSamplesAllocateNothing(t *testing.T) { // not parallel: it counts the process's allocations
	fleet := stagetest.Fleet(2000)
	f := func(name string, record func(step int64) stream.Record) {
		t.Helper()
		p := New(0)
		p.Measure(NewMetrics(nil))
		var out stream.Output
		var records []stream.Record
		for step := range int64(60) {
			records = append(records, record(step))
		}
		i := 0
		next := func() {
			out.Reset()
			if err := p.Process(&records[i], &out); err != nil {
				t.Fatal(err)
			}
			i++
		}
		for range 8 {
			next()
		}
		if n := testing.AllocsPerRun(50, next); n > 0 {
			t.Errorf("%s: %v allocations a record", name, n)
		}
	}
	f("gauges", func(step int64) stream.Record { return scrape(fleet, uint64(step+1), t0+15_000*step) })
	f("buckets", func(step int64) stream.Record { return classicScrape(160, step) })
	f("native histograms", func(step int64) stream.Record { return nativeScrape(300, step) })
}

// scrape is a record of one sample of each series.
func scrape(fleet []schema.Labels, root uint64, timestamp int64) stream.Record {
	var r stagetest.Request
	for i, l := range fleet {
		r.Series(l, stagetest.Sample{Timestamp: timestamp, Value: float64(i) + float64(root%7)})
	}
	return stream.Record{Tenant: "default", Root: root, Data: r.Record()}
}

// FuzzProcess: whatever the bytes, Process gives an error and leaves the state alone, or gives a block that parses, of
// finite values and known references, and a state that can be saved and restored.
func FuzzProcess(f *testing.F) {
	var r stagetest.Request
	r.Series(metric("x_total"), stagetest.Sample{Timestamp: t0, Value: 1, Start: t0 - 5}, stagetest.Sample{Timestamp: t0 + 9, Value: stagetest.Stale()})
	r.Histogram(metric("h"), t0, 3)
	r.Metadata("x", 1)
	raw, err := s2.Decode(nil, r.Record())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw, []byte(`{"type":"tick","time":1767225600000}`))
	for _, x := range bucketStream(1)[:40] {
		if x.native != nil {
			x.native.appendTo(&r, x.labels)
		} else {
			r.Series(x.labels, x.sample)
		}
	}
	if raw, err = s2.Decode(nil, r.Record()); err != nil {
		f.Fatal(err)
	}
	f.Add(raw, []byte(`{}`))
	f.Fuzz(func(t *testing.T, raw, control []byte) {
		p := New(0)
		stagetest.Run(t, p, stagetest.Records(t, "series x_total 1 2 3\nseries h 1\nrun 15s")...)
		known := uint32(2)
		for i, rec := range []stream.Record{
			{Tenant: "default", Root: 10, Data: s2.EncodeSnappy(nil, raw)},
			{Tenant: "default", Root: 11, Data: raw},
			{Tenant: "default", Root: 12, Kind: schema.EntryControl, Data: control},
			{Tenant: schema.ControlTenant, Root: 13, Kind: schema.EntryControl, Data: control},
			{Tenant: "default", Root: 14, Data: s2.EncodeSnappy(nil, raw)},
		} {
			before := stagetest.Snapshot(t, p)
			var out stream.Output
			if err := p.Process(&rec, &out); err != nil {
				if !bytes.Equal(before, stagetest.Snapshot(t, p)) {
					t.Fatalf("record %d was refused (%v) and changed the state", i, err)
				}
				continue
			}
			if out.Len() > 1 {
				t.Fatalf("%d emissions", out.Len())
			}
			known = checkBlock(t, &out, known)
		}
		state := stagetest.Snapshot(t, p)
		again := New(0)
		if err := again.Restore(bytes.NewReader(state)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(state, stagetest.Snapshot(t, again)) {
			t.Fatal("snapshot of the restored differs")
		}
	})
}

func checkBlock(t *testing.T, out *stream.Output, known uint32) uint32 {
	for i := range out.Len() {
		_, kind, data := out.At(i)
		if kind == schema.EntryControl {
			continue
		}
		v, err := schema.ParseFeatures(data)
		if err != nil {
			t.Fatal(err)
		}
		for s := range v.Series {
			known = max(known, s.Ref+1)
		}
		for i := range v.Rows() {
			var columns [schema.FeatureCount]float32
			v.Features(i, &columns)
			for _, x := range append([]float32{float32(v.Value(i) * 0)}, columns[:]...) {
				if x-x != 0 {
					t.Fatalf("row %d: value %v, features %v", i, v.Value(i), columns)
				}
			}
			if v.Ref(i) >= known {
				t.Fatalf("row %d is of reference %d, never introduced", i, v.Ref(i))
			}
		}
	}
	return known
}

// FuzzRestore: whatever the bytes, Restore gives an error or a processor that works.
func FuzzRestore(f *testing.F) {
	p := New(0)
	stagetest.Run(f, p, stagetest.Records(f, "series a 1 2 3\nseries b_total 1 2\nrun 15s\nmeta a counter\ntick 15s 20")...)
	f.Add(stagetest.Snapshot(f, p))
	p = New(0)
	stagetest.Run(f, p, cut(bucketStream(1), func() int { return 9 })[:30]...)
	f.Add(stagetest.Snapshot(f, p))
	records := stagetest.Records(f, "series a 1 2 3\nseries c 5 6\nrun 15s\ntick 15s 20")
	records = append(records, cut(bucketStream(2), func() int { return 50 })...)
	f.Fuzz(func(t *testing.T, state []byte) {
		p := New(0)
		if err := p.Restore(bytes.NewReader(state)); err != nil {
			return
		}
		for i := range records {
			var out stream.Output
			if err := p.Process(&records[i], &out); err != nil && !errors.Is(err, ErrRecord) {
				t.Fatal(err)
			}
		}
	})
}
