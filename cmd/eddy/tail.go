package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"eddy/cmd/eddy/tail"
	"eddy/cmd/eddy/term"
	"eddy/schema"
	"eddy/stream"
)

type tailCmd struct {
	natsFlags `embed:""`
	Tenant    string `help:"Only this tenant's (default all)."`
	Severity  string `enum:"info,warning,critical" default:"info" help:"Least severity: info, warning or critical."`
	Since     string `placeholder:"WHEN" help:"Begin with what was published since: 1h (ago) or 2026-11-24T12:00:00Z (default now)."`
	Follow    bool   `negatable:"" default:"true" help:"Wait for more (default); --no-follow ends at the present."`
	Output    string `enum:"table,json" default:"table" help:"table: a line for people; json: the event, one a line."`
}

// Help shows examples below the usage.
func (tailCmd) Help() string {
	return "Examples:\n  eddy tail --since 1h\n  eddy tail --tenant shop --severity warning --output json | jq .data.labels"
}

// Run prints events until it is interrupted.
func (c tailCmd) Run(ctx context.Context, io stdio) error {
	if err := checkTenant(c.Tenant); err != nil {
		return err
	}
	start, err := c.start(time.Now())
	if err != nil {
		return err
	}
	client, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Output == "table" && c.Follow && term.IsTerminal(os.Stderr) {
		fmt.Fprintln(io.err, "watching for anomalies; Ctrl-C ends")
	}
	print := c.printer(io)
	return client.Follow(ctx, schema.AnomalyStream, anomalyFilters(c.Tenant, schema.Severity(c.Severity)), start,
		func(m stream.Message) error { return print(m.Data) })
}

func (c tailCmd) start(now time.Time) (stream.Start, error) {
	start := stream.Start{UntilNow: !c.Follow}
	if c.Since == "" {
		start.New = c.Follow
		start.Time = now
		return start, nil
	}
	var err error
	start.Time, err = parseMoment(c.Since, now)
	return start, err
}

// printer returns what writes one event. Somebody else's message on the subject is named, not printed.
func (c tailCmd) printer(io stdio) func(data []byte) error {
	format := tail.Format{Style: term.Style{Colour: io.out == os.Stdout && term.Colours(os.Stdout)}, Location: time.Local}
	return func(data []byte) error {
		event, err := tail.Parse(data)
		if err != nil {
			fmt.Fprintln(io.err, "eddy:", term.Clean(err.Error()))
			return nil
		}
		if c.Output == "table" {
			_, err = fmt.Fprintln(io.out, format.Line(event))
			return err
		}
		line, err := format.JSON(data)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.out, "%s\n", line)
		return err
	}
}
