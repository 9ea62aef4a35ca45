package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// server is the HTTP side: remote write, health, metrics, reload. Its limits keep slow or large clients from holding
// what others need.
func (a *app) server() *http.Server {
	mux := http.NewServeMux()
	if a.gateway != nil {
		a.gateway.Register(mux)
	}
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	if a.latest != nil && a.cfg.Export.Scrape {
		mux.Handle("GET /api/v1/scores", a.latest.Handler())
	}
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "healthy") })
	mux.HandleFunc("GET /-/ready", a.serveReady)
	mux.HandleFunc("/-/reload", a.serveReload)
	mux.HandleFunc("GET /{$}", a.serveIndex)
	return &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
}

// serveReady says whether samples can be sent: not before the streams are open and a policy decides in each of them, not
// while the server below is away, and not any more once the process has been told to stop.
func (a *app) serveReady(w http.ResponseWriter, _ *http.Request) {
	switch {
	case !a.ready.Load():
		http.Error(w, "not ready: starting or stopping", http.StatusServiceUnavailable)
	case !a.broker.Connected():
		http.Error(w, "not ready: no connection to NATS", http.StatusServiceUnavailable)
	case a.policy != nil && !a.policy.inForce.Load():
		http.Error(w, "not ready: "+errPending.Error(), http.StatusServiceUnavailable)
	case a.broker.Failing() > notReadyAfter:
		http.Error(w, "not ready: records cannot be stored", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ready")
	}
}

func (a *app) serveReload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST, PUT")
		http.Error(w, "reload is a POST", http.StatusMethodNotAllowed)
		return
	}
	err := a.reload(context.WithoutCancel(r.Context())) // a client that hangs up must not leave it half done
	switch {
	case err == nil:
		fmt.Fprintln(w, "applied")
	case errors.Is(err, errPending):
		http.Error(w, "accepted: "+err.Error(), http.StatusServiceUnavailable)
	default:
		http.Error(w, "refused, the old configuration stays in force: "+err.Error(), http.StatusBadRequest)
	}
}

// serveIndex is for who opens the address in a browser.
func (a *app) serveIndex(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, `eddy: anomaly detection on streams

remote write   POST http://%[1]s/api/v1/write
health         http://%[1]s/-/healthy   http://%[1]s/-/ready
metrics        http://%[1]s/metrics
anomalies      eddy tail   or   nats sub 'eddy.anomalies.>'
`, r.Host)
}
