package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
	"eddy/algorithms/catalogue"
	"eddy/schema"
)

// taught is a trial of one detector that needs training.
func taught(algorithm string, params map[string]float64, training Training) Trial {
	d := schema.Detector{Name: "all", Algorithm: algorithm, Parameters: params}
	d.SetDefaults()
	return Trial{Policy: schema.Policy{Detectors: []schema.Detector{d}}, Catalogue: catalogue.Lookup, Training: training}
}

func trials() map[string]Trial {
	days := 24 * time.Hour
	return map[string]Trial{
		"forest by time": taught("forest", map[string]float64{"trees": 20}, Training{After: days, Again: 2 * days}),
		"forest by rows": taught("forest", map[string]float64{"trees": 20}, Training{AfterRows: 700, Again: 7 * days}),
		"lstm":           taught("lstm", map[string]float64{"hidden": 8, "epochs": 2}, Training{AfterRows: 600, Again: days}),
	}
}

// The law of every backtest holds for what is trained on the way, too.
func TestTrainingDependsOnNoLaterRow(t *testing.T) {
	t.Parallel()
	for name, trial := range trials() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := outcomeOf(t, history(1440), trial)
			whole := scoresWithoutLabel(scores(t, o))
			if o.Models == 0 {
				t.Fatal("nothing was trained")
			}
			for _, rows := range []int{1, 500, 567, 601, 701, 702, 890, 1003, 1200} {
				if cut := scoresWithoutLabel(scores(t, outcomeOf(t, history(rows), trial))); !strings.HasPrefix(whole, cut) {
					t.Errorf("the first %d rows alone score differently", rows)
				}
			}
		})
	}
}

func TestTheOnlineEnsembleJudgesUntilAModelDoes(t *testing.T) {
	t.Parallel()
	plain := strings.SplitAfter(scores(t, outcome(t, history(1440))), "\n")
	o := outcomeOf(t, history(1440), trials()["forest by rows"])
	forest := strings.SplitAfter(scores(t, o), "\n")
	if o.Models != 1 {
		t.Errorf("%d models, want 1: the history is shorter than the time to the next", o.Models)
	}
	same := 0
	for same < len(plain) && plain[same] == forest[same] {
		same++
	}
	if same < 700 || same > 800 {
		t.Errorf("the first %d lines are the ensemble's; the model comes when there are 700 rows and judges when it is warm", same)
	}
	if s := judge(o, Labels{"shop/web.csv": {{o.Table.Times[1000], o.Table.Times[1011]}}}, Grace{}); s.Caught != 1 {
		t.Errorf("the forest misses a spike: %+v", s)
	}
}

func TestEachDetectorHasItsOwnModel(t *testing.T) {
	t.Parallel()
	trial := taught("forest", nil, Training{AfterRows: 600})
	second := trial.Policy.Detectors[0]
	trial.Policy.Detectors[0].Match, second.Name = `{__name__="cpu"}`, "rest"
	trial.Policy.Detectors = append(trial.Policy.Detectors, second)
	csv := strings.Replace(history(1440), "value", "cpu", 1)
	if o := outcomeOf(t, csv, trial); o.Models != 1 {
		t.Errorf("%d models; the second detector selects nothing", o.Models)
	}
}

func TestAnArchiveStaysWithinItsLimit(t *testing.T) {
	t.Parallel()
	a := newArchive(100)
	labels := func(i int) schema.Labels {
		return schema.LabelsFromMap(map[string]string{"i": string(rune('a' + i))})
	}
	for row := range 40 {
		for i := range 20 {
			a.add(labels(i), &algorithms.Input{Timestamp: int64(row + 1), Value: float64(row)})
			if a.rows > 100 {
				t.Fatalf("%d rows", a.rows)
			}
		}
	}
	d, rows, begins := dataset{archive: a}, 0, 0
	last := int64(0)
	for in, isNew, ok := d.Next(); ok; in, isNew, ok = d.Next() {
		if rows++; isNew {
			begins, last = begins+1, 0
		}
		if in.Timestamp <= last {
			t.Errorf("%d behind %d", in.Timestamp, last)
		}
		last = in.Timestamp
	}
	if rows != a.rows || rows == 0 || begins != len(a.order) || a.long != 40 {
		t.Errorf("%d rows of %d series, want %d of %d; longest %d", rows, begins, a.rows, len(a.order), a.long)
	}
	one := newArchive(10)
	for row := range 15 {
		one.add(labels(0), &algorithms.Input{Timestamp: int64(row + 1)})
	}
	var got []int64
	d = dataset{archive: one}
	for in, _, ok := d.Next(); ok; in, _, ok = d.Next() {
		got = append(got, in.Timestamp)
	}
	if diff := cmp.Diff([]int64{6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, got); diff != "" {
		t.Errorf("of a single series the newer rows stay (-want +got):\n%s", diff)
	}
}
