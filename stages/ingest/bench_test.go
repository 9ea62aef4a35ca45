package ingest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/s2"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// nullLog takes everything and keeps nothing.
type nullLog struct{}

func (nullLog) Append(context.Context, int, string, []byte) error        { return nil }
func (nullLog) AppendControl(context.Context, int, string, []byte) error { return nil }

// fleetLabels are ten labels, about 270 bytes in 1.0 form, as a Kubernetes scrape has them.
func fleetLabels(i int) []string {
	pod := fmt.Sprintf("checkout-7f9c6d5b8-%05x", i/50)
	return []string{"__name__", fmt.Sprintf("http_server_request_duration_%02d_total", i%50), "cluster", "eu-west-1-production",
		"container", "checkout", "endpoint", "metrics", "instance", fmt.Sprintf("10.%d.%d.%d:8080", i>>16&255, i>>8&255, i&255),
		"job", "shop/checkout", "namespace", "shop", "node", fmt.Sprintf("ip-10-0-%d-%d.internal", i/50>>8&255, i/50&255),
		"pod", pod, "status", "200"}
}

const (
	fleetSeries  = 100_000
	perRequest   = 2000
	fleetBatches = fleetSeries / perRequest
)

// fleetV1 returns request i of a round at the given ms.
func fleetV1(t testing.TB, i int, ms int64) []byte {
	all := make([]prompb.TimeSeries, perRequest)
	for k := range all {
		all[k] = series(fleetLabels(i*perRequest+k), prompb.Sample{Value: float64(ms)*1.5 + float64(k), Timestamp: base + ms})
	}
	return marshalV1(t, all...)
}

func fleetV2(t testing.TB, i int, ms int64) []byte {
	all := make([]v2Series, perRequest)
	for k := range all {
		all[k] = v2Series{labels: fleetLabels(i*perRequest + k), TimeSeries: writev2.TimeSeries{
			Samples: []writev2.Sample{{Value: float64(ms)*1.5 + float64(k), Timestamp: base + ms}}}}
	}
	return marshalV2(t, all...)
}

func newNullGateway(t testing.TB) *Gateway {
	g, err := New(Config{MaxFuture: 1 << 40}, nullLog{}, 4, func() time.Time { return time.UnixMilli(base) }, NewMetrics(nil))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func benchPush(b *testing.B, v Version, body func(testing.TB, int, int64) []byte) {
	g := newNullGateway(b)
	bodies := make([][]byte, fleetBatches)
	for i := range bodies {
		raw := body(b, i, 0)
		if _, err := g.Push(b.Context(), "default", raw, v); err != nil {
			b.Fatal(err)
		}
		bodies[i] = s2.EncodeSnappy(nil, raw) // the exact repeat of a sample takes the same path as a new one
	}
	var raw []byte
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		raw, _ = snappy.Decode(raw[:cap(raw)], bodies[i%fleetBatches])
		r, err := g.Push(b.Context(), "default", raw, v)
		if err != nil || r.Written.Samples != perRequest {
			b.Fatal(r, err)
		}
	}
	perSample(b, perRequest)
}

func perSample(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/sample")
}

// BenchmarkPushKnown is the whole path of known series: decompress, scan, look up, judge, batch, compress.
func BenchmarkPushKnown(b *testing.B) {
	b.Run("v1", func(b *testing.B) { benchPush(b, V1, fleetV1) })
	b.Run("v2", func(b *testing.B) { benchPush(b, V2, fleetV2) })
}

// BenchmarkPushNew meets every series for the first time.
func BenchmarkPushNew(b *testing.B) {
	for _, v := range []Version{V1, V2} {
		b.Run(fmt.Sprintf("v%d", v), func(b *testing.B) {
			body := fleetV1
			if v == V2 {
				body = fleetV2
			}
			var bodies [][]byte
			for i := range fleetBatches {
				bodies = append(bodies, body(b, i, 0))
			}
			g := newNullGateway(b)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%fleetBatches == 0 {
					g = newNullGateway(b)
				}
				if _, err := g.Push(b.Context(), "default", bodies[i%fleetBatches], v); err != nil {
					b.Fatal(err)
				}
			}
			perSample(b, perRequest)
		})
	}
}

// BenchmarkScan is the part before the lock.
func BenchmarkScan(b *testing.B) {
	for _, v := range []Version{V1, V2} {
		b.Run(fmt.Sprintf("v%d", v), func(b *testing.B) {
			body := fleetV1(b, 0, 0)
			if v == V2 {
				body = fleetV2(b, 0, 0)
			}
			cfg := Config{}.WithDefaults()
			s := newScan(&cfg, &budget{limit: 1 << 40})
			var refused Refusals
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := s.run(body, v, &refused); err != nil {
					b.Fatal(err)
				}
				s.reset()
			}
			perSample(b, perRequest)
		})
	}
}

// BenchmarkSnappy compares encoders on a record as it goes to the log.
func BenchmarkSnappy(b *testing.B) {
	raw := fleetV1(b, 0, 0)[:maxRecordBytes]
	dst := make([]byte, s2.MaxEncodedLen(len(raw)))
	run := func(name string, encode func([]byte, []byte) []byte) {
		b.Run(name, func(b *testing.B) {
			var out []byte
			b.SetBytes(int64(len(raw)))
			for range b.N {
				out = encode(dst, raw)
			}
			b.ReportMetric(float64(len(raw))/float64(len(out)), "ratio")
		})
	}
	run("golang", snappy.Encode)
	run("s2", s2.EncodeSnappy)
	run("s2better", s2.EncodeSnappyBetter)
}

// BenchmarkUnmarshal is what the generated decoder costs, for comparison.
func BenchmarkUnmarshal(b *testing.B) {
	b.Run("v1", func(b *testing.B) {
		body := fleetV1(b, 0, 0)
		b.ReportAllocs()
		for range b.N {
			var req prompb.WriteRequest
			if err := req.Unmarshal(body); err != nil {
				b.Fatal(err)
			}
		}
		perSample(b, perRequest)
	})
	b.Run("v2", func(b *testing.B) {
		body := fleetV2(b, 0, 0)
		b.ReportAllocs()
		for range b.N {
			var req writev2.Request
			if err := req.Unmarshal(body); err != nil {
				b.Fatal(err)
			}
		}
		perSample(b, perRequest)
	})
}

// BenchmarkBomb is how long a bomb keeps a core busy; most have 32 MiB to be decompressed. It should stay below 50 ms, but
// for those that unfold as far as a legal request may, and cost as much.
func BenchmarkBomb(b *testing.B) {
	for name, bomb := range bombs() {
		b.Run(name, func(b *testing.B) {
			h := newHarness(b, Config{})
			wire := snappy.Encode(nil, bomb.body)
			b.ReportAllocs()
			for range b.N {
				if a, _ := h.do(request(bomb.contentType, wire)); a.Status != 400 {
					b.Fatal(a)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/bomb")
		})
	}
}
