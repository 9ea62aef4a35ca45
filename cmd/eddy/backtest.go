package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest"
	"eddy/cmd/eddy/config"
	"eddy/cmd/eddy/term"
	"eddy/schema"
)

type backtestCmd struct {
	natsFlags `embed:""`
	CSV       []string      `name:"csv" placeholder:"PATH" help:"CSV files, or folders of them: timestamp,value is one series, more columns are one entity with several."`
	Tenant    string        `placeholder:"TENANT" help:"Instead of CSV files: what this tenant has sent, out of the samples streams."`
	Server    string        `name:"prometheus" placeholder:"URL" help:"Instead of CSV files: the history of a Prometheus server, or of what speaks like one."`
	Match     string        `placeholder:"SELECTOR" help:"With --prometheus: which series, as '{job=\"api\"}'."`
	Step      time.Duration `default:"1m" help:"With --prometheus: time between rows; the scrape interval, or a multiple of it."`
	By        []string      `default:"job,instance" placeholder:"LABELS" help:"With --prometheus: labels that make an entity, whose series are tested together."`
	Timeout   time.Duration `default:"2m" help:"With --prometheus: how long one answer may take."`
	From      string        `placeholder:"WHEN" help:"First moment to report: 24h (ago) or 2026-11-24T12:00:00Z (default: as far back as there is)."`
	To        string        `placeholder:"WHEN" help:"Last moment (default now)."`
	Learn     time.Duration `placeholder:"DURATION" help:"Begin to learn so long before --from (default: with the first record the streams hold)."`

	ConfigFile string `name:"config.file" env:"EDDY_CONFIG_FILE" placeholder:"FILE" help:"Detectors to test (default: those that run without configuration)."`
	TrainAfter string `default:"1d" placeholder:"ROWS|TIME" help:"First training of detectors that need it: when a series has so many rows, or after so much event time. Until then they judge with the online ensemble."`
	Retrain    string `default:"7d" placeholder:"TIME" help:"Event time between two trainings; 0 trains once."`
	Labels     string `placeholder:"FILE" help:"When something was wrong: {\"path.csv\": [[from, to], …]} (default windows.json beside or above the folder, or a label column)."`
	Grace      string `default:"15%,750" placeholder:"SHARE,ROWS" help:"Rows at the beginning of each file that are not held against the labels: a share, and at most so many."`
	Out        string `placeholder:"DIR" help:"Write scores of each row (<same path>), events.csv, results.json and report.html there."`
	Compare    string `placeholder:"FILE" help:"A second configuration: print which anomalies it adds and removes, and exit with 1 when there are any."`
	Against    string `placeholder:"live" enum:",live" default:"" help:"With --tenant: print which anomalies the configuration adds to and removes from those that were published, and exit with 1 when there are any."`
	Workers    int    `placeholder:"N" help:"Entities at a time (default: one a core)."`
	Output     string `default:"table" enum:"table,json" help:"What to print: table or json."`
}

// Help shows examples below the usage.
func (backtestCmd) Help() string {
	return "Takes history through the stages that run live, in event time, and says what they would have reported. A row's\n" +
		"score depends on that row and earlier ones only.\n\n" +
		"Examples:\n  eddy backtest --csv history/ --out results/\n" +
		"  eddy backtest --csv history/ --config.file new.yaml\n" +
		"  eddy backtest --csv history/ --config.file old.yaml --compare new.yaml\n" +
		"  eddy backtest --csv history/ --config.file forest.yaml --train-after 2d --retrain 14d\n" +
		"  eddy backtest --tenant shop --from 24h --config.file new.yaml --out results/\n" +
		"  eddy backtest --tenant shop --from 24h --to 1h --config.file new.yaml --against live\n" +
		"  eddy backtest --prometheus http://127.0.0.1:9090 --match '{job=\"api\"}' --from 336h --out results/"
}

// past is history that a configuration can be tried on, each time the same.
type past interface {
	// try takes it through the stages under a policy and adds what comes out to what is given.
	try(ctx context.Context, policy schema.Policy, into into) error
}

// into is where results go: a collection, or one side of a comparison. Either may be nil.
type into struct {
	collect *backtest.Collect
	diff    *backtest.Diff
	side    int
}

