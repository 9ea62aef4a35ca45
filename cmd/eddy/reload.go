package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eddy/algorithms/catalogue"
)

// reloadMetrics say whether the running configuration is the one on disk.
type reloadMetrics struct {
	mu         *sync.Mutex // one reload at a time
	successful prometheus.Gauge
	at         prometheus.Gauge
}

func newReloadMetrics(reg prometheus.Registerer) reloadMetrics {
	m := reloadMetrics{mu: &sync.Mutex{},
		successful: prometheus.NewGauge(prometheus.GaugeOpts{Name: "eddy_config_last_reload_successful", Help: "1 when the last reload was applied, 0 when it was refused and the old configuration kept."}),
		at:         prometheus.NewGauge(prometheus.GaugeOpts{Name: "eddy_config_last_reload_success_timestamp_seconds", Help: "When a configuration was last applied."}),
	}
	reg.MustRegister(m.successful, m.at)
	m.applied(nil)
	return m
}

func (m reloadMetrics) applied(err error) {
	if err != nil {
		m.successful.Set(0)
		return
	}
	m.successful.Set(1)
	m.at.Set(float64(time.Now().Unix()))
}

// reload reads the configuration again and applies it as a whole, or says why not and keeps the old one. With errPending
// it is accepted, but no log takes policies at the moment: it comes into force, partition by partition, when they do.
func (a *app) reload(ctx context.Context) error {
	a.reloads.mu.Lock()
	defer a.reloads.mu.Unlock()
	next, err := a.accept()
	a.reloads.applied(err)
	if err != nil {
		a.log.Error().Err(err).Msg("configuration refused; the old one stays in force")
		return err
	}
	a.cfg.Detectors, a.cfg.Log = next.Detectors, next.Log // nothing else may change, and others read a.cfg meanwhile
	setLogLevel(next)
	if err := a.enforcePolicy(ctx); err != nil {
		a.log.Warn().Err(err).Msg("configuration accepted")
		return err
	}
	a.log.Info().Str("policy", next.Policy().Digest()).Msg("configuration applied")
	return nil
}

// accept reads the configuration and checks that a running process can take it.
func (a *app) accept() (Config, error) {
	next, err := a.flags.Load(catalogue.All())
	if err != nil {
		return next, err
	}
	if fixed := needRestart(a.cfg, next); len(fixed) > 0 {
		return next, fmt.Errorf("only detectors and log can change while eddy runs; restart it to change %s", strings.Join(fixed, ", "))
	}
	return next, nil
}

// needRestart names the keys that differ and cannot be changed in a running process.
func needRestart(old, next Config) (keys []string) {
	a, b := reflect.ValueOf(old), reflect.ValueOf(next)
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "detectors" && name != "log" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			keys = append(keys, name)
		}
	}
	return keys
}
