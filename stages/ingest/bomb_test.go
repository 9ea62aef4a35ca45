package ingest

import (
	"bytes"
	"math"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/golang/snappy"
)

// A bomb is a small body that unfolds into a large one, or into very many objects.

const bombBytes = 32<<20 - 64 // as much as may be decompressed

// fill repeats a unit up to nearly n bytes.
func fill(unit []byte, n int) []byte { return bytes.Repeat(unit, n/len(unit)) }

// inSeries wraps fields in one series behind a good one.
func inSeries(num uint32, fields []byte) []byte {
	return appendBytes(nil, num, fields)
}

func bombs() map[string]struct {
	contentType string
	body        []byte
} {
	type bomb = struct {
		contentType string
		body        []byte
	}
	empty := func(num byte) []byte { return []byte{num<<3 | wireBytes, 0} }
	all := func(unit []byte) []byte { return fill(unit, bombBytes) }
	one := func(num uint32, unit []byte) []byte { return inSeries(num, fill(unit, bombBytes-16)) }
	symbol := appendBytes(nil, 4, []byte(strings.Repeat("v", 8192)))
	wide := appendBytes(nil, 5, appendBytes(nil, 1, make([]byte, 128)))
	long := appendBytes(nil, 4, bytes.Repeat([]byte("v"), 16<<20))
	exemplar := appendVarint(appendBytes(nil, 1, make([]byte, 128)), 3, 1)
	named := appendBytes(nil, 1, appendLabel(nil, []byte("__name__"), []byte("up"))[2:])
	zeros := fill(empty(2), 2*1990) // of 2 bytes each, and 13 in full
	return map[string]bomb{
		"v1 series":              {typeV1, all(empty(1))},
		"v1 metadata":            {typeV1, all(empty(3))},
		"v1 labels":              {typeV1, one(1, empty(1))},
		"v1 samples":             {typeV1, one(1, empty(2))},
		"v1 exemplars":           {typeV1, one(1, empty(3))},
		"v1 histograms":          {typeV1, one(1, empty(4))},
		"v1 buckets":             {typeV1, inSeries(1, appendBytes(nil, 4, appendBytes(nil, 12, make([]byte, bombBytes-64))))},
		"v1 spans":               {typeV1, inSeries(1, appendBytes(nil, 4, fill(empty(8), bombBytes-64)))},
		"v1 exemplar labels":     {typeV1, inSeries(1, appendBytes(nil, 3, fill(empty(1), bombBytes-64)))},
		"v2 series":              {typeV2, all(empty(5))},
		"v2 symbols":             {typeV2, all(empty(4))},
		"v2 labels":              {typeV2, inSeries(5, appendBytes(nil, 1, make([]byte, bombBytes-64)))},
		"v2 loose refs":          {typeV2, one(5, []byte{8, 0})},
		"v2 samples":             {typeV2, one(5, empty(2))},
		"v2 histograms":          {typeV2, one(5, empty(3))},
		"v2 exemplars":           {typeV2, one(5, empty(4))},
		"v2 loose exemplar refs": {typeV2, inSeries(5, appendBytes(nil, 4, fill([]byte{8, 0}, bombBytes-64)))},
		"v2 exemplar labels":     {typeV2, inSeries(5, appendBytes(nil, 4, appendBytes(nil, 1, make([]byte, bombBytes-64))))},
		// Larger in 1.0 form than they may be, though not as they come.
		"v1 zero samples": {typeV1, fill(appendBytes(nil, 1, append(named, zeros...)), 16<<20)},
		"v2 zero samples": {typeV2, append(appendBytes(appendBytes(nil, 4, []byte("__name__")), 4, []byte("up")),
			fill(appendBytes(nil, 5, append([]byte{1<<3 | wireBytes, 2, 0, 1}, zeros...)), 16<<20)...)},
		// Small even when decompressed: references to one long symbol.
		"v2 amplified":           {typeV2, append(symbol, fill(wide, 1<<20)...)},
		"v2 amplified exemplars": {typeV2, append(long, inSeries(5, fill(appendBytes(nil, 4, exemplar), 100<<10))...)},
	}
}

