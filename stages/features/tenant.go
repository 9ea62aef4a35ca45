package features

import (
	"math"

	"eddy/schema"
	"eddy/stages/internal/chunk"
	"eddy/stages/internal/intern"
	"eddy/stages/internal/snap"
)

// tenant is what a partition knows of one tenant.
type tenant struct {
	name    string
	subject string

	table    *intern.Table
	series   chunk.Array[series] // by ref of table
	groups   *intern.Table       // histograms by their labels
	group    chunk.Array[group]  // by ref of groups
	hists    intern.Arena        // the newest of each native histogram
	scratch  schema.Labels
	metadata metadata
	clock    clock
	active   int    // series that send: neither ended nor silent
	cursor   uint32 // where the scan for overdue series goes on
	round    uint16 // how often it went round
	quiet    quiet
}

func newTenant(name string, partition int) *tenant {
	return &tenant{
		name:     name,
		subject:  schema.PartitionSubject(schema.KindFeatures, name, partition),
		table:    intern.New(),
		groups:   intern.New(),
		metadata: newMetadata(),
	}
}

// resolve finds the series of a label set, a new one if need be.
func (t *tenant) resolve(labels schema.Labels) uint32 {
	if ref, ok := t.table.Lookup(labels); ok {
		return ref
	}
	ref := t.table.Insert(labels)
	t.series.Grow(int(ref) + 1)
	s := t.series.At(ref)
	*s = series{state: stateLive | stateFresh | stateEnded, generation: t.metadata.generation}
	t.decideKind(ref, s, labels)
	return ref
}

// decideKind sets a series' kind by its name and the metadata. A change makes it a new series to what follows.
func (t *tenant) decideKind(ref uint32, s *series, labels schema.Labels) {
	if s.is(stateDerived) {
		return
	}
	if bound, ok := t.metadata.bucket(labels); ok {
		if !s.is(stateBucket) {
			t.join(ref, bound, labels)
		}
		return
	}
	if s.is(stateBucket) {
		t.leave(ref)
		s.restart()
	}
	kind, guessed := t.metadata.kind(labels)
	s.clear(stateGuessed | stateNamed)
	if t.metadata.state(labels) {
		s.set(stateNamed)
	}
	if s.is(stateDemoted) {
		kind, guessed = schema.SeriesValue, false
	}
	if guessed {
		s.set(stateGuessed)
	}
	if kind != s.kind {
		s.kind = kind
		s.restart()
	}
}

// current returns the series of a ref after it has heard the newest metadata.
func (t *tenant) current(ref uint32) *series {
	s := t.series.At(ref)
	if s.generation != t.metadata.generation {
		s.generation = t.metadata.generation
		t.decideKind(ref, s, t.table.Key(ref))
	}
	return s
}

// seen notes that a series was heard of at a time, which must be above s.last, and returns the time since the one
// before, 0 for the first.
func (t *tenant) seen(s *series, timestamp int64) (dt int64) {
	if s.last > 0 {
		dt = timestamp - s.last
		if !s.is(stateEnded) {
			s.learnInterval(dt)
		}
	}
	s.last, s.round = timestamp, t.round
	return dt
}

// wake notes that a series sends; it begins as one that ended.
func (t *tenant) wake(s *series) {
	if s.is(stateEnded | stateSilent) {
		t.activate(s, 1)
		s.clear(stateEnded | stateSilent)
	}
}

// activate counts the series that send, so nothing derived.
func (t *tenant) activate(s *series, n int) {
	if !s.is(stateDerived) {
		t.active += n
	}
}

// end notes that a series is over.
func (t *tenant) end(s *series) {
	if !s.is(stateEnded | stateSilent) {
		t.activate(s, -1)
	}
	s.set(stateEnded)
	s.clear(stateSilent | stateBase)
}

// sample digests one sample of one series.
func (p *Processor) sample(t *tenant, ref uint32, s *series, x *rawSample) {
	switch {
	case x.timestamp <= 0 || x.timestamp > maxTimestamp:
		p.dropped[dropRange]++
		return
	case x.timestamp <= s.last:
		p.dropped[dropRepeated]++
		s.refused(x)
		return
	case math.Float64bits(x.value) == staleNaN:
		t.seen(s, x.timestamp)
		p.ended(t, ref, s)
		return
	}
	gap := s.isGap(x.timestamp - s.last) // by what was learned before this sample
	ended := s.is(stateEnded) && s.last > 0
	dt := t.seen(s, x.timestamp)
	t.wake(s)
	s.clear(stateBehind)
	if x.value != x.value {
		p.dropped[dropNaN]++
		s.clear(stateBase)
		return
	}
	p.value(t, ref, s, x, dt, gap || ended)
}

