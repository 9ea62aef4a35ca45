package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

// push is one request on its way. It is recycled, unless its sender went away before the log had answered.
type push struct {
	g        *Gateway
	t        *tenant
	result   Result
	touched  []uint32  // series whose last sample this request set
	named    []string  // metrics whose type this request announced
	metas    []metas   // metadata to be announced, a record each
	returned []byte    // the control record that goes first, if any
	filtered []byte    // the rest of the item being admitted, less what is refused
	open     []*parcel // by partition: the parcel being filled
	parcels  []*parcel // in the order they go to the log

	reserved int           // bytes of the budget for the parcels
	pending  atomic.Int32  // parcels the log has not answered yet
	done     chan struct{} // receives once when pending becomes 0
}

// Push takes a decoded request: all of it that is legal is in the log, durably, when it returns without an error.
// The error, an *Error, means that the request as a whole was refused or failed; Result.Written is exact either way,
// except after ctx has ended. Decoded is only read, and not used after Push has returned.
func (g *Gateway) Push(ctx context.Context, tenant string, decoded []byte, v Version) (Result, error) {
	p := g.newPush()
	if err := p.take(tenant, decoded, v); err != nil {
		p.result.Refused = Refusals{}
		return p.finish(err)
	}
	if len(p.parcels) == 0 {
		return p.finish(nil)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.forget() // the sender will repeat what may be stored already
		g.metrics.abandoned.Inc()
		return Result{}, overloaded("the request ended before the log had answered: %v", context.Cause(ctx))
	}
	return p.finish(p.settle())
}

// take hands the good part of a request over to the partitions, copied: nothing refers to decoded any more.
func (p *push) take(tenant string, decoded []byte, v Version) error {
	g := p.g
	s := g.borrowScan()
	defer g.giveBackScan(s)
	if err := s.run(decoded, v, &p.result.Refused); err != nil {
		return err
	}
	copies := loan{from: &g.budget}
	if err := copies.take(s.copied()); err != nil {
		return err
	}
	p.reserved = copies.held
	err := p.admit(s, tenant, g.now().UnixMilli())
	if len(p.parcels) == 0 { // else who hears of the last one repays
		copies.repay()
	}
	return err
}

// settle adds up what the log took.
func (p *push) settle() error {
	var failed error
	failures, records, unheard := 0, 0, false
	for _, c := range p.parcels {
		if c.kind == ofControl {
			unheard = unheard || c.err != nil
			continue
		}
		records++
		if c.err != nil {
			failures++
			failed = c.err
			continue
		}
		p.result.Written.add(c.has)
	}
	if unheard {
		p.t.leave() // no reason to refuse samples: the next ones say it again
	}
	if failed != nil || p.result.Refused.Quota {
		p.forget()
	}
	if failed != nil {
		return overloaded("the samples log did not take %d of %d records: %s; try again", failures, records, clip(failed.Error(), 300))
	}
	return nil
}

// forget makes the gateway accept an exact repeat: what it remembers of the touched series would refuse the earlier
// ones of several samples. Readers of the log pass over what they have seen.
func (p *push) forget() {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	t.away = t.away || p.returned != nil
	for _, ref := range p.touched {
		s := t.series.states.At(ref)
		s.last, s.kind = never, 0
	}
	for _, name := range p.named {
		delete(t.kinds, name)
	}
}

// finish counts the request and recycles it.
func (p *push) finish(err error) (Result, error) {
	r := p.result
	g := p.g
	g.metrics.observe(&r)
	for i, c := range p.parcels {
		g.recycleParcel(c)
		p.parcels[i] = nil
	}
	clear(p.named)
	clear(p.metas)
	p.touched, p.named = kept(p.touched, keepScratch), kept(p.named, keepScratch)
	p.metas, p.parcels, p.filtered = kept(p.metas, keepScratch), kept(p.parcels, keepScratch), kept(p.filtered, keepScratch)
	p.t, p.result, p.reserved, p.returned = nil, Result{}, 0, nil
	g.pushes.Put(p)
	return r, err
}

func (g *Gateway) newPush() *push {
	if p, ok := g.pushes.Get().(*push); ok {
		return p
	}
	return &push{g: g, open: make([]*parcel, g.partitions), done: make(chan struct{}, 1)}
}

func (g *Gateway) borrowScan() *scan {
	if s, ok := g.scans.Get().(*scan); ok {
		return s
	}
	return newScan(&g.cfg, &g.budget)
}

func (g *Gateway) giveBackScan(s *scan) {
	s.reset()
	g.scans.Put(s)
}

// admit judges every item under the tenant's lock and hands what is good to the partitions in that same order.
func (p *push) admit(s *scan, name string, now int64) error {
	t, err := p.g.lockTenant(name, now)
	if err != nil {
		return err
	}
	defer t.mu.Unlock()
	p.t = t
	for i := range s.metas {
		p.announce(&s.metas[i])
	}
	latest := now + p.g.cfg.MaxFuture.Milliseconds()
	for i := range s.items {
		p.admitItem(&s.items[i], now, latest)
	}
	p.result.Refused.Total += p.result.Refused.Count - p.result.Refused.inItems
	if len(p.touched) > 0 {
		p.returned = t.arrive(now)
	}
	p.submit()
	return nil
}

// lockTenant returns the tenant, locked. A new one is made while there is room.
func (g *Gateway) lockTenant(name string, now int64) (*tenant, error) {
	for {
		t := g.find(name)
		if t == nil {
			var err error
			if t, err = g.addTenant(name); err != nil {
				return nil, err
			}
		}
		t.mu.Lock()
		if !t.gone {
			t.touchedAt = now
			return t, nil
		}
		t.mu.Unlock()
	}
}

func (g *Gateway) addTenant(name string) (*tenant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.tenants[name]; t != nil {
		return t, nil
	}
	if n := len(g.tenants); n >= g.cfg.MaxTenants {
		return nil, &Error{Status: http.StatusTooManyRequests,
			Text: fmt.Sprintf("tenant %s is one too many: %d are active, the limit is %d (max_tenants)", name, n, g.cfg.MaxTenants)}
	}
	t := newTenant(name, g.partitions, &g.cfg)
	g.tenants[name] = t
	return t, nil
}

// statusOf is the HTTP status of an error of this package.
func statusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return http.StatusServiceUnavailable
}
