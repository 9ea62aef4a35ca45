package explain

import (
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/scoring"
)

// Row is what was scored of a series.
type Row struct {
	Timestamp int64  `json:"timestamp"` // Unix milliseconds
	Feature   string `json:"feature"`   // what the value is: value, or rate (per second) for counters
	Value     Number `json:"value"`
	// Expected is the value most likely; between Lower and Upper a value alone scores below 0.5.
	Expected Number `json:"expected"`
	Lower    Number `json:"lower"`
	Upper    Number `json:"upper"`
	Ready    bool   `json:"ready"` // false while the model warms up
	Score    Number `json:"score"` // the model's
	// Counted is what is left of the score behind direction and min_deviation.
	Counted  Number          `json:"score_counted"`
	Members  []Member        `json:"members"`
	Features map[string]any  `json:"features"` // what was known of the series before the row
	Model    schema.ModelRef `json:"model"`

	detector *stages.Detector
	coarse   bool
	counted  float64
	value    float64
	expected float64
}

// Member is a part of the algorithm, and its share in the score; 0 for all when the score is 0.
type Member struct {
	Name  string  `json:"name"`
	Share float32 `json:"share"`
}

func newRow(o *scoring.Observation) *Row {
	v, info := o.Verdict, o.Detector.ModelInfo
	r := &Row{
		Timestamp: o.Timestamp, Feature: o.Kind.Feature(), Value: Number(o.Value), Expected: Number(v.Expected), Lower: Number(v.Lower),
		Upper: Number(v.Upper), Ready: v.Ready, Score: Number(v.Score), Counted: Number(o.Score), Members: []Member{},
		Features: map[string]any{}, Model: schema.ModelRef{Algorithm: info.Algorithm, Version: info.Version, Digest: info.Digest},
		detector: o.Detector, counted: o.Score, value: o.Value, expected: v.Expected,
	}
	for i, name := range info.Contributors {
		r.Members = append(r.Members, Member{name, v.Contributions[i]})
	}
	for i, name := range schema.FeatureNames() {
		if i < len(o.Input.Features) {
			r.Features[name] = Number(o.Input.Features[i])
		}
	}
	if len(o.Input.Features) > schema.FeatureInterval {
		r.coarse = o.Input.Features[schema.FeatureInterval] >= schema.CoarseInterval
	}
	return r
}
