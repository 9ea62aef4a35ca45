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

// scan turns a decoded request into items without building objects, so memory is bounded by the request's size and
// by the limits on its elements. It is reused; items are valid as long as the request and until the next reset.
type scan struct {
	cfg     *Config
	items   []item
	metas   []metadata // of metadata-only entries
	refused *Refusals
	out     []byte // what had to be rewritten into 1.0 form
	hist    histogram

	// 2.0 only
	body           []byte
	symbols        []symbol
	refs           []uint32
	exemplarRefs   []uint32
	exemplarLabels []byte
	expanded       int // bytes of 1.0 form so far
}

// run scans a request. An error means that nothing of it can be used; a faulty series is noted in refused and left out.
func (s *scan) run(body []byte, v Version, refused *Refusals) error {
	s.refused = refused
	if v == V2 {
		return s.runV2(body)
	}
	return s.runV1(body)
}

// keepScratch bounds what a scan keeps between requests.
const keepScratch = 4 << 20

func (s *scan) reset() {
	clear(s.items)
	clear(s.metas)
	s.items, s.metas, s.out, s.symbols = s.items[:0], s.metas[:0], s.out[:0], s.symbols[:0]
	s.body, s.refused, s.expanded = nil, nil, 0
	if cap(s.out) > keepScratch {
		s.out = nil
	}
	if cap(s.symbols) > keepScratch/8 {
		s.symbols = nil
	}
	if cap(s.items) > keepScratch/128 {
		s.items = nil
	}
	if cap(s.metas) > keepScratch/128 {
		s.metas = nil
	}
	if cap(s.exemplarLabels) > keepScratch {
		s.exemplarLabels = nil
	}
	s.hist.trim()
}

// refuse leaves n points of a series out.
func (s *scan) refuse(n int, labels []byte, why string) { s.refused.add(n, schema.Labels(labels), why) }

// addItem takes a series whose rewritten form lies in out[start:], its labels first.
func (s *scan) addItem(it item, start, restAt int) {
	it.key = s.out[start:restAt:restAt]
	it.rest = s.out[restAt:len(s.out):len(s.out)]
	s.items = append(s.items, it)
}

// takeSample appends a sample in 1.0 form.
func (s *scan) takeSample(it *item, content []byte) error {
	var smp sample
	if _, err := parseSample(content, &smp); err != nil {
		return err
	}
	s.out = appendSample(s.out, &smp)
	it.has.Samples++
	it.ts, it.bits = smp.ts, smp.bits
	return nil
}

// takeHistogram appends a native histogram, made coarser if need be, or refuses it.
func (s *scan) takeHistogram(it *item, key, content []byte) error {
	fault, err := s.hist.parse(content)
	if err != nil {
		return err
	}
	if fault == "" {
		fault = s.hist.check()
	}
	if fault != "" {
		s.refuse(1, key, fault)
		return nil
	}
	if s.hist.schema > maxSchema {
		s.hist.reduce()
		content = s.hist.append(nil)
	}
	s.out = appendBytes(s.out, 4, content)
	it.has.Histograms++
	return nil
}

func (s *scan) errSeries() error {
	return badRequest("more than %d series in one request; send smaller requests", s.cfg.MaxRequestSeries)
}

func (s *scan) errElements() error {
	return badRequest("more than %d labels, samples, histograms and exemplars in one series; split it over several requests", s.cfg.MaxSeriesElements)
}
