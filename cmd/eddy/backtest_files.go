package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest"
	"eddy/schema"
)

// tablePast is history in tables: each entity is read, tested and forgotten.
type tablePast struct {
	sources []backtest.Source
	job     backtest.Job
	io      stdio
	out     string // folder of each row's scores; "" for none
}

// files are the CSV files of the flags, with their labels.
func (c backtestCmd) files(io stdio) (*tablePast, error) {
	files, err := backtest.FindFiles(c.CSV)
	if err != nil {
		return nil, err
	}
	labels, err := c.labels()
	if err != nil {
		return nil, err
	}
	grace, err := parseGrace(c.Grace)
	if err != nil {
		return nil, err
	}
	p := &tablePast{io: io, out: c.Out, job: backtest.Job{Trial: backtest.Trial{Catalogue: catalogue.Lookup, Training: c.training()}, Labels: labels, Grace: grace, Workers: c.Workers}}
	for _, f := range files {
		p.sources = append(p.sources, f)
	}
	return p, nil
}

func (p *tablePast) try(ctx context.Context, policy schema.Policy, into into) error {
	shown := progress(p.io, len(p.sources))
	job := p.job
	job.Policy = policy
	job.Done = func(o *backtest.Outcome, s backtest.Score) error {
		shown.Step(s.Rows)
		if into.diff != nil {
			into.diff.Add(into.side, o)
		}
		if into.collect == nil {
			return nil
		}
		into.collect.Add(o, s, job.Labels, job.Grace)
		if p.out == "" {
			return nil
		}
		return backtest.WriteEntity(p.out, o)
	}
	return job.Run(ctx, p.sources)
}

func (c backtestCmd) labels() (backtest.Labels, error) {
	path := c.Labels
	if path == "" && len(c.CSV) == 1 {
		path = backtest.FindLabels(c.CSV[0])
	}
	if path == "" {
		return nil, nil
	}
	return backtest.ReadLabels(path)
}

// parseGrace reads "15%,750", "15%" or "750".
func parseGrace(text string) (backtest.Grace, error) {
	g := backtest.Grace{Share: 1, Rows: math.MaxInt}
	for _, part := range strings.Split(text, ",") {
		part = strings.TrimSpace(part)
		if percent, ok := strings.CutSuffix(part, "%"); ok {
			v, err := strconv.ParseFloat(percent, 64)
			if err != nil || !(v >= 0 && v <= 100) {
				return g, fmt.Errorf("--grace %q: %q is no percentage", text, part)
			}
			g.Share = v / 100
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return g, fmt.Errorf("--grace %q: %q is neither a percentage nor a number of rows", text, part)
		}
		g.Rows = n
	}
	return g, nil
}
