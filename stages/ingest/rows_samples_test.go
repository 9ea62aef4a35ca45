package ingest

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// The rows S1 to S6: samples.

const staleBits = 0x7ff0000000000002

func TestS1_EveryFloatIsLegal(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	at := int64(0)
	for _, v := range []float64{0, -1.5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64} {
		at++
		a, _ := h.v1(series([]string{"__name__", "x"}, prompb.Sample{Value: v, Timestamp: base + at}))
		check(t, a, good)
		at++
		a, _ = h.v2(v2Series{labels: []string{"__name__", "x"},
			TimeSeries: writev2.TimeSeries{Samples: []writev2.Sample{{Value: v, Timestamp: base + at}}}})
		check(t, a, good)
	}
	got := h.stored()
	check(t, len(got), 14)
	check(t, got[4], "x NaN:7ff8000000000001 @5")
	check(t, got[2:4], []string{"x -1.5 @3", "x -1.5 @4"})
}

func TestS2_StaleMarkersAreCarried(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	stale := math.Float64frombits(staleBits)
	a, _ := h.v1(series([]string{"__name__", "x"}, prompb.Sample{Value: stale, Timestamp: base}))
	check(t, a, good)
	a, _ = h.v1(series([]string{"__name__", "x"}, prompb.Sample{Value: stale, Timestamp: base})) // equal bits, though NaN != NaN
	check(t, a, good)
	v2 := v2Series{labels: []string{"__name__", "x"}, TimeSeries: writev2.TimeSeries{Samples: []writev2.Sample{{Value: stale, Timestamp: base + 1}}}}
	for range 2 {
		a, _ = h.v2(v2)
		check(t, a, good)
	}
	carried := "x NaN:7ff0000000000002 "
	check(t, h.stored(), []string{carried + "@0", carried + "@0", carried + "@1", carried + "@1"})

	h = newHarness(t, Config{})
	a, _ = h.v2(hist2("h", writev2.Histogram{Sum: stale, Timestamp: base}))
	check(t, a, answer{204, 0, 1, 0})
	check(t, math.Float64bits(decodeRecord(t, h.log.records[0].data).Timeseries[0].Histograms[0].Sum), uint64(staleBits))
}

func TestS3_SamplesComeInOrder(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	a, _ := h.v1(up("a", 10))
	check(t, a, good)
	a, text := h.v1(up("a", 9))
	check(t, a, bad)
	check(t, text, "1 of 1 samples refused: up{instance=\"a\"}: out of order: 1700000000009 is before 1700000000010\n")
	a, _ = h.v2(up2("a", 9))
	check(t, a, bad)
	a, _ = h.v1(up("a", 11))
	check(t, a, good)
}

func TestS4_TimesThatCannotBe(t *testing.T) {
	t.Parallel()
	minute := int64(60_000)
	f := func(at int64, want answer) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.v1(up("a", at))
		check(t, a, want)
		h = newHarness(t, Config{})
		a, _ = h.v2(up2("a", at))
		check(t, a, want)
	}
	f(-base, bad)
	f(-base-1, bad)
	f(-base+math.MinInt64/2, bad)
	f(60*minute, bad)
	f(10*minute+1, bad)
	f(10*minute, good)
	f(5*minute, good)
	f(-120*minute, good)   // replays after an outage are legal
	f(-48*60*minute, good) // however long it was
}

func TestS5_ManySamplesOfASeriesInOneRequest(t *testing.T) {
	t.Parallel()
	f := func(at []int64, want answer, stored ...string) {
		t.Helper()
		h := newHarness(t, Config{})
		a, _ := h.v1(up("a", at...))
		check(t, a, want)
		check(t, h.stored(), stored)
		h = newHarness(t, Config{})
		a, _ = h.v2(up2("a", at...))
		check(t, a, want)
		check(t, h.stored(), stored)
		var apart []prompb.TimeSeries // as series of their own, as Prometheus sends them
		for i, ms := range at {
			apart = append(apart, up("a", ms))
			apart[i].Samples[0].Value = float64(i + 1)
		}
		h = newHarness(t, Config{})
		a, _ = h.v1(apart...)
		check(t, a, want)
		check(t, h.stored(), stored)
	}
	f([]int64{0, 1, 2}, answer{204, 3, 0, 0}, `up{instance="a"} 1 @0`, `up{instance="a"} 2 @1`, `up{instance="a"} 3 @2`)
	f([]int64{2, 1}, answer{400, 1, 0, 0}, `up{instance="a"} 1 @2`)
	f([]int64{5, 1, 6}, answer{400, 2, 0, 0}, `up{instance="a"} 1 @5`, `up{instance="a"} 3 @6`)
}

func TestS6_SizesAreBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxBodyBytes: 1000, MaxDecodedBytes: 5000})
	post := func(wire []byte, length int64) answer {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/write", bytes.NewReader(wire))
		r.Header.Set("Content-Type", typeV1)
		r.ContentLength = length
		a, _ := h.do(r)
		return a
	}
	wire := snappy.Encode(nil, marshalV1(t, up("a", 0)))
	check(t, post(wire, int64(len(wire))), good)
	check(t, post(wire, -1), good)
	check(t, post(make([]byte, 1001), 1001), answer{413, 0, 0, 0})
	check(t, post(make([]byte, 1001), -1), answer{413, 0, 0, 0})
	check(t, post(nil, 1<<40), answer{413, 0, 0, 0})

	check(t, post(make([]byte, 1000), 1000).Status, 400) // just as large as it may be, though no request
	check(t, post(make([]byte, 1000), -1).Status, 400)
	for _, length := range []int64{-1, 1001} {
		endless := &counted{Reader: zeros{}}
		r := httptest.NewRequest(http.MethodPost, "/api/v1/write", endless)
		r.ContentLength = length
		a, w := h.do(r)
		check(t, a, answer{413, 0, 0, 0})
		check(t, w.Body.String(), "request body of more than 1000 bytes (max_body_bytes)\n")
		check(t, endless.n <= firstRead, true) // what had been made room for, and no more
	}

	long := series([]string{"__name__", "x", "a", strings.Repeat("v", 5000)}, points(0)...)
	check(t, post(snappy.Encode(nil, marshalV1(t, long)), -1), bad)
	for _, claim := range []uint64{5001, 1 << 25, 1<<32 - 1, math.MaxUint64} {
		check(t, post(binary.AppendUvarint(nil, claim), -1), bad)
	}
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
