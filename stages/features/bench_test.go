package features

import (
	"testing"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// BenchmarkProcess is the whole stage: unpack, parse, look up, row, block. 100,000 known series of 10 labels, 2,000
// samples a record, in a sender's order.
func BenchmarkProcess(b *testing.B) {
	const series, perRecord, rounds = 100_000, 2_000, 2
	fleet := stagetest.Fleet(series)
	f := func(name string, fleet []schema.Labels) {
		b.Run(name, func(b *testing.B) {
			p := New(0)
			var records []stream.Record
			for round := range rounds {
				for from := 0; from < series; from += perRecord {
					records = append(records, scrape(fleet[from:from+perRecord], uint64(len(records)+1), t0+15_000*int64(round)))
				}
			}
			var out stream.Output
			process := func(rec *stream.Record) {
				out.Reset()
				if err := p.Process(rec, &out); err != nil {
					b.Fatal(err)
				}
			}
			for i := range records {
				process(&records[i])
			}
			b.ReportAllocs()
			b.ResetTimer()
			samples := 0
			for i := 0; i < b.N; i++ {
				if i%len(records) == 0 { // let time go on: rewind what the series have seen instead of encoding anew
					b.StopTimer()
					for _, t := range p.order {
						for ref := range uint32(t.series.Len()) {
							t.series.At(ref).last -= rounds * 15_000
						}
					}
					b.StartTimer()
				}
				process(&records[i%len(records)])
				samples += perRecord
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(samples), "ns/sample")
			b.ReportMetric(float64(p.StateBytes())/series, "B/series")
		})
	}
	f("gauges", fleet)
	counters := make([]schema.Labels, series)
	for i, l := range fleet {
		name := schema.AppendLabel(nil, schema.MetricName, "shop_request_duration_seconds_total")
		counters[i] = append(name, l[len(schema.AppendLabel(nil, schema.MetricName, string(l.Get(schema.MetricName)))):]...)
	}
	f("counters", counters)
}

// BenchmarkHistograms is the cost of a histogram's sample: of a bucket of a classic one, or of a whole native one.
func BenchmarkHistograms(b *testing.B) {
	f := func(name string, perRecord int, record func(step int64) stream.Record) {
		b.Run(name, func(b *testing.B) {
			p := New(0)
			var records []stream.Record
			for step := range int64(100) {
				records = append(records, record(step))
			}
			b.ReportAllocs()
			b.ResetTimer()
			var out stream.Output
			for i := 0; i < b.N; i++ {
				if i%len(records) == 0 {
					p = New(0)
				}
				out.Reset()
				if err := p.Process(&records[i%len(records)], &out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*perRecord), "ns/sample")
		})
	}
	f("classic", 160*12, func(step int64) stream.Record { return classicScrape(160, step) })
	f("native", 500, func(step int64) stream.Record { return nativeScrape(500, step) })
}

// classicScrape is one scrape of so many classic histograms of twelve buckets, nativeScrape of native ones of forty.
func classicScrape(n int, step int64) stream.Record {
	var r stagetest.Request
	for _, l := range stagetest.Fleet(n) {
		rest := l[len(schema.AppendLabel(nil, schema.MetricName, string(l.Get(schema.MetricName)))):]
		for i, le := range []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} {
			labels := append(schema.AppendLabel(schema.AppendLabel(nil, schema.MetricName, "shop_seconds_bucket"), "le", le), rest...)
			r.Series(labels, stagetest.Sample{Timestamp: t0 + 15_000*step, Value: float64((i + 1) * int(step))})
		}
	}
	return sample(uint64(step+1), &r)
}

func nativeScrape(n int, step int64) stream.Record {
	var r stagetest.Request
	counts := make([]float64, 40)
	for i := range counts {
		counts[i] = float64((i + 1) * int(step))
	}
	for _, l := range stagetest.Fleet(n) {
		(&nativeHist{Timestamp: t0 + 15_000*step, Schema: 3, Positive: counts}).appendTo(&r, l)
	}
	return sample(uint64(step+1), &r)
}

// BenchmarkNewSeries is the cost of a series never seen before.
func BenchmarkNewSeries(b *testing.B) {
	const series = 100_000
	records := fleetRecords(series)
	b.ReportAllocs()
	for b.Loop() {
		p := New(0)
		var out stream.Output
		for i := range records {
			out.Reset()
			if err := p.Process(&records[i], &out); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*series), "ns/series")
}

// BenchmarkSnapshot is how long the partition stands still while its state is written, for 100,000 series.
func BenchmarkSnapshot(b *testing.B) {
	p := New(0)
	stagetest.Run(b, p, fleetRecords(100_000)...)
	var n int64
	for b.Loop() {
		w := &discard{}
		if err := p.Snapshot(w); err != nil {
			b.Fatal(err)
		}
		n = w.n
	}
	b.ReportMetric(float64(n)/100_000, "B/series")
}

type discard struct{ n int64 }

func (d *discard) Write(b []byte) (int, error) {
	d.n += int64(len(b))
	return len(b), nil
}

// fleetRecords is one scrape of so many series, 2,000 a record.
func fleetRecords(series int) (records []stream.Record) {
	fleet := stagetest.Fleet(series)
	for from := 0; from < series; from += 2_000 {
		records = append(records, scrape(fleet[from:from+2_000], uint64(len(records)+1), t0))
	}
	return records
}
