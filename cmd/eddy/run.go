package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/config"
	"eddy/cmd/eddy/term"
)

// runCmd is `eddy run`.
type runCmd struct {
	config.Flags
}

// Help is shown by `eddy run --help`.
func (*runCmd) Help() string {
	return `Without configuration every stage runs on an embedded NATS server that keeps its streams in ./data, and one detector
watches every series. SIGHUP or POST /-/reload applies a changed file; SIGTERM stops in good order.

  eddy run
  eddy run --config.file eddy.yaml --data.dir /var/lib/eddy
  eddy run --stages features,scoring --nats.url nats://a:4222,nats://b:4222`
}

// Run runs until ctx ends.
func (c *runCmd) Run(ctx context.Context, std stdio) error {
	cfg, err := c.Load(catalogue.All())
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	a := &app{flags: c.Flags, cfg: cfg, log: newLog(cfg, std.err), out: std.out}
	return a.run(ctx)
}

// gcPercent trades a little processor time for memory: nearly all of the heap is pointer-free state, which costs the
// collector nothing to pass over, so it may run often. The environment's GOGC overrides it.
const gcPercent = 30

// newLog writes for people on a terminal and JSON elsewhere, unless told. The level is the process's, so that a reload
// can change it.
func newLog(cfg Config, w io.Writer) zerolog.Logger {
	setLogLevel(cfg)
	file, isFile := w.(*os.File)
	if cfg.Log.Format == "console" || cfg.Log.Format == "auto" && isFile && term.IsTerminal(file) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.DateTime, NoColor: os.Getenv("NO_COLOR") != "" || !isFile || !term.IsTerminal(file)}
	}
	return zerolog.New(w).With().Timestamp().Logger()
}

func setLogLevel(cfg Config) {
	level, err := zerolog.ParseLevel(cfg.Log.Level)
	if err != nil {
		level = zerolog.InfoLevel // the configuration was checked
	}
	zerolog.SetGlobalLevel(level)
}

// banner says what runs where, and what to do next.
func (a *app) banner(webAddress net.Addr, natsURL string) {
	fmt.Fprintf(a.out, `
eddy is running.
  HTTP     http://%[1]s      remote write: /api/v1/write   health: /-/ready   metrics: /metrics
  NATS     %[2]s      anomalies: eddy.anomalies.<tenant>.<severity>.<partition>
  data     %[3]s

Point a Prometheus at it: add to prometheus.yml and reload:
  remote_write:
    - url: http://%[1]s/api/v1/write

Then watch what it finds:
  eddy tail                       or   nats sub 'eddy.anomalies.>'
  eddy demo                       a small fleet with faults, if you have no Prometheus at hand

`, webAddress, natsURL, a.where())
}

func (a *app) where() string {
	if a.cfg.NATS.URL != "" {
		return fmt.Sprintf("on that NATS server, %d partitions", a.broker.Layout().Partitions)
	}
	return fmt.Sprintf("%s, %d partitions", a.cfg.Data.Dir, a.broker.Layout().Partitions)
}
