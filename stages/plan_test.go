package stages

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
	"eddy/schema"
)

// still is an algorithm that never finds anything; its digest is its one parameter.
type still struct{ digest string }

func (still) Name() string { return "still" }
func (still) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{{Name: "digest", Help: "one digit", Min: -9, Max: 9, Integer: true}}
}
func (still) Train(_ context.Context, params map[string]float64, _ algorithms.Dataset) (algorithms.Model, error) {
	if params["digest"] < 0 {
		return nil, errors.New("parameter digest: must be 0 to 9")
	}
	return &still{digest: string(rune('0' + int(params["digest"])))}, nil
}
func (still) Load([]byte) (algorithms.Model, error) { return nil, algorithms.ErrModel }
func (s *still) Info() algorithms.Info {
	return algorithms.Info{Algorithm: "still", Version: "1", Digest: s.digest}
}
func (still) StateLen() int                                           { return 1 }
func (still) Score([]float64, *algorithms.Input, *algorithms.Verdict) {}
func (still) MarshalBinary() ([]byte, error)                          { return nil, nil }

func catalogue(name string) (algorithms.Algorithm, bool) { return still{}, name == "still" }

func policy(detectors ...schema.Detector) schema.Policy {
	for i := range detectors {
		detectors[i].Algorithm = "still"
	}
	return schema.Policy{Detectors: detectors}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	plan, err := NewPlan(policy(
		schema.Detector{Name: "http", Match: `{__name__=~"http_.+",job!="test"}`},
		schema.Detector{Name: "noise", Match: `{job="test"}`, Ignore: true},
		schema.Detector{Name: "rest", Match: `{tier=""}`},
	), catalogue)
	if err != nil {
		t.Fatal(err)
	}
	f := func(want int, labels ...string) {
		t.Helper()
		var l schema.Labels
		for i := 0; i < len(labels); i += 2 {
			l = schema.AppendLabel(l, labels[i], labels[i+1])
		}
		if got := plan.Select(l); got != want {
			t.Errorf("%s is selected by %d; want %d", l, got, want)
		}
	}
	f(0, "__name__", "http_requests_total")
	f(0, "__name__", "http_requests_total", "job", "shop")
	f(-1, "__name__", "http_requests_total", "job", "test")
	f(2, "__name__", "up")
	f(2, "__name__", "http_")
	f(-1, "__name__", "up", "tier", "gold")
	if plan.Named("rest") != 2 || plan.Named("noise") != -1 || plan.Named("") != -1 {
		t.Error("Named finds detectors that score, by name")
	}
}

func TestEqualModelsAreShared(t *testing.T) {
	t.Parallel()
	plan, err := NewPlan(policy(
		schema.Detector{Name: "a"},
		schema.Detector{Name: "b", Parameters: map[string]float64{"digest": 5}},
		schema.Detector{Name: "c"},
	), catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if d := plan.Detectors; d[0].Model != d[2].Model || d[0].Model == d[1].Model {
		t.Fatal("models are shared exactly when algorithm and parameters are equal")
	}
}

func TestPolicyRefused(t *testing.T) {
	t.Parallel()
	f := func(want string, d ...schema.Detector) {
		t.Helper()
		_, err := NewPlan(policy(d...), catalogue)
		if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want one about %q", err, want)
		}
	}
	f(`detector 0 "a b": name: "a b": use 1 to 64 of`, schema.Detector{Name: "a b"})
	f(`detector 1 "a": name: "a" is the name of an earlier detector`, schema.Detector{Name: "a"}, schema.Detector{Name: "a"})
	f(`match: "{" is no PromQL selector`, schema.Detector{Name: "a", Match: `{`})
	f("for: -1: must be 1 to 100000", schema.Detector{Name: "a", For: -1})
	f("resolve_after: 100001: must be 1 to 100000", schema.Detector{Name: "a", ResolveAfter: 100_001})
	f("severities", schema.Detector{Name: "a", Info: 0.9, Warning: 0.5})
	f("min_deviation", schema.Detector{Name: "a", MinDeviation: -1})
	f("direction", schema.Detector{Name: "a", Direction: "sideways"})
	f(`parameters.digest: parameter "digest" is 2.5; it must be a whole number`, schema.Detector{Name: "a", Parameters: map[string]float64{"digest": 2.5}})
	f(`parameters.digits: algorithm "still" has no such parameter; it knows digest`, schema.Detector{Name: "a", Parameters: map[string]float64{"digits": 1}})
	f("parameters: parameter digest: must be 0 to 9", schema.Detector{Name: "a", Parameters: map[string]float64{"digest": -1}}) // Train's own
	f("1001 detectors, at most 1000 can be", make([]schema.Detector, 1001)...)
	if _, err := NewPlan(schema.DefaultPolicy(), catalogue); !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), `algorithm: "ensemble" is not known`) {
		t.Errorf("an unknown algorithm: %v", err)
	}
	if _, err := NewPlan(schema.Policy{Detectors: []schema.Detector{{Name: "noise", Ignore: true, Algorithm: "magic"}}}, catalogue); err != nil {
		t.Errorf("a detector that ignores needs no algorithm: %v", err)
	}
}

// Every fault is found at once, each with the key it stands under.
func TestCheckNamesDetectorAndKey(t *testing.T) {
	t.Parallel()
	var got []string
	for _, f := range Check(policy(schema.Detector{Name: "a", For: -1, Direction: "upp"}, schema.Detector{Name: "a", Parameters: map[string]float64{"digits": 1}}), catalogue) {
		got = append(got, fmt.Sprintf("%d %s %s", f.Detector, f.Key, f.Word))
	}
	want := []string{"0 direction upp", "0 for ", "1 name ", "1 parameters.digits digits"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if faults := Check(policy(schema.Detector{Name: "a", For: 100_000, ResolveAfter: 100_000}), catalogue); faults != nil {
		t.Errorf("refused: %v", faults)
	}
}
