package scoring

import (
	"bytes"
	"strings"
	"testing"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages/internal/snap"
)

// TestToggle writes a life as one digit a row; what is abnormal of it is marked below.
func TestToggle(t *testing.T) {
	t.Parallel()
	f := func(name, before, rows, want string) {
		t.Helper()
		var x toggle
		var v algorithms.Verdict
		for _, row := range before {
			x.judge(float64(row-'0'), &v)
		}
		var got strings.Builder
		for _, row := range rows {
			x.judge(float64(row-'0'), &v)
			if !v.Ready || !(v.Score >= 0 && v.Score < 1) || v.Lower != v.Expected || v.Upper != v.Expected {
				t.Fatalf("%s: %+v", name, v)
			}
			if v.Score >= 0.5 {
				got.WriteByte('^')
			} else {
				got.WriteByte(' ')
			}
		}
		if got.String() != want {
			t.Errorf("%s\nrows %q\ngot  %q\nwant %q", name, rows, got.String(), want)
		}
	}
	up := strings.Repeat("1", 100)
	f("too little is known", "", "1111011101", "          ")
	f("down, for the first time", up, "0001111", "^^^    ")
	f("and coming up", strings.Repeat("0", 100), "1110000", "^^^    ")
	f("again soon after", up, "0111110111", "^         ")
	f("again after as long", up+"0"+up, "00111", "^^   ")
	f("now and then as it always did", strings.Repeat("1111111110", 30), "1111111110111111111001", strings.Repeat(" ", 22))
	f("longer than it ever was", strings.Repeat("1111111110", 30), strings.Repeat("0", 20)+"1", strings.Repeat(" ", 18)+"^^ ")
	f("a new life", up[:30], strings.Repeat("0", 35)+"1", strings.Repeat("^", 30)+"      ")
}

// TestToggleForgets: after weeks of quiet an old habit counts little.
func TestToggleForgets(t *testing.T) {
	t.Parallel()
	var x toggle
	var v algorithms.Verdict
	for range 50 {
		for i := range 10 {
			x.judge(float64(min(i, 1)), &v)
		}
	}
	for range 10 * toggleMemory {
		x.judge(1, &v)
	}
	if x.judge(0, &v); v.Score < 0.8 || x.held[0]+x.held[1] > toggleMemory {
		t.Errorf("score %v after a long quiet: %+v", v.Score, x)
	}
}

func TestToggleIsSaved(t *testing.T) {
	t.Parallel()
	x := toggle{held: [2]uint32{1, 200}, left: [2]uint32{3, 4}, stay: 5, odds: 6.5, state: 2}
	var buf bytes.Buffer
	w := snap.NewWriter(&buf)
	x.save(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var got toggle
	r := snap.NewReader(&buf)
	if got.load(r); r.End() != nil || got != x {
		t.Errorf("%+v, %v; want %+v", got, r.Err(), x)
	}
}

// TestStatesAreJudgedAsSuch: a row that is flagged is judged by the series' own changes, and one is enough. A row that
// is not flagged is the model's, which has learned all of them.
func TestStatesAreJudgedAsSuch(t *testing.T) {
	t.Parallel()
	p, f := start(), &feed{}
	lines(t, p, f.series(0, metric("up")).row(0, 1, schema.RowFresh, schema.RowState).record())
	for range 99 {
		lines(t, p, f.row(0, 1, schema.RowState).record())
	}
	check(t, []string{"watch #0 up by 0", "#0 0 (1..1..1) 0.83"}, lines(t, p, f.row(0, 0, schema.RowState).record()))
	check(t, []string{"#0 1 (1..1..1) 0.00"}, lines(t, p, f.row(0, 1, schema.RowState).record()))
	check(t, []string{"#0 30 (-4.109375..0.890625..5.890625) 0.85"}, lines(t, p, f.row(0, 30).record())[:1])
	check(t, []string{"#0 0 (0..0..0) 0.00 fresh"}, lines(t, p, f.row(0, 0, schema.RowState, schema.RowFresh).record()))
}
