package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"eddy/cmd/eddy/remotewrite"
)

// Env is what a run needs of the world.
type Env struct {
	// Client posts the requests; nil makes one with a connection per worker.
	Client *http.Client
	// Follow delivers the events published from now on until ctx ends; nil when nobody listens.
	Follow func(ctx context.Context, event func(data []byte)) error
	// Progress gets a line now and then; Rewrite says it is a terminal, where one line is enough.
	Progress io.Writer
	Rewrite  bool
}

// Run creates the series, loads the receiver, waits until it has worked everything off, and reports. When ctx ends the
// report covers what was done until then.
func Run(ctx context.Context, o Options, env Env) (Report, error) {
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	if env.Client == nil {
		env.Client = remotewrite.NewClient(o.Connections)
	}
	l, err := newLoad(o, env.Client, time.Now())
	if err != nil {
		return Report{}, err
	}
	scrape := &http.Client{Timeout: 10 * time.Second, Transport: env.Client.Transport}
	report := Report{Series: o.Series, PerRequest: o.PerRequest, Connections: l.workers(), Protocol: o.Protocol}
	l.measureCreate(ctx, scrape, &report)
	if report.CreatedPerSecond == 0 {
		return report, fmt.Errorf("the receiver at %s took nothing: %s", o.URL, l.firstRefusal())
	}

	listen, stop := context.WithCancel(ctx)
	defer stop()
	var seen events
	heard := make(chan error, 1)
	if env.Follow != nil {
		go func() { heard <- env.Follow(listen, seen.observe) }()
	}
	l.measureRun(ctx, scrape, env, &report)
	stop()
	if env.Follow != nil {
		if err := <-heard; err != nil && listen.Err() == nil {
			report.EventsFailed = err.Error()
		}
	}
	report.Events, report.Opened = seen.all.Load(), seen.opened.Load()
	report.EventP50, report.EventP99 = seen.latency.quantile(0.5).Seconds(), seen.latency.quantile(0.99).Seconds()
	return report, nil
}

func (l *load) measureCreate(ctx context.Context, scrape *http.Client, r *Report) {
	before, _ := readUsage(ctx, scrape, l.options.metricsURL())
	begin := time.Now()
	l.create(ctx)
	r.CreateSeconds = time.Since(begin).Seconds()
	r.CreatedPerSecond = float64(l.accepted.Swap(0)) / max(r.CreateSeconds, 1e-9)
	if after, _, err := settle(ctx, scrape, l.options.metricsURL(), l.options.Settle); err == nil {
		r.CreateCPUSeconds = after.cpuSeconds - before.cpuSeconds
	}
}

func (l *load) measureRun(ctx context.Context, scrape *http.Client, env Env, r *Report) {
	l.latency.reset()
	l.requests.Store(0)
	before, err := readUsage(ctx, scrape, l.options.metricsURL())
	begin := time.Now()
	finished := make(chan struct{})
	printed := make(chan struct{})
	go func() { defer close(printed); l.progress(env, begin, finished) }()
	l.run(ctx)
	r.Seconds = time.Since(begin).Seconds()
	close(finished)
	<-printed

	r.Accepted, r.Requests, r.Retried = l.accepted.Load(), l.requests.Load(), l.retried.Load()
	r.AcceptedPerSecond = float64(r.Accepted) / max(r.Seconds, 1e-9)
	r.Refused = l.refusalList()
	r.RequestP50, r.RequestP99 = l.latency.quantile(0.5).Seconds(), l.latency.quantile(0.99).Seconds()
	if err != nil {
		r.ServerError = err.Error()
		return
	}
	after, waited, err := settle(context.WithoutCancel(ctx), scrape, l.options.metricsURL(), l.options.Settle)
	if err != nil {
		r.ServerError = err.Error()
		return
	}
	r.SettleSeconds, r.RSSBytes = waited.Seconds(), after.rssBytes
	r.CPUPerMillion = (after.cpuSeconds - before.cpuSeconds) / max(float64(r.Accepted), 1) * 1e6
	r.StateBytesPerSeries = after.stateBytes / float64(l.options.Series)
}

// progress prints a line each second on a terminal, each five elsewhere, until the load is finished.
func (l *load) progress(env Env, begin time.Time, finished <-chan struct{}) {
	if env.Progress == nil {
		<-finished
		return
	}
	every, start, end := 5*time.Second, "", "\n"
	if env.Rewrite {
		every, start, end = time.Second, "\r\x1b[K", ""
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	last := int64(0)
	for {
		select {
		case <-finished:
			fmt.Fprint(env.Progress, start)
			return
		case now := <-ticker.C:
			accepted := l.accepted.Load()
			fmt.Fprintf(env.Progress, "%s%4.0f s  %12s samples/s  p99 %s%s", start, now.Sub(begin).Seconds(),
				count(float64(accepted-last)/every.Seconds()), short(l.latency.quantile(0.99).Seconds()), end)
			last = accepted
		}
	}
}

func (l *load) firstRefusal() string {
	for _, r := range l.refusalList() {
		return statusWord(r.Status) + ": " + firstLine(r.Example)
	}
	return "interrupted"
}
