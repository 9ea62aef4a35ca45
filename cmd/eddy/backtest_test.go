package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"eddy/cmd/eddy/backtest"
)

// writeHistory makes a folder with one series that spikes.
func writeHistory(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i := range 600 {
		v := 10 + math.Sin(float64(i*i))
		if i >= 500 && i < 510 {
			v = 80
		}
		fmt.Fprintf(&b, "%d,%.4f\n", 1_700_000_000+60*i, v)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "web.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "eddy.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs one command line.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(t.Context(), args, stdio{&o, &e})
	return code, o.String(), e.String()
}

func TestBacktestWritesAndPrints(t *testing.T) {
	t.Parallel()
	dir, out := writeHistory(t), t.TempDir()
	code, printed, errs := command(t, "backtest", "--csv", dir, "--out", out)
	if code != exitOK || !strings.Contains(printed, "1 entities, 1 series, 600 rows") || !strings.Contains(errs, "1 of 1 entities") {
		t.Fatalf("exit %d, printed %q, said %q", code, printed, errs)
	}
	scores, err := os.ReadFile(filepath.Join(out, "web.csv"))
	if err != nil || !strings.HasPrefix(string(scores), "timestamp,value,anomaly_score,label\n1700000000,10,0,0\n") {
		t.Errorf("scores are %.80q, %v", scores, err)
	}
}

func TestBacktestComparesConfigurations(t *testing.T) {
	t.Parallel()
	dir := writeHistory(t)
	blind := write(t, "detectors:\n  - name: none\n    ignore: true\n")
	code, printed, _ := command(t, "backtest", "--csv", dir, "--compare", blind)
	if code != exitFailed || !strings.Contains(printed, "0 added, ") || strings.Contains(printed, ", 0 removed") {
		t.Errorf("a blind configuration: exit %d, printed %q", code, printed)
	}
	none := write(t, "# as without\n")
	if code, printed, _ := command(t, "backtest", "--csv", dir, "--compare", none); code != exitOK || !strings.Contains(printed, "0 added, 0 removed") {
		t.Errorf("the same configuration: exit %d, printed %q", code, printed)
	}
}

func TestBacktestSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	f := func(want string, args ...string) {
		t.Helper()
		if code, _, errs := command(t, append([]string{"backtest"}, args...)...); code != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("%v: exit %d, said %q; want %q", args, code, errs, want)
		}
	}
	dir := writeHistory(t)
	f("say which history to test")
	f("no such file", "--csv", filepath.Join(dir, "nowhere"))
	f("no .csv file", "--csv", t.TempDir())
	f("choose one", "--csv", dir, "--tenant", "shop")
	f("--against live needs", "--csv", dir, "--against", "live")
	f("one at a time", "--csv", dir, "--against", "live", "--compare", write(t, ""))
	f("tenant", "--tenant", "a b")
	f("--to is before --from", "--tenant", "a", "--from", "1h", "--to", "2h")
	f("--grace", "--csv", dir, "--grace", "many")
	f("must be one of", "--csv", dir, "--config.file", write(t, "detectors:\n  - name: a\n    algorithm: magic\n"))
	f("--labels", "--csv", dir, "--labels", write(t, "no json"))
}

func TestParseGrace(t *testing.T) {
	t.Parallel()
	f := func(text string, want backtest.Grace) {
		t.Helper()
		if got, err := parseGrace(text); err != nil || got != want {
			t.Errorf("parseGrace(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	f("15%,750", backtest.Grace{Share: 0.15, Rows: 750})
	f("20%", backtest.Grace{Share: 0.2, Rows: math.MaxInt})
	f("100", backtest.Grace{Share: 1, Rows: 100})
}
