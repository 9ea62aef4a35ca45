package ingest

import (
	"errors"
	"math"
)

// symbol is where a string of the symbols table lies in the request.
type symbol struct{ from, to uint32 }

func (s *scan) text(ref uint32) []byte { return s.body[s.symbols[ref].from:s.symbols[ref].to] }

// runV2 scans an io.prometheus.write.v2.Request: symbols = 4, timeseries = 5, in any order.
func (s *scan) runV2(body []byte) error {
	s.body = body
	series := 0
	err := eachField(body, func(f *field, end int) error {
		switch f.num {
		case 4:
			if len(s.symbols) >= s.cfg.MaxSymbols {
				return badRequest("more than %d symbols in one request; send smaller requests", s.cfg.MaxSymbols)
			}
			return s.addSymbol(symbol{uint32(end - len(f.bytes)), uint32(end)})
		case 5:
			if series++; series > s.cfg.MaxRequestSeries {
				return s.errSeries()
			}
		}
		return nil
	})
	if err == nil {
		s.items, err = grow(&s.mem, s.items, series)
	}
	if err == nil {
		err = eachField(body, func(f *field, _ int) error {
			if f.num != 5 {
				return nil
			}
			return s.seriesV2(f.bytes)
		})
	}
	if errors.Is(err, errWire) {
		return badRequest("%v", err)
	}
	return err
}

func (s *scan) addSymbol(x symbol) (err error) {
	if len(s.symbols) == cap(s.symbols) {
		if s.symbols, err = grow(&s.mem, s.symbols, max(leastSymbols, len(s.symbols))); err != nil {
			return err
		}
	}
	s.symbols = append(s.symbols, x)
	return nil
}

const leastSymbols = 256

// eachField calls fn for every field of a Request; end is the offset behind it.
func eachField(body []byte, fn func(f *field, end int) error) error {
	var f field
	for b := body; len(b) > 0; {
		var err error
		if b, err = nextField(b, &f); err != nil {
			return err
		}
		if (f.num == 4 || f.num == 5) && f.wire != wireBytes {
			return errWire
		}
		if err = fn(&f, len(body)-len(b)); err != nil {
			return err
		}
	}
	return nil
}

// seriesV2 writes a TimeSeries in 1.0 form.
func (s *scan) seriesV2(series []byte) error {
	var it item
	fault, points, err := s.headV2(series, &it)
	if err != nil {
		return err
	}
	s.out.series()
	if fault == "" {
		if fault, err = s.takeLabels(s.refs); err != nil {
			return err
		}
	}
	s.out.labelled()
	if fault != "" {
		s.refuse(points, s.out.key(), fault)
		s.out.drop()
		return nil
	}
	if err = s.elementsV2(series, &it); err != nil {
		return err
	}
	s.items = append(s.items, s.out.item(it))
	return s.describe(&s.items[len(s.items)-1])
}

// headV2 reads what must be known before the elements: label references, metadata, and how many elements there are.
func (s *scan) headV2(series []byte, it *item) (fault string, points int, err error) {
	s.refs = s.refs[:0]
	var samples, histograms, exemplars int
	for b := series; len(b) > 0; {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return "", 0, err
		}
		if f.num >= 2 && f.num <= 5 && f.wire != wireBytes {
			return "", 0, errWire
		}
		switch f.num {
		case 1:
			if s.refs, err = appendRefs(s.refs, &f, 2*s.cfg.MaxSeriesElements); err != nil {
				return "", 0, err
			}
		case 2:
			samples++
		case 3:
			histograms++
		case 4:
			exemplars++
		case 5:
			if fault, err = s.metadataV2(f.bytes, &it.meta); err != nil {
				return "", 0, err
			}
		}
		if len(s.refs)/2+samples+histograms+exemplars > s.cfg.MaxSeriesElements {
			return "", 0, s.errElements()
		}
	}
	switch {
	case samples > 0 && histograms > 0:
		fault = "samples and histograms in one series of a request"
	case samples+histograms+exemplars == 0:
		fault = "neither samples nor histograms"
	}
	return fault, samples + histograms, nil
}

// appendRefs reads repeated uint32 references, packed or not; more than limit are an error.
func appendRefs(dst []uint32, f *field, limit int) ([]uint32, error) {
	tooMany := func() error { return badRequest("more than %d label references in one set", limit) }
	if f.wire == wireVarint {
		if len(dst) >= limit {
			return dst, tooMany()
		}
		return append(dst, clampRef(f.bits)), nil
	}
	if f.wire != wireBytes {
		return dst, errWire
	}
	for b := f.bytes; len(b) > 0; {
		v, rest, ok := uvarint(b)
		if !ok {
			return dst, errWire
		}
		if len(dst) >= limit {
			return dst, tooMany()
		}
		dst, b = append(dst, clampRef(v)), rest
	}
	return dst, nil
}

// clampRef keeps what does not fit 32 bits out of range.
func clampRef(v uint64) uint32 { return uint32(min(v, math.MaxUint32)) }

// takeLabels resolves references; an empty value is an absent label. A few references may name a long symbol again and
// again, so a request can be far larger than it looks.
func (s *scan) takeLabels(refs []uint32) (fault string, err error) {
	if len(refs)%2 != 0 {
		return faultOddRefs, nil
	}
	n := 0
	for _, ref := range refs {
		if int(ref) >= len(s.symbols) {
			return faultFarRef, nil
		}
		n += int(s.symbols[ref].to-s.symbols[ref].from) + maxLabelFraming/2
	}
	if err := s.out.room(n); err != nil {
		return "", err
	}
	for i := 0; i < len(refs); i += 2 {
		if name, value := s.text(refs[i]), s.text(refs[i+1]); len(value) > 0 || len(name) == 0 {
			s.out.b = appendLabel(s.out.b, name, value)
		}
	}
	return "", nil
}

// elementsV2 appends samples (2), histograms (3 becomes 4) and exemplars (4 becomes 3).
func (s *scan) elementsV2(series []byte, it *item) error {
	for b := series; len(b) > 0; {
		var f field
		b, _ = nextField(b, &f) // read once already
		var err error
		switch f.num {
		case 2:
			err = s.takeSample(it, f.bytes)
		case 3:
			err = s.takeHistogram(it, f.bytes)
		case 4:
			err = s.takeExemplarV2(it, f.bytes)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// describe counts the metadata of a series, which goes to the log next to it.
func (s *scan) describe(it *item) error {
	if it.meta.kind == 0 {
		return nil
	}
	s.described += it.meta.size() + min(len(it.key), s.cfg.MaxNameBytes) // its name is in the key
	if s.described > s.cfg.MaxDecodedBytes {
		return badRequest("more than %d bytes of metadata in one request (max_decoded_bytes); send smaller requests", s.cfg.MaxDecodedBytes)
	}
	return nil
}

// metadataV2 reads the Metadata of a series: type = 1, help_ref = 3, unit_ref = 4.
func (s *scan) metadataV2(b []byte, m *metadata) (fault string, err error) {
	resolve := func(ref uint64) []byte {
		if ref >= uint64(len(s.symbols)) {
			if ref != 0 { // 0 is "" even of an empty table
				fault = "metadata reference beyond the symbols"
			}
			return nil
		}
		return s.text(uint32(ref))
	}
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return "", err
		}
		if f.wire != wireVarint && (f.num == 1 || f.num == 3 || f.num == 4) {
			return "", errWire
		}
		switch f.num {
		case 1:
			m.kind = metricKind(f.bits)
		case 3:
			m.help = resolve(f.bits)
		case 4:
			m.unit = resolve(f.bits)
		}
	}
	return fault, nil
}
