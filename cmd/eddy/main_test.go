package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
)

// call runs one command line as main does.
func call(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code = execute(ctx, args, stdio{&stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	f := func(want int, says string, args ...string) {
		t.Helper()
		code, out, err := call(t, args...)
		if code != want || !strings.Contains(out+err, says) {
			t.Errorf("%v: exit %d, want %d with %q; it said\n%s%s", args, code, want, says, out, err)
		}
	}
	f(0, "check-config", "--help")
	f(0, "--samples-per-request", "bench", "--help")
	f(2, "unknown flag --nope", "tail", "--nope")
	f(2, "unexpected argument fly", "fly")
	f(2, "expected \"<id>\"", "verify")
	f(1, "tenant \"a b\" is not valid", "tail", "--tenant", "a b")
	f(1, "--series 0: must be 1 or more", "bench", "--series", "0")
	f(1, "is eddy (or your cluster) running there?", "tail", "--nats.url", "nats://127.0.0.1:1")
	f(1, "must be 1 to 1000", "demo", "--speed", "0.5")
	f(1, "no such file", "check-config", "testdata/absent.yaml")
	f(1, "--to is before --from", "replay", "--from", "1h", "--to", "2h")
	f(1, "outside eddy.>", "replay", "--to-subject", "eddy.samples.a.0")
}

func TestCheckConfigNamesEveryFault(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	if err := os.WriteFile(file, []byte("web:\n  listen_adress: a:1\nlog: {level: loud}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := call(t, "check-config", file)
	want := file + ":2: unknown key \"listen_adress\" (did you mean \"listen_address\"?)\n" +
		file + ":3: log.level: \"loud\": must be one of debug, info, warn, error\n"
	if code != 1 || out != want {
		t.Errorf("exit %d, got\n%swant\n%s", code, out, want)
	}
	code, out, _ = call(t, "check-config", "../../deploy/eddy.yaml")
	if code != 0 || !strings.HasPrefix(out, "../../deploy/eddy.yaml: OK, 1 detector(s), policy ") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, out, _ := call(t, "version", "--output", "json")
	var b build
	if err := json.Unmarshal([]byte(out), &b); code != 0 || err != nil || !strings.HasPrefix(b.Go, "go1.") {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	got := readBuild(&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.2.0"}, Settings: []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "amd64"}, {Key: "vcs.revision", Value: "abc"},
		{Key: "vcs.time", Value: "2026-11-24T00:00:00Z"}, {Key: "vcs.modified", Value: "true"}}}).String()
	if want := "eddy v0.2.0 go1.26.8 linux/amd64 revision abc 2026-11-24T00:00:00Z modified"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f := func(in string, want time.Time) {
		t.Helper()
		got, err := parseMoment(in, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v; want %v", in, got, err, want)
		}
	}
	f("now", now)
	f("0s", now)
	f("1h30m", now.Add(-90*time.Minute))
	f("2026-11-24T13:00:00+01:00", now)
	for _, bad := range []string{"", "yesterday", "-1h", "12:00"} {
		if _, err := parseMoment(bad, now); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}

func FuzzParseMoment(f *testing.F) {
	for _, seed := range []string{"now", "1h30m", "2026-11-24T12:00:00.5+01:00", "-1h", "9223372036854775807ns", "0000-01-01T00:00:00Z"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseMoment(text, now)
		if err != nil {
			return
		}
		if _, stamp := time.Parse(time.RFC3339Nano, text); stamp != nil && got.After(now) {
			t.Errorf("%q is ago, but %v is after %v", text, got, now)
		}
		if same, err := parseMoment(got.Format(time.RFC3339Nano), now); err != nil || !same.Equal(got) {
			t.Errorf("%q is %v, which reads back as %v, %v", text, got, same, err)
		}
	})
}

func TestAnomalyFilters(t *testing.T) {
	t.Parallel()
	f := func(tenant string, least schema.Severity, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, anomalyFilters(tenant, least)); diff != "" {
			t.Errorf("%q from %q on:\n%s", tenant, least, diff)
		}
	}
	f("", "", "eddy.anomalies.*.info.*", "eddy.anomalies.*.warning.*", "eddy.anomalies.*.critical.*")
	f("shop", schema.SeverityWarning, "eddy.anomalies.shop.warning.*", "eddy.anomalies.shop.critical.*")
}
