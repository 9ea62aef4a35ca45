// Command eddy detects anomalies in metrics as they arrive.
//
//	eddy run       every stage on an embedded NATS server
//	eddy tail      watch anomalies in the terminal
//	eddy demo      a small fleet and what goes wrong with it
//
// One file per command; wire.go is the only place where stages meet.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Run         runCmd      `cmd:"" help:"Ingest, score and publish: every stage, or some of them."`
	Tail        tailCmd     `cmd:"" help:"Watch anomalies in the terminal."`
	Demo        demoCmd     `cmd:"" help:"Send a small fleet with faults and watch them being caught."`
	Replay      replayCmd   `cmd:"" help:"Print a tenant's history, or publish it to a subject."`
	Backtest    backtestCmd `cmd:"" help:"Try detectors on history: CSV files, the streams or a Prometheus in; scores, report and differences out."`
	Verify      verifyCmd   `cmd:"" help:"Prove an anomaly: replay its samples and compare bit for bit."`
	Explain     explainCmd  `cmd:"" help:"Tell why a series was reported at a moment, or why not."`
	Bench       benchCmd    `cmd:"" help:"Measure what a remote-write receiver takes on this machine."`
	CheckConfig checkCmd    `cmd:"" name:"check-config" help:"Validate a configuration file."`
	Version     versionCmd  `cmd:"" help:"Print version and build."`
}

// stdio is where a command writes; tests give buffers.
type stdio struct {
	out, err io.Writer
}

// The exit codes of every command.
const (
	exitOK     = 0
	exitFailed = 1 // the command ran and failed, or found a fault
	exitUsage  = 2 // the command line makes no sense
)

// errFound makes a command exit with 1 after it has said everything itself.
var errFound = errors.New("faults were found")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], stdio{os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, io stdio) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("eddy"), kong.Writers(io.out, io.err), kong.UsageOnError(),
		kong.Exit(func(code int) { exited = code }),
		kong.Description("Anomaly detection on streams: Prometheus remote write in, anomaly events on NATS subjects out."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(io))
	if err != nil {
		fmt.Fprintln(io.err, "eddy:", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		return exited
	}
	if err != nil {
		fmt.Fprintln(io.err, "eddy:", err, "\nRun eddy --help, or eddy <command> --help.")
		return exitUsage
	}
	if err := command.Run(); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(io.err, "eddy:", err)
		}
		return exitFailed
	}
	return exitOK
}
