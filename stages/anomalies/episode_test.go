package anomalies

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
	"eddy/stages"
)

func detector() *stages.Detector {
	d := &stages.Detector{Detector: schema.DefaultDetector()}
	d.Name = "load"
	return d
}

// TestEpisode writes a life as one letter a minute: - normal, i w c abnormal of a severity. What comes out is O U R
// for events, . for none.
func TestEpisode(t *testing.T) {
	t.Parallel()
	scores := map[rune]float64{'-': 0.49, 'i': 0.5, 'w': 0.65, 'c': 0.8}
	letters := map[string]string{"": ".", schema.TypeOpened: "O", schema.TypeUpdated: "U", schema.TypeResolved: "R"}
	f := func(rows, want string) {
		t.Helper()
		var e episode
		var got strings.Builder
		for i, row := range rows {
			event := e.step(detector(), &schema.ScoreRow{Timestamp: int64(i) * 60_000, Score: scores[row]})
			got.WriteString(letters[event])
		}
		if got.String() != want {
			t.Errorf("rows   %s\nevents %s\nwant   %s", rows, got.String(), want)
		}
	}
	f("------", "......")
	f("ii-ii-i", ".......")
	f("iii", "..O")
	f("ciw-----", "..O....R")
	f("iii-----", "..O....R")
	f("iii----i-----", "..O....U....R")
	f("iiiwic", "..OU.U")
	f("iiiiiiiiiiiiii", "..O....U....U.")
	f("iii-----ii-iii", "..O....R.....O")
	f("ccciiwwc-----", "..O....U....R")
}

// TestCause writes rows as letters: r after a reset, d doubtful, x abnormal, - normal; every abnormal one scores.
func TestCause(t *testing.T) {
	t.Parallel()
	flags := map[rune]schema.RowFlag{'r': schema.RowReset, 'd': schema.RowIngest, 'b': schema.RowReset | schema.RowIngest}
	f := func(rows string, want schema.Cause) {
		t.Helper()
		var e episode
		for i, row := range rows {
			r := schema.ScoreRow{Timestamp: int64(i), Flags: flags[row], Score: 0.6}
			if row == '-' {
				r.Score = 0
			}
			e.step(detector(), &r)
		}
		if got := e.cause(schema.CauseMetric); !e.open || got != want {
			t.Errorf("%s: open %v, cause %s; want %s", rows, e.open, got, want)
		}
	}
	f("xxx", schema.CauseMetric)
	f("rxx", schema.CauseCounterReset)
	f("xrx", schema.CauseMetric)
	f("r-xxx", schema.CauseMetric)
	f("dxx", schema.CauseIngest)
	f("xxd", schema.CauseIngest)
	f("rxd", schema.CauseIngest)
	f("bxx", schema.CauseIngest)
	f("d-xxx", schema.CauseMetric)
	f("xxxd", schema.CauseMetric)
	f("rxxd", schema.CauseCounterReset)
	var e episode
	e.begin(detector(), &schema.ScoreRow{Flags: schema.RowSilence | schema.RowIngest, Score: 1})
	if got := e.cause(schema.CauseSilence); got != schema.CauseIngest {
		t.Errorf("a silence of samples that were refused: %s", got)
	}
}

func TestWorstRowIsKept(t *testing.T) {
	t.Parallel()
	var e episode
	for i, score := range []float64{0.6, 0.7, 0.55, 0.9, 0.6} {
		e.step(detector(), &schema.ScoreRow{Timestamp: int64(i), Value: float64(i), Score: score})
	}
	if diff := cmp.Diff(schema.ScoreRow{Timestamp: 3, Value: 3, Score: 0.9}, e.worst); diff != "" {
		t.Error(diff)
	}
	if e.started != 0 || e.highest != schema.SeverityCritical || e.events != 2 {
		t.Errorf("started %d, highest %s, %d events", e.started, e.highest, e.events)
	}
}
