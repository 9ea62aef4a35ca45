package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"eddy/cmd/eddy/backtest"
)

// training is when the flags, which have been checked, want detectors to be trained.
func (c backtestCmd) training() backtest.Training {
	t, _ := parseTraining(c.TrainAfter, c.Retrain)
	return t
}

// parseTraining reads --train-after and --retrain.
func parseTraining(after, again string) (t backtest.Training, err error) {
	if t.AfterRows, err = strconv.Atoi(after); err != nil || t.AfterRows < 1 {
		d, err := model.ParseDuration(after)
		if err != nil || d == 0 {
			return t, fmt.Errorf("--train-after %q: is neither a number of rows nor a time as 12h or 1d", after)
		}
		t.AfterRows, t.After = 0, time.Duration(d)
	}
	d, err := model.ParseDuration(again)
	if err != nil {
		return t, fmt.Errorf("--retrain %q: is no time as 12h or 7d", again)
	}
	t.Again = time.Duration(d)
	return t, nil
}
