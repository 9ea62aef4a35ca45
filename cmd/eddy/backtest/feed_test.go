package backtest

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"eddy/algorithms/catalogue"
	"eddy/stream"
)

// feedOf is a history as a log of so many rows; what lies in the span is reported.
func feedOf(t *testing.T, rows int, span Window) Feed {
	t.Helper()
	table, err := ReadCSV(strings.NewReader(history(1440)), "shop/0")
	if err != nil {
		t.Fatal(err)
	}
	return Feed{Entity: "shop/0", Span: span, Read: func(_ context.Context, fn func(*stream.Record) error) error {
		r := runner{table: table}
		for row := range rows {
			data := r.record(row)
			if data == nil {
				continue
			}
			if err := fn(&stream.Record{Tenant: tenant, Root: uint64(row + 2), Data: data}); err != nil {
				return err
			}
		}
		return nil
	}}
}

func always() Window { return Window{math.MinInt64, math.MaxInt64} }

func runFeed(t *testing.T, f Feed, trial Trial) *FeedOutcome {
	t.Helper()
	o, err := RunFeed(t.Context(), f, trial)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCuttingALogShortChangesNothingBefore(t *testing.T) {
	t.Parallel()
	for name, trial := range trials() {
		whole := runFeed(t, feedOf(t, 1440, always()), trial)
		for _, rows := range []int{800, 1002, 1005, 1300} {
			cut := runFeed(t, feedOf(t, rows, always()), trial)
			if diff := cmp.Diff(whole.Moments[:len(cut.Moments)], cut.Moments, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: the first %d records alone say otherwise (-whole +cut):\n%s", name, rows, diff)
			}
		}
	}
}

func TestASpanIsReportedAndWhatIsBeforeLearnedFrom(t *testing.T) {
	t.Parallel()
	trial := Trial{Policy: policy(), Catalogue: catalogue.Lookup}
	whole := runFeed(t, feedOf(t, 1440, always()), trial)
	const from = 1_700_000_000_000 + 990*300_000
	late := runFeed(t, feedOf(t, 1440, Window{from, math.MaxInt64}), trial)
	var want []Moment
	for _, m := range whole.Moments {
		if m.Time >= from {
			want = append(want, m)
		}
	}
	if diff := cmp.Diff(want, late.Moments); diff != "" || len(want) == 0 {
		t.Errorf("news of the span (-want +got):\n%s", diff)
	}
	if s := late.Score; s.Episodes == 0 || s.Rows >= whole.Score.Rows || s.Series != 1 || s.Days > 2 {
		t.Errorf("%+v", s)
	}
}

func TestOnlySeriesWithAnomaliesAreDrawn(t *testing.T) {
	t.Parallel()
	trial := Trial{Policy: policy(), Catalogue: catalogue.Lookup}
	job := Job{Trial: trial}
	var collect Collect
	outcomes := []*FeedOutcome{runFeed(t, feedOf(t, 1440, always()), trial), runFeed(t, feedOf(t, 900, Window{1_700_000_000_000 + 800*300_000, math.MaxInt64}), trial)}
	if len(outcomes[1].Episodes) != 0 {
		t.Fatalf("the calm stretch is not: %+v", outcomes[1].Episodes)
	}
	if err := job.Draw(t.Context(), outcomes, &collect); err != nil {
		t.Fatal(err)
	}
	if len(collect.plots) != 1 || collect.plots[0].Episodes == 0 || !strings.Contains(collect.plots[0].Value, "said ") {
		t.Errorf("%d plots", len(collect.plots))
	}
}
