package ingest

import (
	"context"
	"sync"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
)

// maxRecordBytes is how large a record of the log is at most before compression, or one series of maxSeriesBytes:
// either way below 1 MiB as a message even if it does not compress.
const maxRecordBytes = 512 << 10

// amount is how much of a record something takes.
type amount struct{ bytes, series, points, metas int }

func (a amount) plus(b amount) amount {
	return amount{a.bytes + b.bytes, a.series + b.series, a.points + b.points, a.metas + b.metas}
}

// fits tells whether a record may hold so much: the stages refuse larger ones, good samples and all.
func (a amount) fits() bool {
	return a.bytes <= maxRecordBytes && max(a.series, a.points, a.metas) <= schema.MaxRecordEntries
}

// parcelKind says what is in a parcel. Only parcels of a kind are joined, and controls never.
type parcelKind uint8

const (
	ofSamples  parcelKind = iota
	ofMetadata            // the same for every partition
	ofControl             // the same for every partition
)

// parcel is what one request has for one record of one partition.
type parcel struct {
	p    *push
	part int
	kind parcelKind
	buf  []byte // fields of a WriteRequest, or a control record
	size amount // of buf
	has  Written
	err  error // of the append, once p.pending says that it is over
}

// partition brings parcels to one log, one append at a time. While one is under way the next record fills.
type partition struct {
	g       *Gateway
	number  int
	mu      sync.Mutex
	waiting []*parcel
	running bool
}

// submit queues parcels; the order of submission is the order in the log, for each tenant.
func (q *partition) submit(c *parcel) {
	q.mu.Lock()
	q.waiting = append(q.waiting, c)
	start := !q.running
	q.running = true
	q.mu.Unlock()
	if start {
		go q.run()
	}
}

// run appends until nothing waits. An idle partition has no goroutine.
func (q *partition) run() {
	w, ok := q.g.writers.Get().(*writer)
	if !ok {
		w = &writer{}
	}
	defer q.g.writers.Put(w)
	for {
		q.mu.Lock()
		w.take(&q.waiting)
		q.running = len(w.group) > 0
		q.mu.Unlock()
		if len(w.group) == 0 {
			return
		}
		w.append(q)
	}
}

// writer holds the record being written.
type writer struct {
	group    []*parcel
	raw, out []byte
}

// lookAhead bounds how far down the queue companions for a record are sought.
const lookAhead = 256

// take moves the parcels of one record out of the queue: the first, and those of the same tenant that fit with it.
func (w *writer) take(queue *[]*parcel) {
	clear(w.group)
	w.group = w.group[:0]
	q := *queue
	if len(q) == 0 {
		*queue = nil // forget a burst's memory
		return
	}
	first := q[0]
	var size amount
	open := true
	kept := q[:0]
	for i, c := range q {
		if i >= lookAhead {
			open = false
		}
		if open && c.p.t == first.p.t {
			size = size.plus(c.size)
			open = i == 0 || c.kind == first.kind && c.kind != ofControl && size.fits()
			if open {
				w.group = append(w.group, c)
				continue
			}
		}
		kept = append(kept, c)
	}
	clear(q[len(kept):])
	*queue = kept
}

// append writes the record and tells every request in it.
func (w *writer) append(q *partition) {
	g, first := q.g, w.group[0]
	write, record := g.log.AppendControl, first.buf
	if first.kind != ofControl {
		write, record = g.log.Append, w.compressed()
	}
	ctx, cancel := context.WithTimeout(context.Background(), g.cfg.AppendTimeout)
	begun := g.now()
	err := write(ctx, q.number, first.p.t.subjects[q.number], record)
	cancel()
	g.metrics.appended(len(record), g.now().Sub(begun), err)
	for _, c := range w.group {
		c.err = err
		c.p.answered()
	}
}

// compressed is the group as one record; valid until the next.
func (w *writer) compressed() []byte {
	raw := w.group[0].buf
	if len(w.group) > 1 {
		w.raw = w.raw[:0]
		for _, c := range w.group {
			w.raw = append(w.raw, c.buf...)
		}
		raw = w.raw
	}
	if n := s2.MaxEncodedLen(len(raw)); cap(w.out) < n {
		w.out = make([]byte, n)
	}
	w.out = s2.EncodeSnappy(w.out[:cap(w.out)], raw)
	return w.out
}

// answered notes that the log has answered for one more chunk.
func (p *push) answered() {
	if p.pending.Add(-1) == 0 {
		p.g.budget.give(p.reserved)
		p.done <- struct{}{}
	}
}

// room returns the parcel of a partition that takes so much more, counted already.
func (p *push) room(part int, more amount) *parcel {
	c := p.open[part]
	if c == nil || !c.size.plus(more).fits() {
		c = p.g.newParcel(p, part)
		p.open[part] = c
		p.parcels = append(p.parcels, c)
	}
	c.size = c.size.plus(more)
	return c
}

// submit hands the parcels over: that the tenant is back, then metadata, then samples.
func (p *push) submit() {
	clear(p.open)
	samples := len(p.parcels)
	if p.returned != nil {
		p.everywhere(ofControl, p.returned, amount{})
	}
	for _, m := range p.metas {
		p.everywhere(ofMetadata, m.fields, amount{bytes: len(m.fields), metas: m.entries})
	}
	p.pending.Store(int32(len(p.parcels)))
	for _, c := range p.parcels[samples:] {
		p.g.logs[c.part].submit(c)
	}
	for _, c := range p.parcels[:samples] {
		p.g.logs[c.part].submit(c)
	}
}

// everywhere makes a parcel for each partition.
func (p *push) everywhere(kind parcelKind, buf []byte, size amount) {
	for part := range p.g.partitions {
		c := p.g.newParcel(p, part)
		c.kind, c.buf, c.size = kind, buf, size
		p.parcels = append(p.parcels, c)
	}
}

func (g *Gateway) newParcel(p *push, part int) *parcel {
	c, ok := g.parcels.Get().(*parcel)
	if !ok {
		c = &parcel{}
	}
	c.p, c.part = p, part
	return c
}

// keepParcel is what a parcel may keep though it needed less: a small request's parcels must not stay as large as a
// larger one's were.
const keepParcel = 16 << 10

// recycleParcel takes a parcel back that no record refers to any more.
func (g *Gateway) recycleParcel(c *parcel) {
	if c.kind != ofSamples || cap(c.buf) > 2*maxRecordBytes || cap(c.buf) > max(keepParcel, 4*len(c.buf)) {
		c.buf = nil // shared by the partitions, or unusually large
	}
	*c = parcel{buf: c.buf[:0]}
	g.parcels.Put(c)
}
