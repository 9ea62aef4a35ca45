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

// appendExemplarV2 turns a 2.0 exemplar into field 3 of a 1.0 TimeSeries. Nothing is appended for a faulty one.
func (s *scan) appendExemplarV2(dst, b []byte) (out []byte, fault string, err error) {
	var ts, value uint64
	refs := s.exemplarRefs[:0]
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return dst, "", err
		}
		switch {
		case f.num == 1:
			if refs, err = appendRefs(refs, &f, 2*s.cfg.MaxLabels); err != nil {
				return dst, "", err
			}
		case f.num == 2 && f.wire == wireFixed64:
			value = f.bits
		case f.num == 3 && f.wire == wireVarint:
			ts = f.bits
		case f.num <= 3:
			return dst, "", errWire
		}
	}
	s.exemplarRefs = refs
	if ts == 0 {
		return dst, faultExemplarShape, nil
	}
	if err = s.reserve(0, refs); err != nil {
		return dst, "", err
	}
	labels, fault := s.appendLabels(s.exemplarLabels[:0], refs)
	s.exemplarLabels = labels
	if fault != "" {
		return dst, fault, nil
	}
	if _, fault, err = checkExemplarV1(labels, s.cfg.MaxLabels); err != nil || fault == faultExemplarLabels {
		return dst, fault, err
	}
	n := len(labels) + 1 + 8 + 1 + uvarintLen(ts)
	dst = append(dst, 3<<3|wireBytes)
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = append(dst, labels...)
	dst = appendDouble(dst, 2, value)
	return appendVarint(dst, 3, ts), "", nil
}
