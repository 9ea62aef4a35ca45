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
// The error tells what failed of the former; the next tick makes up for it.
func (g *Gateway) Tick(ctx context.Context, now time.Time) error {
	err := g.tellSilent(ctx, now)
	var series, bytes int
	tenants := g.listTenants()
	for _, t := range tenants {
		n, b := g.sweep(t, now)
		series, bytes = series+n, bytes+b
	}
	g.metrics.tenants.Set(float64(len(tenants)))
	g.metrics.series.Set(float64(series))
	g.metrics.tableBytes.Set(float64(bytes))
	g.metrics.inflight.Set(float64(g.budget.used.Load()))
	g.metrics.budget.Set(float64(g.budget.limit))
	return err
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

// tellSilent tells the log the time in place of the tenants that send nothing, to this gateway or any other.
func (g *Gateway) tellSilent(ctx context.Context, now time.Time) error {
	if err := g.recall(ctx, now); err != nil {
		return err
	}
	silent := g.silent(g.listTenants(), now)
	if err := g.listen(ctx, silent, now); err != nil {
		return err
	}
	var errs []error
	for _, t := range g.silent(silent, now) {
		if err := g.tick(ctx, t, now); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// silent chooses the tenants that have sent nothing for a while, but are expected back.
func (g *Gateway) silent(tenants []*tenant, now time.Time) (silent []*tenant) {
	for _, t := range tenants {
		last := t.lastData.Load()
		if d := now.Sub(time.UnixMilli(last)); last != 0 && d >= tickAfter && d < g.cfg.IdleAfter {
			silent = append(silent, t)
		}
	}
	return silent
}

func (g *Gateway) tick(ctx context.Context, t *tenant, now time.Time) error {
	defer t.leave() // afterwards, so that samples that come meanwhile are no answer to it
	record := schema.Control{Type: schema.ControlTick, Time: now.UnixMilli()}.Encode()
	for p, subject := range t.subjects {
		if err := g.log.AppendControl(ctx, p, subject, record); err != nil {
			return err
		}
		g.metrics.ticks.Inc()
	}
	return nil
}

// leave notes that the log may say of the tenant that it is silent.
func (t *tenant) leave() {
	t.mu.Lock()
	t.away = true
	t.mu.Unlock()
}

// arrive notes samples at a time, Unix milliseconds, and returns the control record that is to go before them when the
// log may say that there are none. The caller holds the lock.
func (t *tenant) arrive(now int64) []byte {
	silent := now-t.lastData.Load() >= tickAfter.Milliseconds() // to this gateway; another one may have ticked
	t.lastData.Store(now)
	if !t.away && !silent {
		return nil
	}
	t.away = false
	return schema.Control{Type: schema.ControlReturned, Time: now}.Encode()
}

// hear notes that the log had a record of the tenant at a time, Unix milliseconds.
func (t *tenant) hear(at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.touchedAt = max(t.touchedAt, at)
	t.lastData.Store(max(t.lastData.Load(), at))
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
