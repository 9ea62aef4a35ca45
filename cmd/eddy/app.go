package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"eddy/cmd/eddy/config"
	"eddy/cmd/eddy/remotewrite"
	"eddy/stages/export"
	"eddy/stages/ingest"
	"eddy/stream"
)

// app is a running process: the server or cluster below, the stages on it, and the HTTP side.
type app struct {
	flags config.Flags
	cfg   config.Config
	log   zerolog.Logger
	out   io.Writer

	registry *prometheus.Registry
	broker   *stream.JetStream
	gateway  *ingest.Gateway // nil when this process does not ingest
	policy   *policyKeeper   // nil when this process does not score
	reloads  reloadMetrics
	ready    atomic.Bool

	latest       *export.Latest // nil when nobody reads the verdicts
	exportClient *http.Client
}

// run starts everything from the bottom up, serves until ctx ends, and stops from the top down: first no more samples
// come in, then the stages commit and save their state, then the server goes.
func (a *app) run(ctx context.Context) error {
	a.registry = prometheus.NewRegistry()
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.reloads = newReloadMetrics(a.registry)
	listener, err := net.Listen("tcp", a.cfg.Web.ListenAddress)
	if err != nil {
		return fmt.Errorf("web.listen_address: %w", err)
	}
	defer listener.Close()
	client, natsURL, stop, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := a.open(ctx, client); err != nil {
		return err
	}
	if a.cfg.Runs("ingest") {
		a.gateway, err = ingest.New(a.cfg.Ingest, a.broker.Samples(), a.broker.Layout().Partitions, time.Now, ingest.NewMetrics(a.registry))
		if err != nil {
			return err
		}
		a.gateway.Consult(a.broker)
	}
	if a.cfg.Runs("scoring") {
		a.policy = newPolicyKeeper(a.broker, a.registry, a.log)
	}
	a.banner(listener.Addr(), natsURL)
	return a.serve(ctx, listener)
}

// connect starts the embedded server, or dials the cluster.
func (a *app) connect(ctx context.Context) (client *stream.Client, url string, stop func(), err error) {
	if a.cfg.NATS.URL != "" {
		client, err = stream.Dial(ctx, a.cfg.NATS.URL)
		if err != nil {
			return nil, "", nil, err
		}
		return client, a.cfg.NATS.URL, client.Close, nil
	}
	embedded, err := stream.StartEmbedded(stream.EmbeddedConfig{
		Dir: a.cfg.Data.Dir, ListenAddress: a.cfg.NATS.ListenAddress, SyncAlways: a.cfg.NATS.Sync == "always",
		MaxStore: int64(a.cfg.NATS.MaxStore), Log: a.log,
	})
	if err != nil {
		return nil, "", nil, err
	}
	client, err = stream.DialEmbedded(ctx, embedded)
	if err != nil {
		embedded.Stop()
		return nil, "", nil, err
	}
	return client, embedded.URL(), func() { client.Close(); embedded.Stop() }, nil
}

// openWithin bounds the wait for a server or cluster that is still electing its leaders.
const openWithin = time.Minute

func (a *app) open(ctx context.Context, client *stream.Client) (err error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	a.broker, err = stream.Open(ctx, client, stream.Layout{
		Partitions: a.cfg.Partitions, Replicas: a.cfg.NATS.Replicas, MaxBytes: int64(a.cfg.NATS.MaxStore) / 10 * 8,
		SamplesAge: time.Duration(a.cfg.Retention.Samples), AnomaliesAge: time.Duration(a.cfg.Retention.Anomalies),
	}, a.log)
	if err != nil {
		return err
	}
	return stream.CheckSamples(ctx, a.broker, a.broker.Layout().Partitions, featuresStage(nil))
}

// drainWithin bounds how long requests under way may take once the process is told to stop.
const drainWithin = 10 * time.Second

// serve runs stages and HTTP side by side until ctx ends or one of them cannot go on.
func (a *app) serve(ctx context.Context, listener net.Listener) error {
	if a.cfg.Export.Enabled() && a.cfg.Runs("scoring") {
		a.latest, a.exportClient = export.NewLatest(), remotewrite.NewClient(1)
	}
	stages := stagesOf(a.cfg, a.registry, a.latest)
	engine := &stream.Engine{Broker: a.broker, Partitions: a.broker.Layout().Partitions, Owner: rand.Text(),
		Metrics: stream.NewMetrics(a.registry), Log: a.log}
	top, stopTop := context.WithCancel(context.WithoutCancel(ctx)) // ends when ctx does, after the HTTP side has drained
	defer stopTop()
	g, gctx := errgroup.WithContext(ctx)
	work, wctx := errgroup.WithContext(top)
	work.Go(func() error { return engine.Run(wctx, stages...) })
	work.Go(func() error { a.broker.KeepHouse(wctx, stages...); return nil })
	g.Go(func() error { // a stage that cannot go on ends the process
		<-wctx.Done()
		if top.Err() != nil {
			return nil
		}
		return errStagesEnded
	})
	g.Go(func() error { a.reloadOnSignal(gctx); return nil })
	a.policyFirst(gctx, g)
	if a.cfg.NATS.URL == "" {
		g.Go(func() error { return a.endWhenFailing(gctx) })
	}
	server := a.server()
	g.Go(func() error { return server.Serve(listener) })
	if a.latest != nil && a.cfg.Export.RemoteWriteURL != "" {
		g.Go(func() error { a.exportLoop(gctx); return nil })
	}
	if a.gateway != nil {
		g.Go(func() error { a.tick(gctx); return nil })
		g.Go(func() error { a.selfScrape(gctx, listener.Addr()); return nil })
	}
	a.ready.Store(true)
	<-gctx.Done()
	a.ready.Store(false)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	_ = server.Shutdown(drain)
	stopTop()
	werr := work.Wait()
	if err := g.Wait(); werr == nil && ctx.Err() == nil {
		werr = err
	}
	return werr
}

var errStagesEnded = errors.New("the stages have ended")

// notReadyAfter and endAfter are how long appends may fail before samples are sent elsewhere, and before a process with
// an embedded server ends: that server does not recover from a disk it could not write to, but the next one may.
const notReadyAfter, endAfter = 10 * time.Second, time.Minute

func (a *app) endWhenFailing(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	every(ctx, time.Second, func() {
		if a.broker.Failing() > endAfter {
			cancel()
		}
	})
	if d := a.broker.Failing(); d > endAfter {
		return fmt.Errorf("the embedded NATS server has not taken a record for %s (see the log above): is the disk full?", d.Round(time.Second))
	}
	return nil
}

// tickEvery is how often tenants that have fallen quiet are told the time.
const tickEvery = 15 * time.Second

// tick tells quiet tenants the time.
func (a *app) tick(ctx context.Context) {
	every(ctx, tickEvery, func() {
		if err := a.gateway.Tick(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Warn().Err(err).Msg("quiet tenants could not be told the time")
		}
	})
}

// every calls fn at an interval until ctx ends.
func every(ctx context.Context, interval time.Duration, fn func()) {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			fn()
		case <-ctx.Done():
			return
		}
	}
}

// reloadOnSignal reloads at every SIGHUP.
func (a *app) reloadOnSignal(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-hup:
			_ = a.reload(ctx) // it has said what is wrong
		case <-ctx.Done():
			return
		}
	}
}
