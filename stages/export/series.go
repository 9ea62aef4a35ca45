package export

import (
	"sort"

	"eddy/algorithms"
	"eddy/schema"
)

// The names of the exported series: https://docs.victoriametrics.com/anomaly-detection/components/models/#vmanomaly-output
const (
	nameScore    = "anomaly_score"
	nameValue    = "y"
	nameExpected = "yhat"
	nameLower    = "yhat_lower"
	nameUpper    = "yhat_upper"
)

// forLabel holds the name of the series that was judged.
const forLabel = "for"

// Sample is one exported sample.
type Sample struct {
	Name  string
	Value float64
}

// mostScore bounds the exported score, so that nothing has to know infinity.
const mostScore = 1e6

// Samples lists what a point becomes; a series that is still learned has a value only.
func (p Point) Samples() []Sample {
	if !p.Ready {
		return []Sample{{nameValue, p.Value}}
	}
	return []Sample{{nameScore, p.exported()}, {nameValue, p.Value}, {nameExpected, p.Expected}, {nameLower, p.Lower}, {nameUpper, p.Upper}}
}

// exported is the score as vmanomaly's users know it, anomalous above 1: decades of rarity over those of score 0.5.
func (p Point) exported() float64 {
	return min(mostScore, algorithms.Rarity(p.Score)/algorithms.Rarity(0.5))
}

// Labels are those of an exported series: the judged one's, its name moved to "for".
func Labels(judged schema.Labels, name string) schema.Labels {
	m := judged.Map()
	if original := m[schema.MetricName]; original != "" {
		m[forLabel] = original
	}
	m[schema.MetricName] = name
	return schema.LabelsFromMap(m)
}

// pair is a label.
type pair struct{ name, value string }

// pairs lists the labels of an exported series without its name, in order.
func pairs(judged schema.Labels) []pair {
	m := judged.Map()
	if original := m[schema.MetricName]; original != "" {
		m[forLabel] = original
	}
	delete(m, schema.MetricName)
	list := make([]pair, 0, len(m))
	for name, value := range m {
		list = append(list, pair{name, value})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	return list
}
