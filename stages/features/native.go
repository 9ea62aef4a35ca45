package features

import (
	"math"

	"eddy/schema"
)

// histogram digests a native histogram: a scrape of its group that is whole by itself. The newest one is kept as it was
// sent, to be compared with the next.
func (p *Processor) histogram(t *tenant, ref uint32, x *rawHist) {
	s := t.series.At(ref)
	switch {
	case x.timestamp <= 0 || x.timestamp > maxTimestamp:
		p.dropped[dropRange]++
		return
	case x.timestamp <= s.last || s.is(stateBucket|stateDerived):
		p.dropped[dropRepeated]++
		return
	}
	t.seen(s, x.timestamp)
	s.set(stateNative)
	if x.ended {
		p.ended(t, ref, s)
		p.endNative(t, ref)
		return
	}
	if s.is(stateSilent) {
		p.mark(t, ref, s, schema.RowEnded, s.last) // no row of its own will say that the silence is over
	}
	t.wake(s)
	if len(x.data) > maxNative || !p.now.parse(x.data) {
		p.dropped[dropHistogram]++
		p.endNative(t, ref)
		return
	}
	i := t.groupOf(t.table.Key(ref))
	p.compare(t, i, x.timestamp)
	g := t.group.At(i)
	if g.native {
		t.hists.Free(g.last)
	}
	g.last, g.native, g.scraped = t.hists.Put(x.data), true, x.timestamp
}

// compare writes what p.now says in comparison with the histogram before.
func (p *Processor) compare(t *tenant, i uint32, timestamp int64) {
	g, h := t.group.At(i), &p.now
	s := summary{timestamp: timestamp}
	if h.hint != hintGauge { // a gauge says how things are, not how often they were
		dt := timestamp - g.scraped
		if !g.native || dt <= 0 || dt > longGap || !p.before.parse(t.hists.Get(g.last)) {
			return
		}
		switch b := &p.before; {
		case b.hint == hintGauge:
			return
		case h.hint == hintReset || h.start > b.start && h.start >= g.scraped:
			s.flags = schema.RowReset
		case !sameBuckets(h, b):
			return
		case h.fell(b):
			s.flags = schema.RowReset
		default:
			h.subtract(b)
		}
		s.counted, s.values[derivedCount-1] = true, finite(h.count/seconds(dt))
	}
	s.observed = h.count > 0
	for k, q := range quantiles() {
		v := h.quantile(q)
		if math.IsNaN(v) {
			s.observed = false
		}
		s.values[k] = finite(v)
	}
	p.derive(t, i, &s)
}

// endNative ends what is derived of a native histogram.
func (p *Processor) endNative(t *tenant, ref uint32) {
	if i, ok := t.groups.Lookup(t.table.Key(ref)); ok {
		p.endDerived(t, i)
		t.forgetNative(i)
	}
}

// leaveNative is endNative for a series that is forgotten: what is derived of it will be, too.
func (t *tenant) leaveNative(ref uint32) {
	if i, ok := t.groups.Lookup(t.table.Key(ref)); ok {
		t.forgetNative(i)
	}
}

func (t *tenant) forgetNative(i uint32) {
	g := t.group.At(i)
	if g.native {
		t.hists.Free(g.last)
		g.native, g.scraped = false, 0
	}
	if g.known == 0 {
		t.dropGroup(i)
	}
}