// Run tests, prints and writes.
func (c backtestCmd) Run(ctx context.Context, io stdio) error {
	if _, err := parseTraining(c.TrainAfter, c.Retrain); err != nil {
		return err
	}
	policy, err := detectorsOf(c.ConfigFile)
	if err != nil {
		return err
	}
	history, done, err := c.past(ctx, io)
	if err != nil {
		return err
	}
	defer done()
	switch {
	case c.Compare != "" && c.Against != "":
		return errors.New("--compare and --against are two questions: ask one at a time")
	case c.Compare != "":
		return c.compare(ctx, io, history, policy)
	case c.Against != "":
		return c.against(ctx, io, history, policy)
	}
	return c.report(ctx, io, history, policy)
}

// past finds the history the flags mean.
func (c backtestCmd) past(ctx context.Context, io stdio) (history past, done func(), err error) {
	asked := 0
	for _, given := range []bool{len(c.CSV) > 0, c.Tenant != "", c.Server != ""} {
		if given {
			asked++
		}
	}
	switch {
	case asked == 0:
		return nil, nil, errors.New("say which history to test: --csv PATH, --tenant TENANT or --prometheus URL; eddy backtest --help has examples")
	case asked > 1:
		return nil, nil, errors.New("--csv, --tenant and --prometheus are different histories: choose one")
	case c.Tenant != "":
		return c.streams(ctx, io)
	case c.Server != "":
		history, err = c.server(ctx, io)
	default:
		history, err = c.files(io)
	}
	return history, func() {}, err
}

// report runs one configuration and says what came out.
func (c backtestCmd) report(ctx context.Context, io stdio, history past, policy schema.Policy) error {
	collect := &backtest.Collect{Digest: policy.Digest()}
	if err := history.try(ctx, policy, into{collect: collect}); err != nil {
		return err
	}
	summary := collect.Summary()
	if c.Out != "" {
		if err := collect.Write(c.Out, summary); err != nil {
			return err
		}
	}
	if c.Output == "json" {
		return printJSON(io.out, summary)
	}
	summary.Print(io.out)
	if c.Out != "" {
		fmt.Fprintf(io.out, "written to %s; open %s/report.html\n", c.Out, strings.TrimSuffix(c.Out, "/"))
	}
	return nil
}

// compare runs both configurations and prints the difference.
func (c backtestCmd) compare(ctx context.Context, io stdio, history past, policy schema.Policy) error {
	second, err := detectorsOf(c.Compare)
	if err != nil {
		return err
	}
	var diff backtest.Diff
	for i, policy := range []schema.Policy{policy, second} {
		if err := history.try(ctx, policy, into{diff: &diff, side: i}); err != nil {
			return err
		}
	}
	return c.printDiff(io, diff.Result())
}

// against compares the configuration with what was published.
func (c backtestCmd) against(ctx context.Context, io stdio, history past, policy schema.Policy) error {
	live, ok := history.(*streamPast)
	if !ok {
		return errors.New("--against live needs what was published: use it with --tenant TENANT")
	}
	var diff backtest.Diff
	if err := live.log.Published(ctx, 0, &diff); err != nil {
		return err
	}
	if err := history.try(ctx, policy, into{diff: &diff, side: 1}); err != nil {
		return err
	}
	return c.printDiff(io, diff.Result())
}

func (c backtestCmd) printDiff(io stdio, result backtest.DiffResult) error {
	if c.Output == "json" {
		if err := printJSON(io.out, result); err != nil {
			return err
		}
	} else {
		result.Print(io.out)
	}
	if len(result.Added)+len(result.Removed) > 0 {
		return errFound
	}
	return nil
}

// progress shows how far a job over so many entities is.
func progress(io stdio, total int) *backtest.Progress {
	return &backtest.Progress{Out: io.err, Terminal: io.err == os.Stderr && term.IsTerminal(os.Stderr), Total: total}
}

// detectorsOf reads the detectors of a configuration file, or the ones that run without. Here they may need training.
func detectorsOf(file string) (schema.Policy, error) {
	cfg, err := config.Flags{ConfigFile: file}.Load(backtest.Trainable(catalogue.All()))
	if err != nil {
		return schema.Policy{}, err
	}
	return cfg.Policy(), nil
}
