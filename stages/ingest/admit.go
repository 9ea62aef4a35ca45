package ingest

import (
	"encoding/binary"
	"fmt"

	"eddy/schema"
	"eddy/stages/internal/intern"
)

// maxSeriesBytes bounds one series of a request in 1.0 form, so that any record of the log fits a message.
const maxSeriesBytes = 512 << 10

// admitItem judges one series and copies what is good of it into its partition's chunk.
func (p *push) admitItem(it *item, now, latest int64) {
	points := it.has.points()
	refused := &p.result.Refused
	refused.Total += max(points, 0)
	if len(it.key)+len(it.rest) > maxSeriesBytes {
		refused.addItem(points, it.key, fmt.Sprintf("series of %d bytes, the limit is %d", len(it.key)+len(it.rest), maxSeriesBytes))
		return
	}
	ref, verdict, no := p.t.resolve(it.key, &p.g.cfg, now)
	switch {
	case no.why != "":
		refused.Quota = refused.Quota || no.quota
		refused.addItem(points, it.key, no.why)
		return
	case verdict == duplicate:
		p.result.Duplicates.add(it.has)
		return
	case verdict == electedNew:
		p.g.metrics.elections.Inc()
	}
	state := p.t.series.states.At(ref)
	if it.meta.kind != state.kind && it.meta.kind != 0 {
		p.announceSeries(it, state)
	}
	if !it.one {
		p.filter(it, state, latest)
	} else if v := state.judge(it.ts, it.bits, latest); v != inOrder {
		refused.addItem(1, it.key, v.text(it.ts, state.last, latest, refused.full()))
		return
	}
	if it.has == (Written{}) {
		return
	}
	key := it.key
	if p.t.series.aliasFirst {
		key = p.t.series.names.Key(ref)
	}
	p.touched = append(p.touched, ref)
	p.write(int(state.part), key, it)
}

// order is how a sample stands to the ones before it.
type order uint8

const (
	inOrder order = iota
	tooOld
	conflicting
	tooFarAhead
	beforeEpoch
)

// judge takes a sample if it is in order; the exact repeat of the newest one is.
func (s *seriesState) judge(ts int64, bits uint64, latest int64) order {
	switch {
	case ts > s.last && ts > 0 && ts <= latest:
		s.last, s.bits = ts, bits
		return inOrder
	case ts <= 0:
		return beforeEpoch
	case ts > latest:
		return tooFarAhead
	case ts < s.last:
		return tooOld
	case bits != s.bits:
		return conflicting
	}
	return inOrder
}

// text says it to the sender; without a reader there is none.
func (o order) text(ts, last, latest int64, unread bool) string {
	switch {
	case unread:
	case o == tooOld:
		return fmt.Sprintf("out of order: %d is before %d", ts, last)
	case o == conflicting:
		return fmt.Sprintf("another value at %d before", ts)
	case o == tooFarAhead:
		return fmt.Sprintf("too far ahead: %d is after %d", ts, latest)
	case o == beforeEpoch:
		return fmt.Sprintf("timestamp %d is not after 1970", ts)
	}
	return ""
}

// filter judges the elements of an item one by one. What is refused is cut out of rest, in place: it is either our own
// scratch, or a request whose every element is judged before the next is read.
func (p *push) filter(it *item, state *seriesState, latest int64) {
	kept := p.filtered[:0]
	for b := it.rest; len(b) > 0; {
		var f field
		next, err := nextField(b, &f)
		if err != nil {
			break // cannot happen: written by scan
		}
		raw := b[:len(b)-len(next)]
		b = next
		if p.judgeElement(it, &f, state, latest) {
			kept = append(kept, raw...)
		}
	}
	p.filtered = kept
	it.rest = kept
}

func (p *push) judgeElement(it *item, f *field, state *seriesState, latest int64) bool {
	var ts int64
	var bits uint64
	var count *int
	switch f.num {
	case 2:
		var smp sample
		if _, err := parseSample(f.bytes, &smp); err != nil {
			return false
		}
		ts, bits, count = smp.ts, smp.bits, &it.has.Samples
	case 4:
		ts, bits, count = histogramTime(f.bytes), intern.Hash(f.bytes), &it.has.Histograms
	default:
		return true
	}
	v := state.judge(ts, bits, latest)
	if v == inOrder {
		return true
	}
	*count--
	refused := &p.result.Refused
	refused.addItem(1, it.key, v.text(ts, state.last, latest, refused.full()))
	return false
}

// histogramTime finds the timestamp of a histogram that has been checked.
func histogramTime(b []byte) (ts int64) {
	for len(b) > 0 {
		var f field
		var err error
		if b, err = nextField(b, &f); err != nil {
			return ts
		}
		if f.num == 15 {
			ts = int64(f.bits)
		}
	}
	return ts
}

// write appends the series to its partition's chunk as a field of a WriteRequest.
func (p *push) write(part int, key []byte, it *item) {
	n := len(key) + len(it.rest)
	c := p.room(part, amount{bytes: n + 1 + uvarintLen(uint64(n)), series: 1, points: it.has.points()})
	b := append(c.buf, 1<<3|wireBytes)
	b = binary.AppendUvarint(b, uint64(n))
	b = append(b, key...)
	c.buf = append(b, it.rest...)
	c.has.add(it.has)
}

// addItem is Refusals.add for points that are counted in Total already.
func (r *Refusals) addItem(points int, key []byte, why string) {
	r.inItems += max(points, 1)
	r.add(points, schema.Labels(key), why)
}
