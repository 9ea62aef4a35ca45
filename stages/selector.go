package stages

import (
	"fmt"
	"unsafe"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"eddy/schema"
)

// Selector is a PromQL vector selector, as up{job="api"}; the zero value selects everything.
type Selector struct{ matchers []*labels.Matcher }

// ParseSelector reads one.
func ParseSelector(text string) (Selector, error) {
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(text)
	if err != nil {
		return Selector{}, fmt.Errorf("%q is no PromQL selector: %w", text, err)
	}
	return Selector{matchers}, nil
}

// Matches tells whether a series is selected.
func (s Selector) Matches(l schema.Labels) bool {
	for _, m := range s.matchers {
		value := l.Get(m.Name)
		if !m.Matches(unsafe.String(unsafe.SliceData(value), len(value))) { // Matches keeps nothing
			return false
		}
	}
	return true
}

// Series returns the one series a selector of equalities names as events do: with all its labels. Ok is false for a
// selector that has other matchers.
func (s Selector) Series() (l schema.Labels, ok bool) {
	named := map[string]string{}
	for _, m := range s.matchers {
		if m.Type != labels.MatchEqual {
			return nil, false
		}
		named[m.Name] = m.Value
	}
	return schema.LabelsFromMap(named), len(named) > 0
}
