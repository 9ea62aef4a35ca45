package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/explain"
	"eddy/cmd/eddy/prove"
	"eddy/cmd/eddy/term"
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/anomalies"
	"eddy/stages/ingest"
	"eddy/stages/replay"
)

type explainCmd struct {
	natsFlags `embed:""`
	Series    string `arg:"" help:"The series, in PromQL form as in the subject of events; other selectors explain up to 50 series."`
	When      string `arg:"" help:"The moment: now, 10m (ago) or 2026-11-24T12:00:00Z. The newest sample up to then is explained."`
	Tenant    string `default:"default" help:"Whose series."`
	Whole     bool   `help:"Replay from the first record on, trusting no saved state; the samples log must still hold it."`
	Output    string `enum:"table,json" default:"table" help:"table or json."`
}

// Help shows examples below the usage.
func (explainCmd) Help() string {
	return "Replays the partition of a series up to a moment and says what was expected, who in the ensemble found what, and which\n" +
		"gates between a score and an event the row passed, reported or not: selected by which detector, warm-up, direction,\n" +
		"min_deviation, severity, for, resolve.\n\n" +
		"Examples:\n  eddy explain 'up{instance=\"a:9100\",job=\"node\"}' now\n" +
		"  eddy explain --tenant shop 'order_queue_length{instance=\"shop-1:8080\",job=\"shop\"}' 2026-11-24T12:00:00Z\n" +
		"  eddy explain --tenant shop --output json '{__name__=~\"http_.+\",instance=\"shop-1:8080\"}' 10m"
}

// Run explains and prints.
func (c explainCmd) Run(ctx context.Context, io stdio) error {
	q, err := c.question(time.Now())
	if err != nil {
		return err
	}
	client, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	partitions, err := client.Partitions(ctx)
	if err != nil {
		return err
	}
	e := explain.Explainer{
		Verifier:   prove.Verifier{Follow: client.Follow, Saved: client, Stages: chainStages(), Strip: anomalies.Strip, Whole: c.Whole},
		Partitions: partitions,
		Choose:     func(labels schema.Labels) int { return ingest.Partition(c.Tenant, labels, partitions) },
		NewChain: func(partition int, states []replay.State) (*replay.Chain, error) {
			return replay.Resume(partition, catalogue.Lookup, states...)
		},
	}
	if term.IsTerminal(os.Stderr) {
		e.Verifier.Progress = func(sequence, until uint64) { fmt.Fprintf(io.err, "\rrecord %d of %d\x1b[K", sequence, until) }
	}
	list, err := e.Explain(ctx, q)
	if e.Verifier.Progress != nil {
		fmt.Fprint(io.err, "\r\x1b[K")
	}
	if errors.Is(err, prove.ErrGone) {
		return errors.New("the samples that led to that moment are no longer all in the log, and no state is saved before it: ask for a later one, or raise retention.samples")
	}
	if err != nil {
		return err
	}
	return c.print(io, list)
}

func (c explainCmd) question(now time.Time) (q explain.Question, err error) {
	q.Tenant = c.Tenant
	if err := schema.CheckTenant(c.Tenant); err != nil {
		return q, err
	}
	if q.Selector, err = stages.ParseSelector(c.Series); err != nil {
		return q, err
	}
	q.At, err = parseMoment(c.When, now)
	return q, err
}

func (c explainCmd) print(io stdio, list []explain.Explanation) error {
	if c.Output == "json" {
		return printJSON(io.out, list)
	}
	for i := range list {
		if i > 0 {
			fmt.Fprintln(io.out)
		}
		if err := list[i].Print(io.out); err != nil {
			return err
		}
	}
	return nil
}
