package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// thermometer answers as a Prometheus with one gauge that is 20 or so, and 90 for a while.
func thermometer(w http.ResponseWriter, r *http.Request) {
	const metric = `{"__name__":"temperature","instance":"attic"}`
	if r.URL.Path == "/api/v1/metadata" {
		http.NotFound(w, r)
		return
	}
	if r.URL.Path == "/api/v1/series" {
		fmt.Fprintf(w, `{"status":"success","data":[%s]}`, metric)
		return
	}
	var from, to int
	_, _ = fmt.Sscan(r.FormValue("start"), &from)
	_, _ = fmt.Sscan(r.FormValue("end"), &to)
	var points []string
	for at := from; at <= to; at += 60 {
		v := 20 + float64(at/60*7919%101)/50
		if k := at / 60 % 1000; k >= 400 && k < 420 {
			v = 90
		}
		points = append(points, fmt.Sprintf(`[%d,"%v"]`, at, v))
	}
	fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":%s,"values":[%s]}]}}`, metric, strings.Join(points, ","))
}

func TestBacktestOfAPrometheus(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(thermometer))
	defer server.Close()
	out := t.TempDir()
	args := []string{"--prometheus", server.URL, "--match", "temperature", "--from", "2026-11-20T00:00:00Z", "--to", "2026-11-22T00:00:00Z", "--out", out}
	code, printed, errs := command(t, append([]string{"backtest"}, args...)...)
	if code != exitOK || !strings.Contains(printed, "1 entities, 1 series, 2881 rows") {
		t.Fatalf("exit %d, printed %q, said %q", code, printed, errs)
	}
	events, err := os.ReadFile(filepath.Join(out, "events.csv"))
	if err != nil || !strings.Contains(string(events), "Z,attic,temperature,0.") {
		t.Errorf("events.csv is %.200q, %v", events, err)
	}
	f := func(want string, args ...string) {
		t.Helper()
		if code, _, errs := command(t, append([]string{"backtest", "--prometheus", server.URL}, args...)...); code != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("%v: exit %d, said %q; want %q", args, code, errs, want)
		}
	}
	f("--from is missing", "--match", "up")
	f("--match is missing", "--from", "1h")
	f("--step", "--match", "up", "--from", "1h", "--step", "0s")
	f("choose one", "--csv", out)
	f("longer --step", "--match", "up", "--from", "100000h", "--step", "1s")
}
