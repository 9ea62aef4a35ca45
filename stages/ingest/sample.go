package ingest

import "encoding/binary"

// sample is one float sample. Fields 1 and 2 are the same in 1.0 and 2.0; 2.0 adds field 3, which readers of 1.0 skip.
type sample struct {
	bits  uint64 // of the float64 value
	ts    int64  // Unix milliseconds
	start int64  // Unix milliseconds of the start of counting, 0 unset
}

// parseSample decodes a sample. Plain means that the bytes are just how appendSample would write it.
func parseSample(b []byte, s *sample) (plain bool, err error) {
	// Nearly all samples look like this: 09 <8 bytes> 10 <varint>.
	if len(b) > 10 && b[0] == 1<<3|wireFixed64 && b[9] == 2<<3|wireVarint {
		ts, n := binary.Uvarint(b[10:])
		if n > 0 && 10+n == len(b) {
			s.bits, s.ts, s.start = binary.LittleEndian.Uint64(b[1:]), int64(ts), 0
			return true, nil
		}
	}
	return parseSampleSlowly(b, s)
}

func parseSampleSlowly(b []byte, s *sample) (plain bool, err error) {
	*s = sample{}
	plain = true
	var last uint32
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return false, err
		}
		if f.num <= last {
			plain = false
		}
		last = f.num
		switch {
		case f.num == 1 && f.wire == wireFixed64:
			s.bits = f.bits
		case f.num == 2 && f.wire == wireVarint:
			s.ts = int64(f.bits)
		case f.num == 3 && f.wire == wireVarint:
			s.start = int64(f.bits)
		case f.num <= 2:
			return false, errWire
		default:
			plain = false
		}
	}
	return plain, nil
}

// maxSampleBytes is the most that appendSample appends.
const maxSampleBytes = 2 + 9 + 11 + 11

// appendSample appends the sample as field 2 of a 1.0 TimeSeries.
func appendSample(dst []byte, s *sample) []byte {
	n := 1 + 8 + 1 + uvarintLen(uint64(s.ts))
	if s.start != 0 {
		n += 1 + uvarintLen(uint64(s.start))
	}
	dst = append(dst, 2<<3|wireBytes, byte(n))
	dst = appendDouble(dst, 1, s.bits)
	dst = appendVarint(dst, 2, uint64(s.ts))
	if s.start != 0 {
		dst = appendVarint(dst, 3, uint64(s.start))
	}
	return dst
}
