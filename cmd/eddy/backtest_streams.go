package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest"
	"eddy/schema"
)

// streamPast is history in the samples streams: each partition is a chain of its own.
type streamPast struct {
	log   *backtest.Log
	feeds []backtest.Feed
	job   backtest.Job
	io    stdio
	draw  bool // a report is wanted
}

// streams dials the server of the flags; done ends the connection.
func (c backtestCmd) streams(ctx context.Context, io stdio) (p *streamPast, done func(), err error) {
	if err := schema.CheckTenant(c.Tenant); err != nil {
		return nil, nil, err
	}
	from, to, err := parseSpan(c.From, c.To, time.Now())
	if err != nil {
		return nil, nil, err
	}
	client, err := c.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	partitions, err := client.Partitions(ctx)
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	log := &backtest.Log{Follow: client.Follow, Tenant: c.Tenant, From: from, To: to, Learn: c.Learn}
	p = &streamPast{log: log, feeds: log.Feeds(partitions), io: io, draw: c.Out != "",
		job: backtest.Job{Trial: backtest.Trial{Catalogue: catalogue.Lookup, Training: c.training()}, Workers: c.Workers}}
	return p, client.Close, nil
}

func (p *streamPast) try(ctx context.Context, policy schema.Policy, into into) error {
	shown := progress(p.io, len(p.feeds))
	p.log.Progress = shown.Advance
	job := p.job
	job.Policy = policy
	var outcomes []*backtest.FeedOutcome
	records := 0
	if err := job.RunFeeds(ctx, p.feeds, func(o *backtest.FeedOutcome) error {
		shown.Step(o.Score.Rows)
		records += o.Records
		if into.diff != nil {
			into.diff.AddFeed(into.side, o)
		}
		if into.collect != nil {
			into.collect.AddFeed(o)
			outcomes = append(outcomes, o)
		}
		return nil
	}); err != nil {
		return err
	}
	if records == 0 {
		return fmt.Errorf("the samples streams hold nothing of tenant %q in that time", p.log.Tenant)
	}
	if into.collect == nil || !p.draw {
		return nil
	}
	p.log.Progress = progress(p.io, len(p.feeds)).Advance
	return job.Draw(ctx, outcomes, into.collect)
}

// parseSpan reads --from and --to; without them the span is from zero to now.
func parseSpan(fromText, toText string, now time.Time) (from, to time.Time, err error) {
	if fromText != "" {
		if from, err = parseMoment(fromText, now); err != nil {
			return from, to, err
		}
	}
	if to = now; toText != "" {
		if to, err = parseMoment(toText, now); err != nil {
			return from, to, err
		}
	}
	if to.Before(from) {
		return from, to, errors.New("--to is before --from")
	}
	return from, to, nil
}
