package backtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms/catalogue"
	"eddy/schema"
)

// history is five days of a wave, a value each five minutes, with a flat hour and a spike.
func history(rows int) string {
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i := range rows {
		v := 50 + 40*math.Sin(float64(i)/11) + math.Sin(float64(i*i))
		switch {
		case i >= 1000 && i < 1012:
			v = 300
		case i%97 == 0:
			fmt.Fprintf(&b, "%s,\n", stamp(1_700_000_000_000+int64(i)*300_000))
			continue
		}
		fmt.Fprintf(&b, "%s,%.6f\n", stamp(1_700_000_000_000+int64(i)*300_000), v)
	}
	return b.String()
}

func policy() schema.Policy {
	d := schema.Detector{Name: "all", Algorithm: "ensemble"}
	d.SetDefaults()
	return schema.Policy{Detectors: []schema.Detector{d}}
}

func outcome(t *testing.T, csv string) *Outcome {
	t.Helper()
	return outcomeOf(t, csv, Trial{Policy: policy(), Catalogue: catalogue.Lookup})
}

func outcomeOf(t *testing.T, csv string, trial Trial) *Outcome {
	t.Helper()
	table, err := ReadCSV(strings.NewReader(csv), "shop/web")
	if err != nil {
		t.Fatal(err)
	}
	table.Path = "shop/web.csv"
	o, err := Run(t.Context(), table, trial)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func scores(t *testing.T, o *Outcome) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteScores(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The law of every backtest: what comes later changes nothing that came before.
func TestCuttingAFileShortChangesNoEarlierScore(t *testing.T) {
	t.Parallel()
	whole := scoresWithoutLabel(scores(t, outcome(t, history(1440))))
	for _, rows := range []int{1, 40, 999, 1003, 1011, 1200} {
		cut := scoresWithoutLabel(scores(t, outcome(t, history(rows))))
		if !strings.HasPrefix(whole, cut) {
			t.Errorf("the first %d rows alone score differently", rows)
		}
	}
}

// scoresWithoutLabel drops the last column: an anomaly that is open at the end of a file stays so.
func scoresWithoutLabel(csv string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(csv, "\n") {
		if i := strings.LastIndexByte(line, ','); i >= 0 {
			b.WriteString(line[:i] + "\n")
		}
	}
	return b.String()
}

func TestRunsAreEqual(t *testing.T) {
	t.Parallel()
	if scores(t, outcome(t, history(1440))) != scores(t, outcome(t, history(1440))) {
		t.Error("two runs over the same history differ")
	}
}

func TestTheSpikeIsCaughtAndLabelled(t *testing.T) {
	t.Parallel()
	o := outcome(t, history(1440))
	windows := []Window{{o.Table.Times[1000], o.Table.Times[1011]}}
	s := judge(o, Labels{"shop/web.csv": windows}, Grace{Share: 0.15, Rows: 750})
	if s.Windows != 1 || s.Caught != 1 || s.False != 0 {
		t.Errorf("%+v", s)
	}
	lines := strings.Split(scores(t, o), "\n")
	if got := lines[1+1005]; !strings.HasSuffix(got, ",1") {
		t.Errorf("row 1005 is %q; want it labelled", got)
	}
	if got := lines[1+97]; !strings.HasSuffix(got, ",,0,0") && !strings.Contains(got, ",,") {
		t.Errorf("a missing sample is written as %q", got)
	}
}

func TestWideTablesAreOneEntity(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("timestamp,cpu,memory\n")
	for i := range 400 {
		cpu, memory := 10+math.Sin(float64(i*i)), 70+math.Cos(float64(i*i))
		if i >= 300 && i < 320 {
			cpu, memory = 90, 99
		}
		fmt.Fprintf(&b, "%d,%.4f,%.4f\n", 1_700_000_000+60*i, cpu, memory)
	}
	o := outcome(t, b.String())
	moments := o.Moments()
	if len(moments) == 0 || moments[0].Time != o.Table.Times[300] || moments[0].Score < 0.5 {
		t.Fatalf("moments %+v", moments)
	}
	var out bytes.Buffer
	if err := WriteMoments(&out, moments); err != nil || !strings.HasPrefix(out.String(), "timestamp,entity,series,score\n1700018000,shop/web,") {
		t.Errorf("events.csv is %q, %v", out.String(), err)
	}
}

func TestResultsOfAFolder(t *testing.T) {
	t.Parallel()
	in, out := t.TempDir(), t.TempDir()
	for _, name := range []string{"a/one.csv", "b/two.csv"} {
		path := filepath.Join(in, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(history(1440)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := FindFiles([]string{in})
	if err != nil {
		t.Fatal(err)
	}
	p := policy()
	collect := &Collect{Digest: p.Digest()}
	job := Job{Trial: Trial{Policy: p, Catalogue: catalogue.Lookup}, Workers: 2, Done: func(o *Outcome, s Score) error {
		collect.Add(o, s, nil, Grace{})
		return WriteEntity(out, o)
	}}
	sources := []Source{files[0], files[1]}
	if err := job.Run(t.Context(), sources); err != nil {
		t.Fatal(err)
	}
	if err := collect.Write(out, collect.Summary()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/one.csv", "b/two.csv", "results.json", "report.html"} {
		if info, err := os.Stat(filepath.Join(out, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	report, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil || strings.Contains(string(report), "http://") || strings.Contains(string(report), "https://") {
		t.Errorf("the report asks for something from elsewhere, %v", err)
	}
}

func TestCancelledJobsEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	job := Job{Trial: Trial{Policy: policy(), Catalogue: catalogue.Lookup}, Done: func(*Outcome, Score) error { return nil }}
	if err := job.Run(ctx, []Source{File{Path: "nowhere.csv"}}); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	o := outcome(t, history(1440))
	var same, less Diff
	same.Add(0, o)
	same.Add(1, o)
	less.Add(0, o)
	if r := same.Result(); len(r.Added)+len(r.Removed) != 0 || r.Same == 0 {
		t.Errorf("equal outcomes: %+v", r)
	}
	if r := less.Result(); len(r.Removed) == 0 || r.Same != 0 {
		t.Errorf("an outcome against nothing: %+v", r)
	}
}

func TestOutlook(t *testing.T) {
	t.Parallel()
	var o outlook
	var got []float64
	for _, score := range []float64{0, 0.1, 0.6, 0.6, 0.8, 0, 0, 0, 0.6} {
		got = append(got, math.Round(1000*o.next(score))/1000)
	}
	want := []float64{0, 0.05, 0.8, 0.3, 0.9, 0.36, 0.324, 0.292, 0.8}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
