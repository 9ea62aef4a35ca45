package ingest

import (
	"fmt"
	"sync"
	"time"
)

// Gateway takes samples of any number of senders at the same time and appends them to the partitions' logs. It keeps
// nothing that must survive: start as many as needed, anywhere.
type Gateway struct {
	cfg        Config
	log        Log
	partitions int
	now        func() time.Time
	metrics    *Metrics
	budget     budget
	logs       []partition
	pushes     sync.Pool // of *push
	parcels    sync.Pool // of *parcel
	scans      sync.Pool // of *scan
	wires      sync.Pool // of *buffer
	bodies     sync.Pool // of *buffer, decompressed
	writers    sync.Pool // of *writer

	mu      sync.RWMutex
	tenants map[string]*tenant

	history  History // nil: what this gateway has seen is all there is
	recalled bool    // Tick has asked it who there is
}

// New returns a gateway to so many partitions. Now is the clock; metrics are registered with NewMetrics. An error is a
// setting that cannot work.
func New(cfg Config, log Log, partitions int, now func() time.Time, metrics *Metrics) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if partitions < 1 || partitions > 1<<16-1 {
		return nil, fmt.Errorf("ingest: %d partitions", partitions)
	}
	cfg = cfg.WithDefaults()
	g := &Gateway{cfg: cfg, log: log, partitions: partitions, now: now, metrics: metrics,
		budget: budget{limit: int64(cfg.MaxInflightBytes)}, logs: make([]partition, partitions), tenants: map[string]*tenant{}}
	for i := range g.logs {
		g.logs[i].g, g.logs[i].number = g, i
	}
	return g, nil
}

// Series is how many series of a tenant are active.
func (g *Gateway) Series(tenant string) int {
	t := g.find(tenant)
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.series.names.Len()
}

// find returns a tenant, or nil.
func (g *Gateway) find(tenant string) *tenant {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.tenants[tenant]
}
