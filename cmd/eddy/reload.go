package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eddy/algorithms/catalogue"
	"eddy/schema"
	"eddy/stream"
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

// reload reads the configuration again and applies it as a whole, or says why not and keeps the old one.
func (a *app) reload(ctx context.Context) (err error) {
	a.reloads.mu.Lock()
	defer a.reloads.mu.Unlock()
	defer func() {
		a.reloads.applied(err)
		if err != nil {
			a.log.Error().Err(err).Msg("configuration refused; the old one stays in force")
		} else {
			a.log.Info().Str("policy", a.cfg.Policy().Digest()).Msg("configuration applied")
		}
	}()
	next, err := a.flags.Load(catalogue.All())
	if err != nil {
		return err
	}
	if fixed := needRestart(a.cfg, next); len(fixed) > 0 {
		return fmt.Errorf("only detectors and log can change while eddy runs; restart it to change %s", strings.Join(fixed, ", "))
	}
	old := a.cfg
	a.cfg = next
	if err := a.publishPolicy(ctx); err != nil {
		a.cfg = old
		return err
	}
	setLogLevel(next)
	return nil
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

// publishPolicy puts the policy into every partition where another one, or none, is in force: from that record on it
// decides, in every replay as well. Only processes that score do so: one that does not, a gateway say, need not know any
// detector, and its default policy would replace everybody's.
func (a *app) publishPolicy(ctx context.Context) error {
	policy := a.cfg.Policy()
	if !a.cfg.Runs("scoring") {
		if policy.Digest() != schema.DefaultPolicy().Digest() {
			a.log.Warn().Msg("detectors are configured but not put into force: this process does not run the scoring stage")
		}
		return nil
	}
	record := schema.Control{Type: schema.ControlPolicy, Policy: &policy}.Encode()
	for p := range a.broker.Layout().Partitions {
		last, err := a.broker.LastControl(ctx, p)
		if err != nil && !errors.Is(err, stream.ErrNotFound) {
			return fmt.Errorf("partition %d: policy in force: %w", p, err)
		}
		if string(last.Data) == string(record) {
			continue
		}
		subject := schema.PartitionSubject(schema.KindSamples, schema.ControlTenant, p)
		if err := a.broker.Samples().AppendControl(ctx, p, subject, record); err != nil {
			return fmt.Errorf("partition %d: policy: %w", p, err)
		}
	}
	return nil
}
