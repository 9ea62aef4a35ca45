package features

import (
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
	"eddy/stages/internal/intern"
	"eddy/stages/internal/snap"
	"eddy/stream"
)

const (
	maxDecoded = 32 << 20 // bytes of a decoded record
	// maxBlock is the largest block in bytes: a message of the broker takes 1 MiB, less room for headers and a scan.
	maxBlock  = 1_030_000
	maxRows   = 11_700 // of a block: the stage behind takes 12,000, and a scan adds some
	rowBytes  = 45
	headBytes = 20
)

// Processor is the features stage of one partition: a stream.Processor and stream.Snapshotter.
type Processor struct {
	partition int
	control   string
	tenants   map[string]*tenant
	order     []*tenant // in the order of their first record

	request request
	decoded []byte
	block   schema.FeatureBuilder
	out     []byte

	bins     []bin // a histogram's, while a scrape of it is completed
	room     int   // bytes of the block that nothing else can need
	rowsLeft int   // and rows
	now      hist
	before   hist
	ahead    int64 // timestamps of the record above this are ahead of all others

	metrics   *gauges
	records   int
	dropped   [dropReasons]int
	forgotten int
}

var (
	_ stream.Processor   = (*Processor)(nil)
	_ stream.Snapshotter = (*Processor)(nil)
)

// New returns a partition's processor in its initial state.
func New(partition int) *Processor {
	return &Processor{
		partition: partition,
		control:   schema.PartitionSubject(schema.KindFeatures, schema.ControlTenant, partition),
		tenants:   map[string]*tenant{},
	}
}

// Process turns one record of the samples log into at most one FeatureBlock. It returns an error, and leaves the state
// as it was, for a record that is not a snappy WriteRequest within bounds or a control record.
func (p *Processor) Process(rec *stream.Record, out *stream.Output) error {
	if rec.Tenant == schema.ControlTenant {
		if rec.Kind != schema.EntryControl {
			return fmt.Errorf("%w: samples for tenant %q", ErrRecord, rec.Tenant)
		}
		if _, err := schema.ParseControl(rec.Data); err != nil {
			return err
		}
		out.Emit(p.control, schema.EntryControl, rec.Data)
		return nil
	}
	if err := schema.CheckTenant(rec.Tenant); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	p.block.Reset()
	t, err := p.digest(rec)
	if err != nil {
		return err
	}
	if !p.block.Empty() {
		p.out = p.block.AppendTo(p.out[:0])
		out.Emit(t.subject, schema.EntryData, p.out)
	}
	p.count()
	return nil
}

func (p *Processor) digest(rec *stream.Record) (*tenant, error) {
	if rec.Kind == schema.EntryControl {
		c, err := schema.ParseControl(rec.Data)
		if err != nil {
			return nil, err
		}
		t := p.tenant(rec.Tenant)
		switch c.Type {
		case schema.ControlTick:
			p.onTick(t, c.Time)
		case schema.ControlReturned:
			p.onReturned(t, c.Time)
		}
		return t, nil
	}
	if err := p.decode(rec.Data); err != nil {
		return nil, err
	}
	if err := p.check(p.tenants[rec.Tenant]); err != nil {
		return nil, err
	}
	t := p.tenant(rec.Tenant)
	p.samples(t)
	return t, nil
}

// decode unpacks and parses a record into p.request.
func (p *Processor) decode(data []byte) error {
	n, err := s2.DecodedLen(data)
	if err != nil || n > maxDecoded {
		return fmt.Errorf("%w: not a snappy block of at most %d bytes", ErrRecord, maxDecoded)
	}
	if cap(p.decoded) < n {
		p.decoded = make([]byte, n+n/4)
	}
	raw, err := s2.Decode(p.decoded[:cap(p.decoded)], data)
	if err != nil {
		return fmt.Errorf("%w: snappy: %w", ErrRecord, err)
	}
	return p.request.parse(raw)
}