// value turns a sample that is a number into a row.
func (p *Processor) value(t *tenant, ref uint32, s *series, x *rawSample, dt int64, gap bool) {
	raw := rawSample{timestamp: x.timestamp, start: x.start, value: finite(x.value)}
	if s.kind == schema.SeriesRate && s.demoted(raw.value) {
		return
	}
	value, flags := raw.value, schema.RowFlag(0)
	if s.kind == schema.SeriesRate {
		rate, reset, ok := s.rate(&raw, dt, gap)
		if reset {
			flags |= schema.RowReset
		}
		s.raw, s.start = raw.value, raw.start
		s.set(stateBase)
		if !ok {
			return
		}
		value = rate
	}
	if gap {
		flags |= schema.RowGap
	}
	if s.kind == schema.SeriesValue && !s.is(stateNumber) && s.shows(value) {
		flags |= schema.RowState
	}
	if ahead := raw.timestamp > p.ahead; ahead || s.doubt|s.hasty != 0 || s.isHasty(dt) || s.isFar(value) {
		flags |= s.doubts(value, dt, ahead)
	}
	var columns [schema.FeatureCount]float32
	s.features(dt, &columns)
	p.row(t, ref, s, flags, raw.timestamp, value, &columns)
	if raw.value == x.value { // an infinity is seen, but not learned from
		s.learnRow(value, dt)
	}
}

// demoted finds out that what was taken for a counter does what counters never do: it goes below zero, or, if it was a
// guess by a name gauges have too, falls twice to more than half of what it was. From the next record on it is a value.
func (s *series) demoted(raw float64) bool {
	if s.is(stateGuessed) && s.is(stateBase) && raw < s.raw && raw > s.raw/2 {
		s.falls++
	}
	if (raw < 0 || s.falls > 1) && !s.is(stateDemoted) {
		s.set(stateDemoted)
		s.generation-- // so that its kind is decided anew; not within this record, which introduces a series once
	}
	return s.is(stateDemoted)
}

// row writes a row, and introduces the series before its first.
func (p *Processor) row(t *tenant, ref uint32, s *series, flags schema.RowFlag, timestamp int64, value float64, columns *[schema.FeatureCount]float32) {
	if !s.is(stateAnnounced) {
		p.block.AddSeries(schema.Series{Ref: ref, Labels: t.table.Key(ref), Kind: s.kind})
		s.set(stateAnnounced)
	}
	if s.is(stateFresh) {
		flags |= schema.RowFresh
		s.clear(stateFresh)
	}
	p.block.AddRow(ref, flags, timestamp, value, columns)
}

// mark writes a row that says something of a series and holds no new value.
func (p *Processor) mark(t *tenant, ref uint32, s *series, flag schema.RowFlag, timestamp int64) {
	var columns [schema.FeatureCount]float32
	s.features(timestamp-s.last, &columns)
	p.row(t, ref, s, flag, timestamp, s.value, &columns)
}

// ended digests the end of a series; what downstream never heard of needs no end.
func (p *Processor) ended(t *tenant, ref uint32, s *series) {
	if s.is(stateAnnounced) && !s.is(stateEnded) {
		p.mark(t, ref, s, schema.RowEnded, s.last)
	}
	t.end(s)
}

func (t *tenant) save(w *snap.Writer) {
	w.String(t.name)
	t.table.Save(w)
	for ref := range uint32(t.table.Cap()) {
		t.series.At(ref).save(w)
	}
	t.saveGroups(w)
	t.metadata.save(w)
	t.clock.save(w)
	w.Uvarint(uint64(t.active))
	w.Uvarint(uint64(t.cursor))
	w.Uvarint(uint64(t.round))
	t.quiet.save(w)
}

func loadTenant(r *snap.Reader, partition int) *tenant {
	name := r.String(64)
	if r.Err() == nil && !schema.ValidTenant(name) {
		r.Fail("tenant %q", name)
	}
	t := newTenant(name, partition)
	t.table.Load(r)
	for ref := 0; ref < t.table.Cap() && r.Err() == nil; ref++ {
		t.series.Grow(ref + 1)
		s := t.series.At(uint32(ref))
		if s.load(r); s.is(stateLive) != (t.table.Key(uint32(ref)) != nil) {
			r.Fail("series %d and its labels disagree", ref)
		}
	}
	t.loadGroups(r)
	t.metadata.load(r)
	t.clock.load(r)
	t.active = r.Count(math.MaxUint32)
	t.cursor = uint32(r.Count(math.MaxUint32))
	t.round = uint16(r.Count(math.MaxUint16))
	if t.quiet.load(r); t.quiet.silent && t.table.Key(t.quiet.ref) == nil {
		r.Fail("the silent sender is series %d, which is not there", t.quiet.ref)
	}
	return t
}
