package ingest

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
)

// unfolding is a legal 2.0 request that is a good KiB on the wire and nearly as large in 1.0 form as one may be:
// series of 60 labels that all have the same long value.
func unfolding() []byte {
	body := appendBytes(nil, 4, nil)
	for _, text := range []string{"__name__", "up", strings.Repeat("v", 8000)} {
		body = appendBytes(body, 4, []byte(text))
	}
	refs := []byte{1, 2}
	for i := range byte(60) {
		body = appendBytes(body, 4, []byte(fmt.Sprintf("l%02d", i)))
		refs = append(refs, 4+i, 3)
	}
	smp := appendVarint(appendDouble(nil, 1, 0), 2, uint64(base))
	series := append(appendBytes(nil, 1, refs), appendBytes(nil, 2, smp)...)
	for range 65 {
		body = appendBytes(body, 5, series)
	}
	return snappy.Encode(nil, body)
}

// heap is what the heap holds, garbage that is not swept yet included.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestManySmallRequestsThatUnfold: what all of them take together stays within the budget, however many there are.
func TestManySmallRequestsThatUnfold(t *testing.T) {
	wire := unfolding()
	if len(wire) > 1300 {
		t.Fatalf("%d bytes on the wire", len(wire))
	}
	const limit, senders = 192 << 20, 60
	defer debug.SetGCPercent(debug.SetGCPercent(10)) // so that little of what is seen is garbage
	runtime.GC()
	before, peak := heap(), uint64(0)
	h := newHarness(t, Config{MaxInflightBytes: limit})
	release := make(chan struct{})
	h.g.log = blockedLog{Log: nullLog{}, release: release}
	answers := make(chan answer, senders)
	for range senders {
		go func() {
			a, w := h.do(request(typeV2, wire))
			if a.Status == 503 && w.Header().Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			answers <- a
		}()
	}
	full := 0
	for n := 0; n < senders; {
		select {
		case a := <-answers:
			n++
			switch a {
			case answer{204, 65, 0, 0}:
			case answer{503, 0, 0, 0}:
				if full++; full == 1 {
					close(release) // there was no room while the first ones waited for the log
				}
			default:
				t.Errorf("answer %+v", a)
			}
		default:
			peak = max(peak, heap())
			runtime.Gosched()
		}
	}
	if peak = max(peak, before) - before; peak > 2*limit { // garbage that waits for the collector included
		t.Errorf("%d MiB of heap for a budget of %d MiB", peak>>20, limit>>20)
	}
	check(t, full > 0, true)
	check(t, h.g.budget.used.Load(), int64(0))
}

// TestEveryAmountOfRoom: however much room the budget has, a request is stored whole or refused with 503 and all it
// held is given back.
func TestEveryAmountOfRoom(t *testing.T) {
	t.Parallel()
	mixed := up("b", 0, 1)
	mixed.Exemplars = []prompb.Exemplar{{Labels: []prompb.Label{{Name: "trace_id", Value: "x"}}, Value: 2, Timestamp: base}}
	mixed.Histograms = []prompb.Histogram{{Count: &prompb.Histogram_CountInt{CountInt: 3}, Schema: 9,
		PositiveSpans: []prompb.BucketSpan{{Offset: -2, Length: 3}}, PositiveDeltas: []int64{1, 0, 0}, Timestamp: base + 2}}
	v2 := up2("c", 0, 1)
	v2.Metadata.Type = 1
	for contentType, body := range map[string][]byte{
		typeV1: append(marshalV1(t, up("a", 0), mixed), describe(t, prompb.MetricMetadata{Type: 1, MetricFamilyName: "m"})...),
		typeV2: marshalV2(t, v2, hist2("h", goodHistogram())),
	} {
		h := newHarness(t, Config{})
		refused := 0
		for limit := int64(0); ; limit += 64 {
			h.g.budget.limit = limit
			a, _ := h.raw(contentType, body)
			check(t, h.g.budget.used.Load(), int64(0))
			if a.Status == 204 {
				break
			}
			refused++
			if a != (answer{503, 0, 0, 0}) || len(h.log.records) > 0 {
				t.Fatalf("with %d bytes: %+v, %d records", limit, a, len(h.log.records))
			}
		}
		check(t, refused > 10, true)
	}
}

// TestKeptMemoryCounts: what a pool kept of a large request counts for who gets it next, and is let go when that is
// too much.
func TestKeptMemoryCounts(t *testing.T) {
	t.Parallel()
	b := &budget{limit: 1000}
	l := loan{from: b}
	s, err := grow(&l, []int64(nil), 100)
	check(t, err, nil)
	check(t, l.held, 800)
	_, err = grow(&l, s, 126) // the old and the new for a moment
	check(t, statusOf(err), 503)
	l.repay()
	check(t, b.used.Load(), int64(0))
	check(t, cap(adopt(&l, kept(s, 800))), 100)
	check(t, l.held, 800)
	other := loan{from: b}
	check(t, cap(adopt(&other, make([]int64, 100))), 0)
	check(t, other.held, 0)
	check(t, cap(kept(s, 799)), 0)
}
