package ingest

import (
	"encoding/binary"
	"unicode/utf8"
)

// Exemplars are carried, not judged: they must be readable, have a value and a timestamp, and legal labels.

const (
	faultExemplarShape  = "exemplar without a value or a timestamp"
	faultExemplarLabels = "exemplar with a label that is not UTF-8 or has no name"
	faultOddRefs        = "odd number of label references"
	faultFarRef         = "label reference beyond the symbols"
)

// checkExemplarV1 validates an exemplar in 1.0 form; fault is "" for a good one.
func checkExemplarV1(b []byte, limit int) (labels int, fault string, err error) {
	var haveTime bool
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return 0, "", err
		}
		switch {
		case f.num == 1 && f.wire == wireBytes:
			if labels++; labels > limit {
				return labels, "", nil
			}
			name, value, err := parseLabel(f.bytes)
			if err != nil {
				return 0, "", err
			}
			if len(name) == 0 || !utf8.Valid(name) || !utf8.Valid(value) {
				fault = faultExemplarLabels
			}
		case f.num == 2 && f.wire == wireFixed64:
		case f.num == 3 && f.wire == wireVarint:
			haveTime = f.bits != 0
		case f.num <= 3:
			return 0, "", errWire
		}
	}
	if !haveTime && fault == "" { // a value of 0 is left out of the wire form, a timestamp of 0 is none
		fault = faultExemplarShape
	}
	return labels, fault, nil
}

// takeExemplarV2 turns a 2.0 exemplar into field 3 of a 1.0 TimeSeries, or refuses it.
func (s *scan) takeExemplarV2(it *item, content []byte) error {
	ts, value, err := s.readExemplarV2(content)
	if err != nil {
		return err
	}
	if ts == 0 {
		s.refuse(1, s.out.key(), faultExemplarShape)
		return nil
	}
	w := &s.out
	at := len(w.b) - w.start // where the exemplar begins, wherever the series may move
	fault, err := s.takeLabels(s.exemplarRefs)
	if err == nil {
		err = w.room(exemplarFraming)
	}
	if err != nil {
		return err
	}
	labels := w.b[w.start+at:]
	if fault == "" {
		fault = checkExemplarLabels(labels, s.cfg.MaxLabels)
	}
	if fault != "" {
		w.b = w.b[:w.start+at]
		s.refuse(1, w.key(), fault)
		return nil
	}
	it.has.Exemplars++
	w.b = frameExemplar(w.b, len(labels), value, ts)
	return nil
}

// exemplarFraming is what is written around an exemplar's labels, at most: field and length, value, timestamp.
const exemplarFraming = 1 + maxLengthBytes + 9 + 11

// frameExemplar makes an exemplar of the label fields that are the last n bytes of b, which has room for the rest.
func frameExemplar(b []byte, n int, value, ts uint64) []byte {
	from := len(b) - n
	size := uint64(n + 1 + 8 + 1 + uvarintLen(ts))
	head := 1 + uvarintLen(size)
	b = b[:len(b)+head]
	copy(b[from+head:], b[from:from+n])
	b[from] = 3<<3 | wireBytes
	binary.PutUvarint(b[from+1:], size)
	b = appendDouble(b, 2, value)
	return appendVarint(b, 3, ts)
}

// readExemplarV2 reads a 2.0 exemplar, its label references into exemplarRefs.
func (s *scan) readExemplarV2(b []byte) (ts, value uint64, err error) {
	s.exemplarRefs = s.exemplarRefs[:0]
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return 0, 0, err
		}
		switch {
		case f.num == 1:
			if s.exemplarRefs, err = appendRefs(s.exemplarRefs, &f, 2*s.cfg.MaxLabels); err != nil {
				return 0, 0, err
			}
		case f.num == 2 && f.wire == wireFixed64:
			value = f.bits
		case f.num == 3 && f.wire == wireVarint:
			ts = f.bits
		case f.num <= 3:
			return 0, 0, errWire
		}
	}
	return ts, value, nil
}

// checkExemplarLabels validates the labels of an exemplar that is not complete yet.
func checkExemplarLabels(labels []byte, limit int) (fault string) {
	if _, fault, _ = checkExemplarV1(labels, limit); fault == faultExemplarShape {
		return ""
	}
	return fault
}
