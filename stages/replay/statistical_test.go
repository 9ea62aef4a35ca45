package replay

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"eddy/algorithms/catalogue"
	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

// fleetDay sends steps scrapes of a small fleet of noisy gauges and counters, one of which doubles between from and to.
func fleetDay(n, steps, from, to int) (records []stream.Record, faulty schema.Labels) {
	rng := rand.New(rand.NewPCG(7, 7))
	fleet := stagetest.Fleet(n)
	for i := range n / 2 {
		fleet[i] = schema.LabelsFromMap(map[string]string{"__name__": "requests_total", "pod": string(rune('a' + i))})
	}
	totals := make([]float64, n)
	for step := range steps {
		var r stagetest.Request
		for i, l := range fleet {
			v := 100 + 5*rng.NormFloat64()
			if i == 3 && step >= from && step < to {
				v *= 2
			}
			if totals[i] += v * 15; i < n/2 {
				v = math.Floor(totals[i])
			}
			r.Series(l, stagetest.Sample{Timestamp: stagetest.Epoch + int64(step)*15_000, Value: v})
		}
		records = append(records, stream.Record{Tenant: "default", Root: uint64(step + 1), Data: r.Record()})
	}
	return records, fleet[3]
}

// TestStatisticalFindsTheFault: the built-in algorithm and the default policy open one episode, of the series that
// doubled, while it did.
func TestStatisticalFindsTheFault(t *testing.T) {
	t.Parallel()
	records, faulty := fleetDay(20, 600, 400, 440)
	c := NewChain(0, catalogue.Lookup)
	var events []schema.Event
	for i := range records {
		if err := c.Process(&records[i], func(_ string, data []byte) {
			var e schema.Event
			if err := json.Unmarshal(data, &e); err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(events) < 2 || events[0].Type != schema.TypeOpened || events[len(events)-1].Type != schema.TypeResolved {
		t.Fatalf("events: %+v", events)
	}
	for _, e := range events {
		if e.Data.ID != events[0].Data.ID {
			t.Errorf("a second episode: %s, %s", e.Subject, e.Data.StartedAt)
		}
	}
	a := events[0].Data
	if events[0].Subject != faulty.String() || a.Feature != "rate" || a.Direction != schema.DirectionUp || a.Sequence != 403 {
		t.Errorf("opened: %+v", events[0])
	}
	if !(a.Lower < 100 && 100 < a.Upper && a.Upper < 150 && a.Value > 170) {
		t.Errorf("value %g, expected %g (%g..%g)", a.Value, a.Expected, a.Lower, a.Upper)
	}
}

// BenchmarkChain is everything behind ingest, in memory: ns/sample of one core.
func BenchmarkChain(b *testing.B) {
	const series, perRecord = 100_000, 2_000
	fleet := stagetest.Fleet(series)
	c := NewChain(0, catalogue.Lookup)
	events := 0
	rng := rand.New(rand.NewPCG(1, 1))
	round := func(step int) (records []stream.Record) {
		for from := 0; from < series; from += perRecord {
			var r stagetest.Request
			for _, l := range fleet[from : from+perRecord] {
				r.Series(l, stagetest.Sample{Timestamp: stagetest.Epoch + int64(step)*15_000, Value: 100 + rng.NormFloat64()})
			}
			records = append(records, stream.Record{Tenant: "default", Root: uint64(step*100 + len(records)), Data: r.Record()})
		}
		return records
	}
	process := func(records []stream.Record) {
		for i := range records {
			if err := c.Process(&records[i], func(string, []byte) { events++ }); err != nil {
				b.Fatal(err)
			}
		}
	}
	step := 0
	for ; step < 40; step++ {
		process(round(step))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		records := round(step)
		step++
		b.StartTimer()
		process(records)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*series), "ns/sample")
}
