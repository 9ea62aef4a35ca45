package main

import (
	"context"
	"fmt"
	"os"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/prove"
	"eddy/cmd/eddy/term"
	"eddy/stages/anomalies"
	"eddy/stages/replay"
)

type verifyCmd struct {
	natsFlags `embed:""`
	ID        string `arg:"" help:"anomaly_id of an anomaly, or id of one event."`
	Whole     bool   `help:"Replay from the first record on, trusting no saved state; the samples log must still hold it."`
	Output    string `enum:"table,json" default:"table" help:"table or json."`
}

// Help shows an example below the usage.
func (verifyCmd) Help() string {
	return "Replays the samples of the event's partition through the processors of this binary, and compares every event of the\n" +
		"anomaly with what was published. Exits with 1 when one byte differs. The replay begins at the newest states that the\n" +
		"stages saved before the anomaly, or at the first record of the log.\n\n" +
		"Example:\n  eddy verify 3f1c0e5a9d2b47c68e10a4f5b6c7d8e9"
}

// chainStages are the stages a replay chains, as this binary knows them.
func chainStages() []prove.Stage {
	return []prove.Stage{{Name: "features", Version: featuresVersion}, {Name: "scoring", Version: scoringVersion}, {Name: "anomalies", Version: anomaliesVersion}}
}

// Run proves one anomaly.
func (c verifyCmd) Run(ctx context.Context, io stdio) error {
	client, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	verifier := prove.Verifier{
		Follow: client.Follow, Saved: client, Stages: chainStages(), Strip: anomalies.Strip, Whole: c.Whole,
		NewChain: func(partition int, states []replay.State) (prove.Chain, error) {
			return replay.Resume(partition, catalogue.Lookup, states...)
		},
	}
	if term.IsTerminal(os.Stderr) {
		verifier.Progress = func(sequence, until uint64) { fmt.Fprintf(io.err, "\rrecord %d of %d", sequence, until) }
		defer fmt.Fprint(io.err, "\r\x1b[K")
	}
	results, err := verifier.Verify(ctx, c.ID)
	if err != nil {
		return err
	}
	return c.print(io, results)
}

func (c verifyCmd) print(io stdio, results []prove.Result) error {
	if c.Output == "json" {
		if err := printJSON(io.out, results); err != nil {
			return err
		}
	}
	failed := false
	for _, r := range results {
		failed = failed || !r.OK
		if c.Output == "json" {
			continue
		}
		word := "OK  "
		if !r.OK {
			word = "DIFFERENT"
		}
		fmt.Fprintf(io.out, "%s  %s  %s  partition %d record %d, replayed from %d  sha256 %s\n",
			word, term.Clean(r.ID), term.Clean(r.Type), r.Partition, r.Sequence, r.From, r.Digest)
		if !r.OK {
			fmt.Fprintln(io.out, term.Clean(r.Diff()))
		}
	}
	if failed {
		return errFound
	}
	return nil
}