// check finds the series that are known and makes sure of everything that could later go wrong: the labels of new
// ones, and that the block will fit a message. It changes nothing; t is nil for a new tenant.
func (p *Processor) check(t *tenant) error {
	size := rowBytes * len(p.request.samples)
	for i := range p.request.series {
		x := &p.request.series[i]
		if size += headBytes + len(x.labels); len(x.labels) > intern.MaxKey {
			return ErrRecord
		}
		if t != nil {
			if x.ref, x.known = t.table.Lookup(x.labels); x.known {
				continue
			}
		}
		if err := checkLabels(x.labels); err != nil {
			return err
		}
	}
	p.room, p.rowsLeft = maxBlock-size, maxRows-len(p.request.samples)
	if size > maxBlock {
		return fmt.Errorf("%w: about %d bytes of features, at most %d fit", ErrRecord, size, maxBlock)
	}
	return nil
}

func checkLabels(l schema.Labels) error {
	for len(l) > 0 {
		var err error
		if _, _, l, err = l.Next(); err != nil {
			return fmt.Errorf("%w: %w", ErrRecord, err)
		}
	}
	return nil
}

// samples digests p.request, which has been checked.
func (p *Processor) samples(t *tenant) {
	r := &p.request
	t.metadata.learn(r.metadata)
	middle := middleOf(r.samples)
	if p.ahead = max(t.clock.now, middle) + nearby; t.clock.now == 0 {
		p.ahead = maxTimestamp
	}
	from, hist := 0, 0
	for i := range r.series {
		x := &r.series[i]
		if !x.known { // at the time of the check; a record may hold a new series twice
			x.ref = t.resolve(x.labels)
		}
		s := t.current(x.ref)
		if s.is(stateBucket | stateDerived) {
			p.particular(t, x.ref, s, r.samples[from:x.to])
		} else {
			for j := from; j < x.to; j++ {
				p.sample(t, x.ref, s, &r.samples[j])
			}
		}
		from = x.to
		for ; hist < x.hists; hist++ {
			p.histogram(t, x.ref, &r.hists[hist])
		}
	}
	if len(r.series) == 0 {
		return
	}
	t.clock.observe(r.samples, t.active)
	p.onReturn(t, max(t.clock.now, middle))
	p.scan(t, len(r.series))
}

// particular digests samples of a series that is no plain one. What it calls may move the series.
func (p *Processor) particular(t *tenant, ref uint32, s *series, samples []rawSample) {
	if s.is(stateBucket) {
		if s.is(stateAnnounced) { // it was something else before
			p.row(t, ref, s, schema.RowEnded, s.last, 0, &[schema.FeatureCount]float32{})
			s.clear(stateAnnounced)
			p.room, p.rowsLeft = p.room-rowBytes, p.rowsLeft-1
		}
		// What was kept free for rows of its own is there for its histogram's.
		p.room += rowBytes*len(samples) + headBytes + len(t.table.Key(ref))
		p.rowsLeft += len(samples)
		for j := range samples {
			p.bucketSample(t, ref, &samples[j])
		}
		return
	}
	if len(samples) > 0 {
		t.sent(ref, s)
	}
	for j := range samples {
		p.sample(t, ref, s, &samples[j])
	}
}

func (p *Processor) tenant(name string) *tenant {
	t := p.tenants[name]
	if t == nil {
		t = newTenant(name, p.partition)
		p.tenants[name] = t
		p.order = append(p.order, t)
	}
	return t
}

// Snapshot writes the state; equal states write equal bytes.
func (p *Processor) Snapshot(out io.Writer) error {
	w := snap.NewWriter(out)
	w.Uvarint(uint64(p.partition))
	w.Uvarint(uint64(len(p.order)))
	for _, t := range p.order {
		t.save(w)
	}
	return w.Flush()
}

// Restore reads what Snapshot of the same partition wrote into a fresh processor.
func (p *Processor) Restore(in io.Reader) error {
	r := snap.NewReader(in)
	if got := r.Uvarint(); got != uint64(p.partition) {
		r.Fail("of partition %d, not %d", got, p.partition)
	}
	for n := r.Count(math.MaxInt32); n > 0 && r.Err() == nil; n-- {
		t := loadTenant(r, p.partition)
		if p.tenants[t.name] != nil {
			r.Fail("tenant %s is there twice", t.name)
		}
		p.tenants[t.name] = t
		p.order = append(p.order, t)
	}
	return r.End()
}
