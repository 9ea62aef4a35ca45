package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/backtest"
	"eddy/cmd/eddy/config"
	"eddy/cmd/eddy/term"
	"eddy/schema"
)

type backtestCmd struct {
	CSV        []string `name:"csv" placeholder:"PATH" help:"CSV files, or folders of them: timestamp,value is one series, more columns are one entity with several."`
	ConfigFile string   `name:"config.file" env:"EDDY_CONFIG_FILE" placeholder:"FILE" help:"Detectors to test (default: those that run without configuration)."`
	Labels     string   `placeholder:"FILE" help:"When something was wrong: {\"path.csv\": [[from, to], …]} (default windows.json beside or above the folder, or a label column)."`
	Grace      string   `default:"15%,750" placeholder:"SHARE,ROWS" help:"Rows at the beginning of each file that are not held against the labels: a share, and at most so many."`
	Out        string   `placeholder:"DIR" help:"Write scores of each row (<same path>), events.csv, results.json and report.html there."`
	Compare    string   `placeholder:"FILE" help:"A second configuration: print which anomalies it adds and removes, and exit with 1 when there are any."`
	Workers    int      `placeholder:"N" help:"Entities at a time (default: one a core)."`
	Output     string   `default:"table" enum:"table,json" help:"What to print: table or json."`
}

// Help shows examples below the usage.
func (backtestCmd) Help() string {
	return "Takes history through the stages that run live, in event time, and says what they would have reported. A row's\n" +
		"score depends on that row and earlier ones only.\n\n" +
		"Examples:\n  eddy backtest --csv history/ --out results/\n" +
		"  eddy backtest --csv history/ --config.file new.yaml\n" +
		"  eddy backtest --csv history/ --config.file old.yaml --compare new.yaml"
}

// Run tests, prints and writes.
func (c backtestCmd) Run(ctx context.Context, io stdio) error {
	if len(c.CSV) == 0 {
		return errors.New("--csv PATH is missing: say which files to test; eddy backtest --help has examples")
	}
	files, err := backtest.FindFiles(c.CSV)
	if err != nil {
		return err
	}
	policy, err := detectorsOf(c.ConfigFile)
	if err != nil {
		return err
	}
	labels, err := c.labels()
	if err != nil {
		return err
	}
	grace, err := parseGrace(c.Grace)
	if err != nil {
		return err
	}
	job := backtest.Job{Policy: policy, Catalogue: catalogue.Lookup, Labels: labels, Grace: grace, Workers: c.Workers}
	if c.Compare != "" {
		return c.compare(ctx, io, job, files)
	}
	collect := &backtest.Collect{Digest: policy.Digest()}
	if err := c.each(ctx, io, job, files, func(o *backtest.Outcome, s backtest.Score) error {
		collect.Add(o, s, labels, grace)
		if c.Out == "" {
			return nil
		}
		return backtest.WriteEntity(c.Out, o)
	}); err != nil {
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

// each runs a job over the files and shows how far it is.
func (c backtestCmd) each(ctx context.Context, io stdio, job backtest.Job, files []backtest.File, done func(*backtest.Outcome, backtest.Score) error) error {
	progress := &backtest.Progress{Out: io.err, Terminal: io.err == os.Stderr && term.IsTerminal(os.Stderr), Total: len(files)}
	job.Done = func(o *backtest.Outcome, s backtest.Score) error {
		progress.Step(s.Rows)
		return done(o, s)
	}
	sources := make([]backtest.Source, len(files))
	for i, f := range files {
		sources[i] = f
	}
	return job.Run(ctx, sources)
}

// compare runs both configurations and prints the difference.
func (c backtestCmd) compare(ctx context.Context, io stdio, job backtest.Job, files []backtest.File) error {
	second, err := detectorsOf(c.Compare)
	if err != nil {
		return err
	}
	var diff backtest.Diff
	for i, policy := range []schema.Policy{job.Policy, second} {
		job.Policy = policy
		if err := c.each(ctx, io, job, files, func(o *backtest.Outcome, _ backtest.Score) error {
			diff.Add(i, o)
			return nil
		}); err != nil {
			return err
		}
	}
	result := diff.Result()
	if c.Output == "json" {
		err = printJSON(io.out, result)
	} else {
		result.Print(io.out)
	}
	if err == nil && len(result.Added)+len(result.Removed) > 0 {
		return errFound
	}
	return err
}

// detectorsOf reads the detectors of a configuration file, or the ones that run without.
func detectorsOf(file string) (schema.Policy, error) {
	cfg, err := config.Flags{ConfigFile: file}.Load(catalogue.All())
	if err != nil {
		return schema.Policy{}, err
	}
	return cfg.Policy(), nil
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
