package features

import (
	"math"

	"eddy/schema"
	"eddy/stages/internal/intern"
	"eddy/stages/internal/snap"
)

// group is one histogram: the labels its buckets have in common, or a native histogram's. The buckets of one scrape may
// come in different records, so they are put together by timestamp:
//
//	bucket at open  ─► its count is noted ── all that live are there ─┐
//	bucket later    ─► a new scrape opens ── the one before is over ──┴─► complete: deltas since base ─► quantiles
//
// One scrape is open at a time. Who comes later than that is not waited for: the others are a coarser histogram.
type group struct {
	open     int64 // timestamp of the scrape being assembled; up to base when none is
	base     int64 // timestamp of the newest complete scrape, 0 when there is nothing to compare with
	start    int64 // since when the counters count, 0 when unknown
	newStart int64 // what the open scrape says of that

	scraped int64       // timestamp of the newest native histogram
	last    intern.Span // itself, as it was sent
	head    uint32      // ref + 1 of the lowest bucket, 0 when there is none
	derived [derivedCount]uint32
	known   uint16 // buckets in the list
	live    uint16 // of them, those that have not ended
	arrived uint16 // of them, those of the open scrape
	native  bool
}

// maxBuckets is how many finite buckets of one histogram are looked at. Beyond, the distribution is known well enough.
const maxBuckets = 256

// groupOf returns the group of a histogram's labels, a new one if need be.
func (t *tenant) groupOf(labels schema.Labels) uint32 {
	if i, ok := t.groups.Lookup(labels); ok {
		return i
	}
	i := t.groups.Insert(labels)
	t.group.Grow(int(i) + 1)
	*t.group.At(i) = group{}
	return i
}

func (t *tenant) dropGroup(i uint32) {
	t.groups.Remove(i)
	*t.group.At(i) = group{}
}

// complete ends the open scrape of a group, if there is one, and writes what it says.
func (p *Processor) complete(t *tenant, i uint32) {
	g := t.group.At(i)
	if g.open <= g.base {
		return
	}
	dt := g.open - g.base
	comparable := g.base > 0 && dt <= longGap
	p.bins = p.bins[:0]
	reset := false
	for at := g.head; at != 0; {
		b := t.series.At(at - 1)
		at = b.times
		if b.last != g.open || b.is(stateEnded) {
			continue
		}
		if comparable && b.start == g.base {
			reset = reset || b.value < b.raw
			p.bins = append(p.bins, bin{upper: b.level, count: b.value, before: b.raw})
		}
		b.raw, b.start = b.value, g.open
	}
	// A start behind the scrape before is a new life even if no count fell.
	reset = reset || g.newStart > g.start && g.newStart >= g.base
	timestamp := g.open
	g.base, g.start, g.newStart = g.open, g.newStart, 0
	if comparable && !g.native {
		subtract(p.bins, reset)
		p.summary(t, i, timestamp, dt, reset)
	}
}

// subtract turns running counts of two scrapes into the running counts of what was observed between them. After a reset
// that is all there is.
func subtract(bins []bin, reset bool) {
	for i := range bins {
		if b := &bins[i]; !reset {
			b.count -= b.before
		}
	}
}

// summary writes what p.bins says of a classic histogram: its quantiles, if anything was observed, and how much was.
func (p *Processor) summary(t *tenant, i uint32, timestamp, dt int64, reset bool) {
	n := len(p.bins)
	if n < 2 || !math.IsInf(p.bins[n-1].upper, 1) || math.IsInf(p.bins[0].upper, 0) {
		return
	}
	if monotone(p.bins); math.IsInf(p.bins[n-1].count, 0) {
		return
	}
	s := summary{timestamp: timestamp, observed: p.bins[n-1].count > 0}
	if reset {
		s.flags |= schema.RowReset
	}
	s.counted, s.values[derivedCount-1] = true, finite(p.bins[n-1].count/seconds(dt))
	if s.observed {
		for k, q := range quantiles() {
			s.values[k] = finite(bucketQuantile(q, p.bins))
		}
	}
	p.derive(t, i, &s)
}

func (g *group) save(w *snap.Writer, t *tenant) {
	for _, v := range [...]int64{g.open, g.base, g.start, g.newStart, g.scraped} {
		w.Varint(v)
	}
	for _, ref := range g.derived {
		w.Uvarint(uint64(ref))
	}
	w.Uvarint(uint64(g.arrived))
	if w.Bool(g.native); g.native {
		w.Bytes(t.hists.Get(g.last))
	}
}

func (g *group) load(r *snap.Reader, t *tenant) {
	for _, v := range [...]*int64{&g.open, &g.base, &g.start, &g.newStart, &g.scraped} {
		*v = r.Varint()
	}
	for k := range g.derived {
		g.derived[k] = uint32(r.Count(math.MaxUint32))
	}
	g.arrived = uint16(r.Count(math.MaxUint16))
	if g.native = r.Bool(); g.native {
		g.last = t.hists.Put(r.Bytes(nil, maxNative))
	}
}

// saveGroups and loadGroups keep the groups; the lists of buckets are made anew from the series.
func (t *tenant) saveGroups(w *snap.Writer) {
	t.groups.Save(w)
	for i := range uint32(t.groups.Cap()) {
		if t.groups.Key(i) != nil {
			t.group.At(i).save(w, t)
		}
	}
}

func (t *tenant) loadGroups(r *snap.Reader) {
	t.groups.Load(r)
	for i := uint32(0); int(i) < t.groups.Cap() && r.Err() == nil; i++ {
		t.group.Grow(int(i) + 1)
		if t.groups.Key(i) != nil {
			t.group.At(i).load(r, t)
		}
	}
	for ref := uint32(0); int(ref) < t.series.Len() && r.Err() == nil; ref++ {
		s := t.series.At(ref)
		if !s.is(stateBucket) || s.rows == 0 {
			continue
		}
		if t.groups.Key(s.rows-1) == nil || s.level != s.level {
			r.Fail("bucket %d has no group", ref)
			return
		}
		t.link(ref, s)
	}
}
