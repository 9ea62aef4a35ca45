package scoring

import (
	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages"
)

// Observation is one judged row, as a backtest or an explanation wants to see it. It is valid during the call only.
type Observation struct {
	Tenant    string
	Labels    schema.Labels
	Kind      schema.SeriesKind
	Detector  *stages.Detector
	Timestamp int64 // Unix milliseconds
	Value     float64
	// Input is what the model saw.
	Input   *algorithms.Input
	Verdict *algorithms.Verdict
	// Score is the verdict's, or 0 where the detector's direction or least deviation rules it out.
	Score float64
}

// Observe calls fn for every row that is judged, whether it is passed on or not. It changes no output.
func (p *Processor) Observe(fn func(*Observation)) { p.observe = fn }

// Plan is the one in force.
func (p *Processor) Plan() *stages.Plan { return p.plan }

func (p *Processor) observed(t *tenant, s *series, d *stages.Detector, score float64) {
	p.observe(&Observation{
		Tenant: t.name, Labels: t.labels.Get(s.labels), Kind: s.kind, Detector: d,
		Timestamp: p.input.Timestamp, Value: p.input.Value, Input: &p.input, Verdict: &p.verdict, Score: score,
	})
}
