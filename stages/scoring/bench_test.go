package scoring

import (
	"testing"

	"eddy/algorithms/catalogue"
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// BenchmarkProcess judges 100,000 series of 10 labels, 2,000 rows a record, in a sender's order: with an algorithm
// that costs nothing, and with the statistical one.
func BenchmarkProcess(b *testing.B) {
	f := func(name string, catalogue stages.Catalogue) {
		b.Run(name, func(b *testing.B) {
			const series, perRecord, rounds = 100_000, 2_000, 40
			p := New(0, catalogue)
			var block schema.FeatureBuilder
			var out stream.Output
			process := func(data []byte) {
				out.Reset()
				if err := p.Process(&stream.Record{Tenant: "default", Data: data}, &out); err != nil {
					b.Fatal(err)
				}
			}
			for i, l := range stagetest.Fleet(series) {
				block.AddSeries(schema.Series{Ref: uint32(i), Labels: l})
				if i%perRecord == perRecord-1 {
					process(block.AppendTo(nil))
					block.Reset()
				}
			}
			var data [][]byte
			for from := 0; from < series; from += perRecord {
				for i := from; i < from+perRecord; i++ {
					block.AddRow(uint32(i), 0, 15_000, float64(i%100), &[schema.FeatureCount]float32{1, 1, 1, 15, 1})
				}
				data = append(data, block.AppendTo(nil))
				block.Reset()
			}
			for range rounds {
				for _, d := range data {
					process(d)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				process(data[i%len(data)])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*perRecord), "ns/sample")
			b.ReportMetric(float64(p.StateBytes())/series, "B/series")
		})
	}
	f("nothing", stagetest.Catalogue)
	f("statistical", catalogue.Lookup)
}
