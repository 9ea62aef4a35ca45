package main

import (
	"strings"
	"testing"
	"time"

	"eddy/cmd/eddy/backtest"
)

func TestParseTraining(t *testing.T) {
	t.Parallel()
	f := func(after, again string, want backtest.Training) {
		t.Helper()
		if got, err := parseTraining(after, again); err != nil || got != want {
			t.Errorf("%s, %s: %+v, %v", after, again, got, err)
		}
	}
	f("1d", "7d", backtest.Training{After: 24 * time.Hour, Again: 7 * 24 * time.Hour})
	f("1000", "0", backtest.Training{AfterRows: 1000})
	for _, bad := range [][2]string{{"15%", "7d"}, {"", "7d"}, {"-1", "7d"}, {"0", "7d"}, {"1d", "soon"}} {
		if _, err := parseTraining(bad[0], bad[1]); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestDetectorsThatNeedTrainingRunInBacktestsOnly(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"forest", "lstm"} {
		file := write(t, "detectors:\n  - name: learned\n    algorithm: "+algorithm+"\n    parameters: {sensitivity: 1.1}\n")
		code, out, _ := command(t, "check-config", file)
		if code != exitFailed || !strings.Contains(out, ":3: detectors[0].algorithm: ") || !strings.Contains(out, "only eddy backtest does so far") {
			t.Errorf("check-config: exit %d: %s", code, out)
		}
		code, _, errs := command(t, "run", "--data.dir", t.TempDir(), "--config.file", file)
		if code != exitFailed || !strings.Contains(errs, "only eddy backtest does so far") {
			t.Errorf("run: exit %d: %s", code, errs)
		}
	}
	file := write(t, "detectors:\n  - name: learned\n    algorithm: forest\n    parameters: {trees: 5}\n")
	if code, _, errs := command(t, "backtest", "--csv", writeHistory(t), "--config.file", file); code != exitFailed || !strings.Contains(errs, "trees") {
		t.Errorf("a backtest checks parameters: exit %d: %s", code, errs)
	}
	file = write(t, "detectors:\n  - name: learned\n    algorithm: forest\n")
	code, out, errs := command(t, "backtest", "--csv", writeHistory(t), "--config.file", file, "--train-after", "550")
	if code != exitOK || !strings.Contains(out, "1 models trained") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
