package features

import "eddy/schema"

// What is made of a histogram, classic or native, instead of rows of its own: three quantiles of what was observed since
// the scrape before, and how many observations a second there were. The quantiles are series with the labels of the
// histogram, its family's name, and QuantileLabel; the rate is `<family>_count`, unless somebody sends that.
const (
	derivedCount = 4 // three quantiles, then the rate
	countSuffix  = "_count"
)

// QuantileLabel tells the quantiles of a histogram apart: "0.5", "0.9", "0.99". It is also what makes their labels unlike
// those of any series that is sent, summaries' quantiles included.
const QuantileLabel = "eddy_quantile"

// summary is what one scrape says of a histogram.
type summary struct {
	timestamp int64
	flags     schema.RowFlag
	observed  bool // there are quantiles
	counted   bool // there is a rate
	values    [derivedCount]float64
}

// derive writes a histogram's rows.
func (p *Processor) derive(t *tenant, i uint32, s *summary) {
	for k := range derivedCount {
		counted := k == derivedCount-1
		if counted && !s.counted {
			return
		}
		ok := s.observed || counted
		if ref, found := t.derivedRef(i, k, ok); found && p.roomFor(t, ref) {
			p.derived(t, ref, s, s.values[k], ok)
		}
	}
}

// roomFor takes room in the block for one more row of a derived series, and its labels if need be. When there is none
// the row is left out: the next scrape is compared with this one all the same.
func (p *Processor) roomFor(t *tenant, ref uint32) bool {
	need := rowBytes
	if !t.series.At(ref).is(stateAnnounced) {
		need += headBytes + len(t.table.Key(ref))
	}
	if p.room < need || p.rowsLeft < 1 {
		p.dropped[dropHistogram]++
		return false
	}
	p.room, p.rowsLeft = p.room-need, p.rowsLeft-1
	return true
}

// derived digests one number of a summary as a sample of its series. One without a value only says that it lives.
func (p *Processor) derived(t *tenant, ref uint32, x *summary, value float64, ok bool) {
	s := t.series.At(ref)
	if x.timestamp <= s.last {
		p.dropped[dropRepeated]++
		return
	}
	gap := s.isGap(x.timestamp-s.last) || s.is(stateEnded) && s.last > 0
	dt := t.seen(s, x.timestamp)
	if !ok && s.is(stateSilent) {
		p.mark(t, ref, s, schema.RowEnded, s.last) // no row of its own will say that the silence is over
	}
	if t.wake(s); !ok {
		return
	}
	flags := x.flags
	if gap {
		flags |= schema.RowGap
	}
	var columns [schema.FeatureCount]float32
	s.features(dt, &columns)
	p.row(t, ref, s, flags, x.timestamp, value, &columns)
	s.learnRow(value, dt)
}

// derivedRef returns the series of a histogram's k-th number. Ok is false when there is none: it would be the first and
// has no value, or somebody sends it.
func (t *tenant) derivedRef(i uint32, k int, value bool) (ref uint32, ok bool) {
	g := t.group.At(i)
	if at := g.derived[k]; at != 0 && int(at) <= t.series.Len() {
		// It may have been forgotten since, and the reference be another's now.
		if s := t.series.At(at - 1); s.is(stateDerived) && s.start == int64(i)+1 && int(s.falls) == k {
			return at - 1, true
		}
	}
	if !value {
		return 0, false
	}
	t.scratch = appendDerived(t.scratch[:0], t.groups.Key(i), k)
	if ref, ok := t.table.Lookup(t.scratch); ok && !t.series.At(ref).is(stateDerived) {
		return 0, false
	}
	ref = t.resolve(t.scratch)
	s := t.series.At(ref)
	s.set(stateDerived)
	s.clear(stateMute)
	if s.kind = schema.SeriesValue; k == derivedCount-1 {
		s.kind = schema.SeriesRate
	}
	if g.native || k > 0 { // one of them reports for all; of a native histogram the series itself
		s.set(stateMute)
	}
	s.start, s.falls = int64(i)+1, uint8(k)
	g.derived[k] = ref + 1
	return ref, true
}

// sent digests that somebody sends what was taken for derived: from here on it is theirs.
func (t *tenant) sent(ref uint32, s *series) {
	if !s.is(stateEnded | stateSilent) {
		t.active++
	}
	s.clear(stateDerived | stateMute)
	s.start, s.falls = 0, 0
	t.decideKind(ref, s, t.table.Key(ref))
}

// endDerived ends what is derived of a histogram.
func (p *Processor) endDerived(t *tenant, i uint32) {
	for k := range derivedCount {
		if ref, ok := t.derivedRef(i, k, false); ok {
			if s := t.series.At(ref); p.roomFor(t, ref) {
				p.ended(t, ref, s)
			} else {
				t.end(s)
			}
		}
	}
}

// appendDerived appends the labels of a histogram's k-th number.
func appendDerived(dst, labels schema.Labels, k int) schema.Labels {
	counted, put := k == derivedCount-1, false
	for len(labels) > 0 {
		name, value, rest, err := labels.Next()
		if err != nil {
			break // they have been checked
		}
		if !counted && !put && string(name) > QuantileLabel {
			dst, put = schema.AppendLabel(dst, QuantileLabel, quantileName(k)), true
		}
		if labels = rest; counted && string(name) == schema.MetricName {
			dst = schema.AppendLabel(dst, schema.MetricName, string(value)+countSuffix)
			continue
		}
		dst = schema.AppendLabel(dst, string(name), string(value))
	}
	if !counted && !put {
		dst = schema.AppendLabel(dst, QuantileLabel, quantileName(k))
	}
	return dst
}

func quantileName(k int) string { return [...]string{"0.5", "0.9", "0.99"}[min(max(k, 0), 2)] }
