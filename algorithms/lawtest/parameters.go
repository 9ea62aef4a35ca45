package lawtest

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// corners are the defaults and each parameter at its limits.
func (l laws) corners() []map[string]float64 {
	list := []map[string]float64{nil}
	for _, p := range l.a.Parameters() {
		list = append(list, map[string]float64{p.Name: p.Min}, map[string]float64{p.Name: p.Max})
	}
	return list
}

func (l laws) parametersAreSane(t *testing.T) {
	space := l.a.Parameters()
	if !reflect.DeepEqual(space, l.a.Parameters()) {
		t.Error("the space changes")
	}
	seen := map[string]bool{}
	for _, p := range space {
		if seen[p.Name] || p.Name == "" || p.Name != strings.ToLower(p.Name) || strings.ContainsAny(p.Name, " -.") {
			t.Errorf("name %q is a repetition or no lower_case word", p.Name)
		}
		seen[p.Name] = true
		if p.Help == "" {
			t.Errorf("%s has no help", p.Name)
		}
		if err := p.Check(p.Default); err != nil || !(p.Min <= p.Max) {
			t.Errorf("%s: default %v of %v to %v: %v", p.Name, p.Default, p.Min, p.Max, err)
		}
		if p.Log && !(p.Min > 0) {
			t.Errorf("%s is logarithmic from %v", p.Name, p.Min)
		}
	}
}

func (l laws) wrongParametersAreRefused(t *testing.T) {
	refused := func(name string, value float64) {
		t.Helper()
		m, err := l.a.Train(t.Context(), map[string]float64{name: value}, l.data())
		if err == nil || m != nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s = %v: model %v, error %v; want an error with the name", name, value, m, err)
		}
	}
	refused("no_such_parameter", 1)
	for _, p := range l.a.Parameters() {
		refused(p.Name, math.NaN())
		refused(p.Name, math.Inf(1))
		refused(p.Name, math.Inf(-1))
		refused(p.Name, math.Nextafter(p.Min, math.Inf(-1)))
		refused(p.Name, math.Nextafter(p.Max, math.Inf(1)))
		if p.Integer {
			refused(p.Name, p.Min+0.5)
		}
	}
}

func (l laws) limitsWork(t *testing.T) {
	for _, params := range l.corners() {
		m := l.train(t, params)
		for _, s := range streams() {
			checkVerdicts(t, m, s)
		}
	}
}
