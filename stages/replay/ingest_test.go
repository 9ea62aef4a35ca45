package replay

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
	"eddy/stages/features"
	"eddy/stages/ingest"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// acceptance is a samples log of one partition whose records go right to features.
type acceptance struct {
	t         *testing.T
	mu        sync.Mutex
	processor *features.Processor
	out       stream.Output
	records   int
}

func (a *acceptance) Append(_ context.Context, _ int, subject string, data []byte) error {
	a.process(stream.Record{Tenant: schema.SubjectTenant(subject), Data: data})
	return nil
}

func (a *acceptance) AppendControl(_ context.Context, _ int, subject string, data []byte) error {
	a.process(stream.Record{Tenant: schema.SubjectTenant(subject), Kind: schema.EntryControl, Data: data})
	return nil
}

func (a *acceptance) process(rec stream.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.records++
	rec.Root = uint64(a.records)
	a.out.Reset()
	if err := a.processor.Process(&rec, &a.out); err != nil {
		a.t.Errorf("record %d was acknowledged, and features says: %v", a.records, err)
	}
}

// TestFeaturesTakesWhateverIngestStores: nothing that a sender has had a 204 for is poison to the next stage, however
// it is made up.
func TestFeaturesTakesWhateverIngestStores(t *testing.T) {
	t.Parallel()
	const many, ts = 20_000, stagetest.Epoch
	named := func(i int) schema.Labels { return metric("m" + strconv.Itoa(i)) }
	for name, fill := range map[string]func(r *stagetest.Request, i int){
		"exemplars":  func(r *stagetest.Request, i int) { r.Exemplar(named(i), ts, 1) },
		"metadata":   func(r *stagetest.Request, i int) { r.Metadata("m"+strconv.Itoa(i), 1) },
		"samples":    func(r *stagetest.Request, i int) { r.Series(named(i), stagetest.Sample{Timestamp: ts}) },
		"histograms": func(r *stagetest.Request, i int) { r.Histogram(named(i), ts, stagetest.Stale()) },
		"all of it": func(r *stagetest.Request, i int) {
			r.Exemplar(named(i), ts, 1)
			r.Series(named(i), stagetest.Sample{Timestamp: ts}, stagetest.Sample{Timestamp: ts + 1}, stagetest.Sample{Timestamp: ts + 2})
			r.Metadata("m"+strconv.Itoa(i), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &acceptance{t: t, processor: features.New(0)}
			now := func() time.Time { return time.UnixMilli(ts) }
			g, err := ingest.New(ingest.Config{}, log, 1, now, ingest.NewMetrics(nil))
			if err != nil {
				t.Fatal(err)
			}
			var r stagetest.Request
			for i := range many {
				fill(&r, i)
			}
			decoded, err := s2.Decode(nil, r.Record())
			if err != nil {
				t.Fatal(err)
			}
			if result, err := g.Push(t.Context(), "default", decoded, ingest.V1); err != nil || result.Status() != 204 {
				t.Errorf("%v, %s", err, result.Refused.String())
			}
			if log.records < many/schema.MaxRecordEntries {
				t.Errorf("%d records", log.records)
			}
		})
	}
}

func metric(name string) schema.Labels { return schema.AppendLabel(nil, schema.MetricName, name) }
