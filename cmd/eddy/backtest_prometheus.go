package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest"
	"eddy/cmd/eddy/backtest/promapi"
)

// server is the history of a Prometheus server.
func (c backtestCmd) server(ctx context.Context, io stdio) (*tablePast, error) {
	if c.From == "" {
		return nil, errors.New("--from is missing: say how much of the server's history to read, as --from 336h")
	}
	from, to, err := parseSpan(c.From, c.To, time.Now())
	if err != nil {
		return nil, err
	}
	grace, err := parseGrace(c.Grace)
	if err != nil {
		return nil, err
	}
	api, err := promapi.New(c.Server, c.Timeout)
	if err != nil {
		return nil, fmt.Errorf("--prometheus: %w", err)
	}
	server := backtest.Server{API: api, Match: c.Match, From: from, To: to, Step: c.Step, By: c.By}
	if err := server.Check(); err != nil {
		return nil, err
	}
	p := &tablePast{io: io, job: backtest.Job{Trial: backtest.Trial{Catalogue: catalogue.Lookup, Training: c.training()}, Grace: grace, Workers: c.Workers}}
	p.sources, err = server.Sources(ctx)
	return p, err
}
