package ingest

import (
	"eddy/schema"
)

// item is one series of a request in 1.0 form.
type item struct {
	key  []byte  // label fields, as sent: not necessarily sorted or legal
	rest []byte  // sample, exemplar and histogram fields, all legal
	has  Written // what rest holds
	one  bool    // rest is a single sample: ts, bits
	ts   int64   // Unix milliseconds
	bits uint64  // of the float64 value
	meta metadata
}

// metadata is what a sender says of a metric. The slices alias the request.
type metadata struct {
	kind             uint8 // MetricType of 1.0, which 2.0 shares; 0 unknown
	name, help, unit []byte
}

// scan turns a decoded request into items without building objects. All memory for it is lent by the budget before it
// is taken, and bounded by the limits on a request's elements. It is reused; items are valid as long as the request and
// until the next reset.
type scan struct {
	cfg     *Config
	mem     loan
	items   []item
	metas   []metadata // of metadata-only entries
	refused *Refusals
	out     rewriter
	hist    histogram
	fine    []byte // scratch for a histogram made coarser
	histMem int    // bytes of mem for hist and fine

	// 2.0 only
	body         []byte
	symbols      []symbol
	refs         []uint32
	exemplarRefs []uint32
	described    int // bytes of metadata so far
}

func newScan(cfg *Config, b *budget) *scan { return &scan{cfg: cfg, mem: loan{from: b}} }

// run scans a request. An error means that nothing of it can be used; a faulty series is noted in refused and left out.
func (s *scan) run(body []byte, v Version, refused *Refusals) error {
	s.refused = refused
	s.adopt()
	if v == V2 {
		return s.runV2(body)
	}
	return s.runV1(body)
}

// keepScratch bounds what a scan keeps between requests, in bytes of each kind.
const keepScratch = 1 << 20

// adopt makes what is kept from earlier requests this one's.
func (s *scan) adopt() {
	s.items, s.metas, s.symbols = adopt(&s.mem, s.items), adopt(&s.mem, s.metas), adopt(&s.mem, s.symbols)
	s.out.begin(&s.mem, s.cfg.MaxDecodedBytes)
	if s.mem.take(s.histMem) != nil {
		s.hist, s.fine, s.histMem = histogram{}, nil, 0
	}
}

// reset ends the use of a scan and of its items.
func (s *scan) reset() {
	clear(s.items)
	clear(s.metas)
	s.items, s.metas, s.symbols = kept(s.items, keepScratch), kept(s.metas, keepScratch), kept(s.symbols, keepScratch)
	s.out.reset()
	if s.histMem > keepHistogram {
		s.hist, s.fine, s.histMem = histogram{}, nil, 0
	}
	s.body, s.refused, s.described = nil, nil, 0
	s.mem.repay()
}

// copied is how many bytes the log's copy of the request takes, at most.
func (s *scan) copied() int {
	n := s.described
	for i := range s.items {
		n += len(s.items[i].key) + len(s.items[i].rest) + 10
	}
	for i := range s.metas {
		n += s.metas[i].size()
	}
	return n + n/4 // parcels grow by a quarter
}

// refuse leaves n points of a series out.
func (s *scan) refuse(n int, labels []byte, why string) { s.refused.add(n, schema.Labels(labels), why) }

// takeSample appends a sample in 1.0 form.
func (s *scan) takeSample(it *item, content []byte) error {
	var smp sample
	if _, err := parseSample(content, &smp); err != nil {
		return err
	}
	if err := s.out.room(maxSampleBytes); err != nil {
		return err
	}
	s.out.b = appendSample(s.out.b, &smp)
	it.has.Samples++
	it.ts, it.bits = smp.ts, smp.bits
	return nil
}

// takeHistogram appends a native histogram, made coarser if need be, or refuses it.
func (s *scan) takeHistogram(it *item, content []byte) error {
	if err := s.lendHistogram(len(content)); err != nil {
		return err
	}
	fault, err := s.hist.parse(content)
	if err != nil {
		return err
	}
	if fault == "" {
		fault = s.hist.check()
	}
	if fault != "" {
		s.refuse(1, s.out.key(), fault)
		return nil
	}
	if s.hist.schema > maxSchema {
		s.hist.reduce()
		s.fine = s.hist.append(s.fine[:0])
		content = s.fine
	}
	it.has.Histograms++
	return s.out.field(4, content)
}

const (
	maxHistogramMem = 4 << 20   // bytes that a histogram of maxBuckets on both sides takes, with all copies
	histogramGrowth = 40        // bytes of memory that a byte of a histogram may become
	keepHistogram   = 128 << 10 // bytes kept for the next one; honest ones have a few hundred buckets
)

// lendHistogram lends memory for taking a histogram of n bytes apart.
func (s *scan) lendHistogram(n int) error {
	more := min(n*histogramGrowth, maxHistogramMem) - s.histMem
	if more <= 0 {
		return nil
	}
	if err := s.mem.take(more); err != nil {
		return err
	}
	s.histMem += more
	return nil
}

func (s *scan) errSeries() error {
	return badRequest("more than %d series in one request; send smaller requests", s.cfg.MaxRequestSeries)
}

func (s *scan) errElements() error {
	return badRequest("more than %d labels, samples, histograms and exemplars in one series; split it over several requests", s.cfg.MaxSeriesElements)
}
