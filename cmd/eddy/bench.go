package main

import (
	"context"
	"os"
	"time"

	"eddy/cmd/eddy/bench"
	"eddy/cmd/eddy/term"
	"eddy/schema"
	"eddy/stream"
)

type benchCmd struct {
	URL         string        `default:"http://127.0.0.1:7420/api/v1/write" help:"Remote-write endpoint."`
	Series      int           `default:"10000" help:"Number of series."`
	Rate        float64       `default:"0" help:"Samples per second, open loop; 0 as fast as the receiver answers (default)."`
	Duration    time.Duration `default:"30s" help:"Length of the measured part."`
	Connections int           `default:"4" help:"Connections, one request at a time on each."`
	Labels      int           `default:"10" help:"Labels per series."`
	PerRequest  int           `name:"samples-per-request" default:"2000" help:"Samples per request."`
	Protocol    int           `default:"1" help:"Remote write 1 or 2."`
	Tenant      string        `default:"bench" help:"Tenant header; empty sends none."`
	Faults      float64       `default:"0" help:"Share of series that spike now and then, so that events are published."`
	NATSURL     string        `name:"nats-url" placeholder:"URL" help:"NATS server to follow the events on, for the latency from sample to event (default off)."`
	MetricsURL  string        `name:"metrics-url" placeholder:"URL" help:"The receiver's metrics page (default /metrics on the host of --url)."`
	Passes      int           `default:"0" help:"Samples per series; ends the run instead of --duration when set."`
	Seed        uint64        `default:"1" help:"Seed of the values."`
	Start       string        `placeholder:"WHEN" help:"Event time of the first sample, for runs that can be repeated exactly (default: the clock)."`
	Step        time.Duration `default:"1s" help:"Event time between two samples of a series, with --start."`
	Retry       bool          `help:"Send again until taken, as Prometheus does, instead of counting a failure."`
	Settle      time.Duration `default:"30s" help:"Wait at most so long until the server has worked off everything."`
	Output      string        `enum:"table,json" default:"table" help:"table or json."`
}

// Help shows examples below the usage.
func (benchCmd) Help() string {
	return "Works with any remote-write receiver that exposes process_cpu_seconds_total.\n\nExamples:\n" +
		"  eddy bench --series 100000\n" +
		"  eddy bench --series 100000 --rate 100000 --duration 5m --faults 0.01 --nats-url nats://127.0.0.1:4222\n" +
		"  eddy bench --url http://127.0.0.1:8428/api/v1/write --tenant ''"
}

// Run loads the receiver and prints the report.
func (c benchCmd) Run(ctx context.Context, io stdio) error {
	options := bench.Options{URL: c.URL, MetricsURL: c.MetricsURL, Tenant: c.Tenant, Protocol: c.Protocol, Series: c.Series,
		Labels: c.Labels, PerRequest: c.PerRequest, Connections: c.Connections, Rate: c.Rate, Duration: c.Duration,
		Passes: c.Passes, Faults: c.Faults, Seed: c.Seed, Step: c.Step, Retry: c.Retry, Settle: c.Settle}
	if c.Start != "" {
		var err error
		if options.Start, err = parseMoment(c.Start, time.Now()); err != nil {
			return err
		}
	}
	env := bench.Env{Progress: io.err, Rewrite: term.IsTerminal(os.Stderr)}
	if c.NATSURL != "" {
		client, err := stream.Dial(ctx, c.NATSURL)
		if err != nil {
			return err
		}
		defer client.Close()
		env.Follow = func(ctx context.Context, event func([]byte)) error {
			return client.Follow(ctx, schema.AnomalyStream, anomalyFilters(c.Tenant, ""), stream.Start{New: true},
				func(m stream.Message) error { event(m.Data); return nil })
		}
	}
	report, err := bench.Run(ctx, options, env)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return report.JSON(io.out)
	}
	return report.Table(io.out)
}
