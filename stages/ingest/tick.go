package ingest

import (
	"context"
	"errors"
	"time"

	"eddy/schema"
)

// tickAfter is how long a tenant may be silent before the log is told the time in its place.
const tickAfter = 30 * time.Second

// sweepSteps is how many ticks one round over all series takes; sweepSlice bounds how long a tenant is locked.
const (
	sweepSteps = 20
	sweepSlice = 4096
)

// Tick does what must happen without requests; call it every 15 seconds. For every tenant that has stopped sending,
// but was there within IdleAfter, it appends a control record with the time to each partition, so that stages notice
// silence without a clock. And it forgets idle series and tenants, a part of them each time.
//
// The error tells which appends failed; the next tick makes up for them.
func (g *Gateway) Tick(ctx context.Context, now time.Time) error {
	var errs []error
	var series, bytes int
	tenants := g.listTenants()
	for _, t := range tenants {
		last := t.lastData.Load()
		if silent := now.Sub(time.UnixMilli(last)); last != 0 && silent >= tickAfter && silent < g.cfg.IdleAfter {
			if err := g.tick(ctx, t, now); err != nil {
				errs = append(errs, err)
			}
		}
		n, b := g.sweep(t, now)
		series, bytes = series+n, bytes+b
	}
	g.metrics.tenants.Set(float64(len(tenants)))
	g.metrics.series.Set(float64(series))
	g.metrics.tableBytes.Set(float64(bytes))
	g.metrics.inflight.Set(float64(g.budget.used.Load()))
	g.metrics.budget.Set(float64(g.budget.limit))
	return errors.Join(errs...)
}

func (g *Gateway) listTenants() []*tenant {
	g.mu.RLock()
	defer g.mu.RUnlock()
	all := make([]*tenant, 0, len(g.tenants))
	for _, t := range g.tenants {
		all = append(all, t)
	}
	return all
}

func (g *Gateway) tick(ctx context.Context, t *tenant, now time.Time) error {
	record := schema.Control{Type: schema.ControlTick, Time: now.UnixMilli()}.Encode()
	for p, subject := range t.subjects {
		if err := g.log.AppendControl(ctx, p, subject, record); err != nil {
			return err
		}
		g.metrics.ticks.Inc()
	}
	return nil
}

// sweep forgets a part of the tenant's idle series, and the tenant with its last one. It returns what is left.
func (g *Gateway) sweep(t *tenant, now time.Time) (series, bytes int) {
	before := now.Add(-g.cfg.IdleAfter)
	t.mu.Lock()
	left := (t.series.names.Cap()+t.series.aliases.Cap())/sweepSteps + sweepSlice
	t.replicas.forgetIdle(now.UnixMilli(), g.cfg.IdleAfter)
	t.mu.Unlock()
	for ; left > 0; left -= sweepSlice {
		t.mu.Lock()
		g.metrics.evicted.Add(float64(t.series.sweep(sweepSlice, uint32(max(before.Unix(), 0)))))
		t.mu.Unlock()
	}
	t.mu.Lock()
	series, bytes = t.series.names.Len(), t.series.names.Size()+t.series.aliases.Size()
	t.mu.Unlock()
	if series == 0 {
		g.dropIdle(t, before.UnixMilli())
	}
	return series, bytes
}

// dropIdle forgets a tenant without series that nobody has used since.
func (g *Gateway) dropIdle(t *tenant, before int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.series.names.Len() == 0 && t.touchedAt < before {
		t.gone = true
		delete(g.tenants, t.name)
	}
}
