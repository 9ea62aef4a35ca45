package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eddy/cmd/eddy/backtest"
	"eddy/cmd/eddy/demo"
	"eddy/schema"
)

// fromStreams runs a backtest over what lived has left.
func fromStreams(t *testing.T, url string, args ...string) (code int, out, errs string) {
	t.Helper()
	to := time.Now().Add(time.Hour).Format(time.RFC3339)
	return command(t, append([]string{"backtest", "--nats.url", url, "--tenant", demo.Tenant, "--to", to}, args...)...)
}

func TestBacktestOfTheStreams(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	lived(t, broker)
	blind := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{}}.Encode()
	if err := broker.Samples().AppendControl(t.Context(), 0, schema.PartitionSubject(schema.KindSamples, schema.ControlTenant, 0), blind); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	code, out, errs := fromStreams(t, url, "--out", dir)
	if code != exitOK || !strings.Contains(out, "2 entities, 6") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	events, err := os.ReadFile(filepath.Join(dir, "events.csv"))
	if err != nil || !strings.HasPrefix(string(events), "timestamp,entity,series,score\n") || !strings.Contains(string(events), ","+demo.Tenant+"/0,") {
		t.Errorf("events.csv is %.200q, %v", events, err)
	}
	report, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || strings.Count(string(report), "<figure>") == 0 {
		t.Errorf("the report shows no series, %v", err)
	}
	var summary backtest.Summary
	data, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err == nil {
		err = json.Unmarshal(data, &summary)
	}
	if err != nil || len(summary.Entities) != 2 || summary.Total.Episodes == 0 || summary.Total.Rows < 1000 {
		t.Errorf("%v: %+v", err, summary.Total)
	}
}

func TestBacktestAgainstWhatWasPublished(t *testing.T) {
	t.Parallel()
	broker, url := server(t)
	lived(t, broker)
	code, out, errs := fromStreams(t, url, "--against", "live")
	if code != exitOK || !strings.Contains(out, "0 added, 0 removed, ") || strings.Contains(out, " 0 the same") {
		t.Errorf("what is in force: exit %d: %s%s", code, out, errs)
	}
	blind := write(t, "detectors:\n  - name: none\n    ignore: true\n")
	code, out, _ = fromStreams(t, url, "--against", "live", "--config.file", blind, "--output", "json")
	var diff backtest.DiffResult
	if err := json.Unmarshal([]byte(out), &diff); err != nil || code != exitFailed || len(diff.Removed) == 0 || len(diff.Added) != 0 {
		t.Errorf("a blind configuration: exit %d, %v: %s", code, err, out)
	}
	code, out, _ = fromStreams(t, url, "--compare", blind)
	if code != exitFailed || strings.Contains(out, ", 0 removed") {
		t.Errorf("--compare with a blind configuration: exit %d: %s", code, out)
	}
	from := time.Now().Add(30 * time.Minute).Format(time.RFC3339)
	if code, out, _ = fromStreams(t, url, "--against", "live", "--from", from, "--config.file", blind); code != exitOK || !strings.Contains(out, "0 added, 0 removed, 0 the same") {
		t.Errorf("a time in which nothing was published: exit %d: %s", code, out)
	}
}

func TestBacktestOfATenantThatHasSentNothing(t *testing.T) {
	t.Parallel()
	_, url := server(t)
	if code, _, errs := fromStreams(t, url, "--against", "live"); code != exitFailed || !strings.Contains(errs, "hold nothing of tenant") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