func TestBombsAreRefusedWithoutUnfolding(t *testing.T) {
	for name, bomb := range bombs() {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, Config{})
			wire := snappy.Encode(nil, bomb.body)
			r := request(bomb.contentType, wire)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			a, w := h.do(r)
			runtime.ReadMemStats(&after)
			check(t, a, answer{400, 0, 0, 0})
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 64 {
				t.Errorf("%d MiB allocated", n)
			}
			if w.Body.Len() > 1024 {
				t.Errorf("answer of %d bytes", w.Body.Len())
			}
			check(t, h.stored(), nil)
			check(t, h.g.budget.used.Load(), int64(0))
			a, _ = h.v1(up("a", 0)) // later requests are unharmed
			check(t, a, good)
		})
	}
}

// TestAScanForgetsWhatABombMadeItTake: the pool keeps scans, but none that a bomb has blown up.
func TestAScanForgetsWhatABombMadeItTake(t *testing.T) {
	t.Parallel()
	bucketsOf := func(spans, each byte) []byte { // wide histograms, legal or not
		return appendBytes(nil, 3, append(fill([]byte{spans<<3 | wireBytes, 0}, 20_000), appendBytes(nil, uint32(each), make([]byte, 80_000))...))
	}
	fat := appendBytes(nil, 4, bytes.Repeat([]byte("v"), 8<<20))
	ofFat := appendBytes(nil, 4, appendVarint(appendBytes(nil, 1, []byte{0, 0}), 3, 1))
	cfg := Config{}.WithDefaults()
	for name, body := range map[string][]byte{
		"v2 loose exemplar refs": bombs()["v2 loose exemplar refs"].body,
		"negative":               appendBytes(nil, 5, bucketsOf(8, 9)),
		"positive":               appendBytes(nil, 5, bucketsOf(11, 13)),
		"custom":                 appendBytes(nil, 5, bucketsOf(8, 16)),
		"exemplar of a novel":    append(fat, appendBytes(nil, 5, ofFat)...),
	} {
		checkLent(t, V2, body)
		s := newScan(&cfg, &budget{limit: 1 << 40})
		_ = s.run(body, V2, &Refusals{}) // whatever it says
		s.reset()
		kept := 4*cap(s.exemplarRefs) + cap(s.out.b) + histogramMem(s)
		if kept > 64<<10 {
			t.Errorf("%s: %d bytes kept", name, kept)
		}
	}
}

func TestAHeaderThatLiesAboutTheSize(t *testing.T) {
	h := newHarness(t, Config{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, n := range []uint64{1 << 20, 32 << 20, 32<<20 + 1, math.MaxUint32} {
		a, _ := h.do(request(typeV1, appendVarint(nil, 0, n)[1:]))
		check(t, a, answer{400, 0, 0, 0})
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 1 {
		t.Errorf("%d MiB allocated", n)
	}
}

func TestTenMillionLabels(t *testing.T) {
	h := newHarness(t, Config{})
	label := appendBytes(nil, 1, nil)
	body := inSeries(1, bytes.Repeat(label, 10_000_000))
	a, w := h.raw(typeV1, body)
	check(t, a, answer{400, 0, 0, 0})
	check(t, strings.Contains(w.Body.String(), "2000 labels"), true)
}

// TestTruncatedAtEveryByte cuts good requests short: an error or a smaller request, never a panic.
func TestTruncatedAtEveryByte(t *testing.T) {
	t.Parallel()
	s := up2("a", 0, 1)
	s.Exemplars = nil
	bodies := map[string][]byte{
		typeV1: marshalV1(t, up("a", 0, 1), up("b", 0)),
		typeV2: marshalV2(t, s, hist2("h", goodHistogram()), hist2("f", floatHistogram()), hist2("c", customHistogram())),
	}
	for contentType, body := range bodies {
		h := newHarness(t, Config{})
		for n := range body {
			a, _ := h.raw(contentType, body[:n])
			if a.Status != http.StatusBadRequest && a.Status != http.StatusNoContent {
				t.Errorf("%s cut to %d bytes: %d", contentType, n, a.Status)
			}
		}
	}
}
