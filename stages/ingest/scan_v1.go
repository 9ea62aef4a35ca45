package ingest

import "errors"

// runV1 scans a prometheus.WriteRequest: timeseries = 1, metadata = 3.
func (s *scan) runV1(b []byte) error {
	if err := s.count(b); err != nil {
		return err
	}
	for len(b) > 0 {
		var f field
		var err error
		if b, err = nextField(b, &f); err != nil {
			return badRequest("%v", err)
		}
		switch {
		case f.num == 1 && f.wire == wireBytes:
			err = s.seriesV1(f.bytes)
		case f.num == 3 && f.wire == wireBytes:
			err = s.metadataV1(f.bytes)
		case f.num == 1 || f.num == 3:
			err = errWire
		}
		if errors.Is(err, errWire) {
			return badRequest("%v", err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count looks at how many series and metadata entries there are before anything is kept of them, and makes room.
func (s *scan) count(b []byte) (err error) {
	series, metas := 0, 0
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return badRequest("%v", err)
		}
		switch f.num {
		case 1:
			series++
		case 3:
			metas++
		}
		if series > s.cfg.MaxRequestSeries {
			return s.errSeries()
		}
		if metas > s.cfg.MaxRequestSeries {
			return badRequest("more than %d metadata entries in one request", s.cfg.MaxRequestSeries)
		}
	}
	if s.items, err = grow(&s.mem, s.items, series); err != nil {
		return err
	}
	s.metas, err = grow(&s.mem, s.metas, metas)
	return err
}

// seriesV1 takes a TimeSeries as it is when it has the shape every sender gives it, labels first and then one sample;
// every other shape is written anew.
func (s *scan) seriesV1(series []byte) error {
	b, labels := series, 0
	for len(b) > 1 && b[0] == 1<<3|wireBytes && b[1] < 0x80 {
		n := 2 + int(b[1])
		if n > len(b) {
			return errWire
		}
		b = b[n:]
		if labels++; labels >= s.cfg.MaxSeriesElements {
			return s.errElements()
		}
	}
	if len(b) > 1 && b[0] == 2<<3|wireBytes && int(b[1]) == len(b)-2 {
		var smp sample
		plain, err := parseSample(b[2:], &smp)
		if err != nil {
			return err
		}
		if plain {
			restAt := len(series) - len(b)
			s.items = append(s.items, item{key: series[:restAt:restAt], rest: b, has: Written{Samples: 1},
				one: true, ts: smp.ts, bits: smp.bits})
			return nil
		}
	}
	return s.rewriteV1(series)
}

// rewriteV1 brings labels to the front and drops what is faulty or unknown.
func (s *scan) rewriteV1(series []byte) error {
	s.out.series()
	elements := 0
	for b := series; len(b) > 0; {
		var f field
		var err error
		if b, err = nextField(b, &f); err != nil {
			return err
		}
		if f.num <= 4 {
			if f.wire != wireBytes {
				return errWire
			}
			if elements++; elements > s.cfg.MaxSeriesElements {
				return s.errElements()
			}
		}
		if f.num == 1 {
			if err = s.out.field(1, f.bytes); err != nil {
				return err
			}
		}
	}
	s.out.labelled()
	var it item
	for b := series; len(b) > 0; {
		var f field
		b, _ = nextField(b, &f) // read once already
		var err error
		switch f.num {
		case 2:
			err = s.takeSample(&it, f.bytes)
		case 3:
			err = s.takeExemplarV1(&it, f.bytes)
		case 4:
			err = s.takeHistogram(&it, f.bytes)
		}
		if err != nil {
			return err
		}
	}
	s.items = append(s.items, s.out.item(it))
	return nil
}

func (s *scan) takeExemplarV1(it *item, content []byte) error {
	labels, fault, err := checkExemplarV1(content, s.cfg.MaxLabels)
	if err != nil {
		return err
	}
	if labels > s.cfg.MaxLabels {
		fault = "exemplar with too many labels"
	}
	if fault != "" {
		s.refuse(1, s.out.key(), fault)
		return nil
	}
	it.has.Exemplars++
	return s.out.field(3, content)
}

// metadataV1 notes a MetricMetadata entry.
func (s *scan) metadataV1(b []byte) error {
	var m metadata
	for len(b) > 0 {
		var f field
		var err error
		if b, err = nextField(b, &f); err != nil {
			return err
		}
		switch {
		case f.num == 1 && f.wire == wireVarint:
			m.kind = metricKind(f.bits)
		case f.num == 2 && f.wire == wireBytes:
			m.name = f.bytes
		case f.num == 4 && f.wire == wireBytes:
			m.help = f.bytes
		case f.num == 5 && f.wire == wireBytes:
			m.unit = f.bytes
		case f.num <= 2 || f.num == 4 || f.num == 5:
			return errWire
		}
	}
	s.metas = append(s.metas, m)
	return nil
}

// metricKind maps types of later versions to unknown, from which the type is inferred.
func metricKind(v uint64) uint8 {
	if v > 7 {
		return 0
	}
	return uint8(v)
}
