package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/exp/api/remote"
	writev2 "github.com/prometheus/client_golang/exp/api/remote/genproto/v2"
)

// The official client of remote write 2.0 is answered as its specification says, down to the counts.
func TestOfficialClientOfRemoteWrite2(t *testing.T) {
	t.Parallel()
	e := newEddy(t)
	e.start()
	api, err := remote.NewAPI("http://"+e.web, remote.WithAPIPath("api/v1/write"), remote.WithAPIHTTPClient(&http.Client{Timeout: 10 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UnixMilli()
	const series, samples = 50, 4
	stats, err := api.Write(t.Context(), remote.WriteV2MessageType, request2(series, samples, now))
	if err != nil || stats.Samples != series*samples || stats.Histograms != 1 || stats.Exemplars != 1 {
		t.Fatalf("written %+v, %v; want %d samples, a histogram, an exemplar", stats, err, series*samples)
	}
	// One series is behind what is stored: its samples are refused, the others kept, and the counts say so.
	mixed := request2(1, 1, now+1000)
	old := request2(2, 1, now-60_000).Timeseries[1]
	mixed.Timeseries = append(mixed.Timeseries[:1], old)
	mixed.Symbols = request2(2, 1, now).Symbols
	stats, err = api.Write(t.Context(), remote.WriteV2MessageType, mixed)
	if err == nil || stats.Samples != 1 {
		t.Errorf("a half good request: %+v, %v; want an error and one sample written", stats, err)
	}
	_, js := connect(t, e.nats)
	stored := map[string]int{}
	for _, name := range streams(t, js, "EDDY_SAMPLES_") {
		readStream(t, js, name, []string{"eddy.samples.default.>"}, func(m jetstream.Msg) {
			for _, s := range decodeSamples(t, m) {
				stored[s.instance]++
			}
		})
	}
	if len(stored) != series || stored["host-0"] != samples+1 || stored["host-1"] != samples {
		t.Errorf("stored: %d series, host-0 %d, host-1 %d samples", len(stored), stored["host-0"], stored["host-1"])
	}
}

// request2 holds gauges of some samples a second apart, the last of them at a moment, and, with more than two series, a
// native histogram and an exemplar.
func request2(series, samples int, last int64) *writev2.Request {
	symbols := writev2.NewSymbolTable()
	r := &writev2.Request{}
	for i := range series {
		ts := &writev2.TimeSeries{
			LabelsRefs: symbols.SymbolizeLabels([]string{"__name__", "rw2_gauge", "instance", "host-" + string(rune('0'+i%10)) + suffix(i)}, nil),
			Metadata:   &writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_GAUGE, HelpRef: symbols.Symbolize("a gauge")},
		}
		for k := range samples {
			ts.Samples = append(ts.Samples, &writev2.Sample{Value: float64(i), Timestamp: last - int64(samples-1-k)*1000})
		}
		r.Timeseries = append(r.Timeseries, ts)
	}
	if series > 2 {
		r.Timeseries[2].Exemplars = []*writev2.Exemplar{{LabelsRefs: symbols.SymbolizeLabels([]string{"trace_id", "abc"}, nil), Value: 2, Timestamp: last}}
		r.Timeseries = append(r.Timeseries, &writev2.TimeSeries{
			LabelsRefs: symbols.SymbolizeLabels([]string{"__name__", "rw2_seconds"}, nil),
			Metadata:   &writev2.Metadata{Type: writev2.Metadata_METRIC_TYPE_HISTOGRAM},
			Histograms: []*writev2.Histogram{{
				Count: &writev2.Histogram_CountInt{CountInt: 3}, Sum: 4.5, Schema: 0, ZeroThreshold: 1e-9,
				ZeroCount:     &writev2.Histogram_ZeroCountInt{ZeroCountInt: 0},
				PositiveSpans: []*writev2.BucketSpan{{Offset: 0, Length: 2}}, PositiveDeltas: []int64{1, 1}, Timestamp: last,
			}},
		})
	}
	r.Symbols = symbols.Symbols()
	return r
}

// suffix tells hosts beyond the tenth apart.
func suffix(i int) string {
	if i < 10 {
		return ""
	}
	return "-" + string(rune('a'+i/10))
}
