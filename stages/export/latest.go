package export

import (
	"sort"
	"sync"

	"eddy/schema"
)

// Point is the newest verdict on a series.
type Point struct {
	Timestamp              int64 // Unix milliseconds
	Value                  float64
	Expected, Lower, Upper float64
	Score                  float64
	Ready                  bool // false while the detector learns: only the value is known
}

// kept is a point and the timestamp of the one that was taken last.
type kept struct {
	Point
	taken int64
}

// Latest keeps the newest point of each series. It may be used by any number of goroutines.
type Latest struct {
	mu      sync.Mutex
	tenants map[string]map[string]*kept // by tenant, then labels in wire form
	series  int
}

// maxSeries bounds what is kept: some 400 bytes each.
const maxSeries = 2_000_000

// stale is how many milliseconds behind the newest point of its tenant a series is forgotten: Prometheus' lookback.
const stale = 300_000

// NewLatest returns an empty one.
func NewLatest() *Latest { return &Latest{tenants: map[string]map[string]*kept{}} }

// Set takes a verdict in; one older than what is known is passed over, as when state is rebuilt after a restart.
func (l *Latest) Set(tenant string, labels schema.Labels, p Point) {
	l.mu.Lock()
	defer l.mu.Unlock()
	series := l.tenants[tenant]
	if series == nil {
		series = map[string]*kept{}
		l.tenants[tenant] = series
	}
	known := series[string(labels)] // does not allocate
	if known == nil {
		if l.series >= maxSeries {
			return // beyond it a series goes unexported
		}
		l.series++
		known = &kept{}
		series[string(labels)] = known
	}
	if p.Timestamp >= known.Timestamp {
		known.Point = p
	}
}

// Entry is one series as Collect lists it.
type Entry struct {
	Labels schema.Labels
	Point  Point
}

// Collect lists a tenant's points, ordered by labels, and forgets series that have gone quiet.
func (l *Latest) Collect(tenant string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	series := l.tenants[tenant]
	newest := int64(0)
	for _, p := range series {
		newest = max(newest, p.Timestamp)
	}
	list := make([]Entry, 0, len(series))
	for labels, p := range series {
		if newest-p.Timestamp > stale {
			delete(series, labels)
			l.series--
			continue
		}
		list = append(list, Entry{schema.Labels(labels), p.Point})
	}
	if len(list) == 0 {
		delete(l.tenants, tenant)
	}
	sort.Slice(list, func(i, j int) bool { return string(list[i].Labels) < string(list[j].Labels) })
	return list
}

// Take is Collect without what it has returned before: what a remote write still has to send.
func (l *Latest) Take(tenant string) []Entry {
	list := l.Collect(tenant)
	l.mu.Lock()
	defer l.mu.Unlock()
	series, fresh := l.tenants[tenant], list[:0]
	for _, e := range list {
		if p := series[string(e.Labels)]; p != nil && e.Point.Timestamp > p.taken {
			p.taken = e.Point.Timestamp
			fresh = append(fresh, e)
		}
	}
	return fresh
}

// Tenants lists who has points, in order.
func (l *Latest) Tenants() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := make([]string, 0, len(l.tenants))
	for name := range l.tenants {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
