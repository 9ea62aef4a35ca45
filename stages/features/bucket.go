package features

import (
	"bytes"
	"math"
	"strconv"

	"eddy/schema"
)

// A bucket is a series `<family>_bucket{le="…"}`. Scored one by one, a dozen counters would tell of one change a dozen
// times and of a shift between them not at all. So a bucket keeps only what its group needs, in fields of series that
// it has no other use for:
//
//	level  its upper bound        value  its count at last         rows   its group + 1, 0 when the group was full
//	raw    its count at start     start  the scrape before, or 0   times  the next higher bucket's ref + 1, 0 at the end

// bucketSuffix ends the name of a classic histogram's bucket; bucketLabel holds its upper bound.
const (
	bucketSuffix = "_bucket"
	bucketLabel  = "le"
)

// bucket tells whether labels are those of a classic histogram's bucket, and its upper bound. What metadata says wins:
// a family of another type, gauge histograms included, has no buckets in this sense.
func (m *metadata) bucket(labels schema.Labels) (bound float64, ok bool) {
	name := labels.Get(schema.MetricName)
	if len(name) <= len(bucketSuffix) || !bytes.HasSuffix(name, []byte(bucketSuffix)) {
		return 0, false
	}
	le := labels.Get(bucketLabel)
	if len(le) == 0 || m.typeOf(name) != typeUnknown {
		return 0, false
	}
	switch m.typeOf(name[:len(name)-len(bucketSuffix)]) {
	case typeUnknown, typeHistogram:
	default:
		return 0, false
	}
	bound, err := strconv.ParseFloat(string(le), 64)
	return bound, err == nil && bound == bound
}

// appendFamily appends a bucket's labels as those of its histogram: without the bound, and named as its family.
func appendFamily(dst, labels schema.Labels) schema.Labels {
	for len(labels) > 0 {
		name, value, rest, err := labels.Next()
		if err != nil {
			break // they have been checked
		}
		switch labels = rest; string(name) {
		case bucketLabel:
		case schema.MetricName:
			dst = schema.AppendLabel(dst, schema.MetricName, string(value[:len(value)-len(bucketSuffix)]))
		default:
			dst = schema.AppendLabel(dst, string(name), string(value))
		}
	}
	return dst
}

// bucketSample digests a sample of a bucket.
func (p *Processor) bucketSample(t *tenant, ref uint32, x *rawSample) {
	s := t.series.At(ref)
	switch {
	case x.timestamp <= 0 || x.timestamp > maxTimestamp:
		p.dropped[dropRange]++
		return
	case x.timestamp <= s.last:
		p.dropped[dropRepeated]++
		return
	case math.Float64bits(x.value) == staleNaN:
		s.last, s.round = x.timestamp, t.round
		p.bucketEnded(t, s)
		return
	case x.value != x.value:
		p.dropped[dropNaN]++
		return
	case s.rows == 0:
		p.dropped[dropHistogram]++
		return
	}
	g := t.group.At(s.rows - 1)
	if s.round = t.round; s.is(stateEnded) {
		g.live++
	}
	t.wake(s)
	s.last = x.timestamp
	switch {
	case x.timestamp < g.base: // of a scrape that is over
		p.dropped[dropRepeated]++
		return
	case x.timestamp == g.base: // too late for a row, in time to be what the next one is compared with
		s.raw, s.start = x.value, x.timestamp
		return
	case x.timestamp < g.open:
		p.dropped[dropRepeated]++
		return
	case x.timestamp > g.open:
		p.complete(t, s.rows-1)
		g, s = t.group.At(s.rows-1), t.series.At(ref)
		g.open, g.arrived = x.timestamp, 0
	}
	s.value = x.value
	g.newStart = max(g.newStart, x.start)
	if g.arrived++; g.arrived >= g.live {
		p.complete(t, s.rows-1)
	}
}

// bucketEnded digests that a bucket ends. With the highest, which counts all observations, the histogram does.
func (p *Processor) bucketEnded(t *tenant, s *series) {
	if s.is(stateEnded) {
		return
	}
	if s.rows > 0 {
		p.complete(t, s.rows-1) // no more of it will come
	}
	t.bucketGone(s)
	if s.rows > 0 && math.IsInf(s.level, 1) && !t.group.At(s.rows-1).native {
		p.endDerived(t, s.rows-1)
	}
}

// bucketGone notes that a bucket is not waited for any more.
func (t *tenant) bucketGone(s *series) {
	t.end(s)
	if s.start = 0; s.rows > 0 {
		t.group.At(s.rows-1).live--
	}
}

// join puts a new bucket into its group, in the order of bounds.
func (t *tenant) join(ref uint32, bound float64, labels schema.Labels) {
	t.scratch = appendFamily(t.scratch[:0], labels)
	group := t.groupOf(t.scratch)
	g, s := t.group.At(group), t.series.At(ref)
	if s.is(stateSilent) {
		s.set(stateEnded)
	}
	s.set(stateBucket)
	s.clear(stateBase | stateGuessed | stateSilent)
	s.level, s.raw, s.value, s.start, s.rows, s.times = bound, 0, 0, 0, 0, 0
	if g.known < maxBuckets || math.IsInf(bound, 1) {
		s.rows = group + 1
		t.link(ref, s)
	}
}

// link puts a bucket into the list of its group: by bound, then by reference, so that a restored list is the same.
func (t *tenant) link(ref uint32, s *series) {
	g := t.group.At(s.rows - 1)
	at := &g.head
	for *at != 0 {
		o := t.series.At(*at - 1)
		if o.level > s.level || o.level == s.level && *at-1 > ref {
			break
		}
		at = &o.times
	}
	s.times, *at = *at, ref+1
	g.known++
	if !s.is(stateEnded) {
		g.live++
	}
}

// leaveGroups takes a series that is forgotten out of the histogram it belongs to.
func (t *tenant) leaveGroups(ref uint32, s *series) {
	if s.is(stateBucket) {
		t.leave(ref)
	} else if s.is(stateNative) {
		t.leaveNative(ref)
	}
}

// leave takes a bucket out of its group, and the group away with its last one.
func (t *tenant) leave(ref uint32) {
	s := t.series.At(ref)
	s.clear(stateBucket)
	if s.rows == 0 {
		return
	}
	group := s.rows - 1
	g := t.group.At(group)
	link := &g.head
	for *link != ref+1 {
		link = &t.series.At(*link - 1).times
	}
	*link = s.times
	s.rows, s.times, s.start = 0, 0, 0
	if !s.is(stateEnded) {
		g.live--
	}
	if g.known--; g.known == 0 && !g.native {
		t.dropGroup(group)
	}
}
