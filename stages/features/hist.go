package features

import (
	"encoding/binary"
	"math"
)

// hist is a native histogram, read from its remote-write message. It keeps its memory.
type hist struct {
	schema        int
	hint          uint64
	start         int64
	count         float64
	sum           float64
	zeroThreshold float64
	zeroCount     float64
	negative      side
	positive      side
	custom        []float64 // the upper bounds of customSchema, without +Inf
}

// side is one side of a histogram: its buckets in the order of their indices.
type side struct {
	spans   []histSpan
	counts  []float64
	buckets []histBucket // made of the two
}

type histSpan struct {
	offset int32 // gap to the span before; of the first one its first index
	length uint32
}

type histBucket struct {
	index int32
	count float64
}

// The schemas: 2^schema buckets per power of two, or explicit bounds.
const (
	customSchema = -53
	minSchema    = -4
	maxSchema    = 8
)

// The reset hints of remote write.
const (
	hintReset = 1
	hintGauge = 3
)

// maxNative is the longest message of a native histogram that is looked at, in bytes. Clients keep to 160 buckets, which
// take less than a tenth.
const maxNative = 8 << 10

func (h *hist) reset() {
	n, p := &h.negative, &h.positive
	*h = hist{
		negative: side{spans: n.spans[:0], counts: n.counts[:0], buckets: n.buckets[:0]},
		positive: side{spans: p.spans[:0], counts: p.counts[:0], buckets: p.buckets[:0]},
		custom:   h.custom[:0],
	}
}

// parse reads a message. It returns false for one that is malformed or of a kind unknown; the histogram is then unusable.
func (h *hist) parse(data []byte) bool {
	h.reset()
	for ok := true; len(data) > 0; {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return false
		}
		switch f.number {
		case 1, 4, 6, 14, 17:
			ok = f.wire == wireVarint && h.whole(f.number, f.value)
		case 2, 3, 5, 7:
			ok = f.wire == wireFixed64 && h.real(f.number, math.Float64frombits(f.value))
		case 8:
			ok = f.wire == wireBytes && h.negative.addSpan(f.bytes)
		case 9:
			ok = h.negative.addDeltas(&f)
		case 10:
			h.negative.counts, ok = appendReals(h.negative.counts, &f)
		case 11:
			ok = f.wire == wireBytes && h.positive.addSpan(f.bytes)
		case 12:
			ok = h.positive.addDeltas(&f)
		case 13:
			h.positive.counts, ok = appendReals(h.positive.counts, &f)
		case 16:
			h.custom, ok = appendReals(h.custom, &f)
		}
		if !ok {
			return false
		}
	}
	return h.valid()
}

func (h *hist) whole(number, v uint64) bool {
	switch number {
	case 1:
		h.count = float64(v)
	case 4:
		h.schema = int(int32(zigzag(v)))
	case 6:
		h.zeroCount = float64(v)
	case 14:
		h.hint = v
	case 17:
		h.start = int64(v)
	}
	return true
}

func (h *hist) real(number uint64, v float64) bool {
	switch number {
	case 2:
		h.count = v
	case 3:
		h.sum = v
		return true // a stale marker is dealt with elsewhere; an infinite sum is no reason
	case 5:
		h.zeroThreshold = v
	case 7:
		h.zeroCount = v
	}
	return v >= 0 && v <= math.MaxFloat64
}

// valid checks the whole and makes the buckets.
func (h *hist) valid() bool {
	switch {
	case h.schema == customSchema:
		last := math.Inf(-1)
		for _, bound := range h.custom {
			if !(bound > last) {
				return false
			}
			last = bound
		}
		if len(h.negative.counts) > 0 {
			return false
		}
	case h.schema < minSchema || h.schema > maxSchema:
		return false
	}
	return h.negative.unfold() && h.positive.unfold()
}

func (s *side) addSpan(data []byte) bool {
	var x histSpan
	for len(data) > 0 {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return false
		}
		switch {
		case f.number == 1 && f.wire == wireVarint:
			x.offset = int32(zigzag(f.value))
		case f.number == 2 && f.wire == wireVarint:
			x.length = uint32(min(f.value, maxNative))
		}
	}
	s.spans = append(s.spans, x)
	return true
}

// addDeltas reads integer counts: each less the one before.
func (s *side) addDeltas(f *field) bool {
	if f.wire == wireVarint {
		s.addDelta(f.value)
		return true
	}
	if f.wire != wireBytes {
		return false
	}
	for rest := f.bytes; len(rest) > 0; {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return false
		}
		s.addDelta(v)
		rest = rest[n:]
	}
	return true
}

func (s *side) addDelta(v uint64) {
	count := float64(zigzag(v))
	if n := len(s.counts); n > 0 {
		count += s.counts[n-1]
	}
	s.counts = append(s.counts, count)
}

// unfold gives every count its index. There must be as many as the spans say, none of them negative.
func (s *side) unfold() bool {
	index, n := int64(0), 0
	for i, span := range s.spans {
		if i > 0 && span.offset < 0 {
			return false
		}
		index += int64(span.offset)
		for range span.length {
			if n >= len(s.counts) || index != int64(int32(index)) {
				return false
			}
			if c := s.counts[n]; !(c >= 0 && c <= math.MaxFloat64) {
				return false
			}
			s.buckets = append(s.buckets, histBucket{index: int32(index), count: s.counts[n]})
			index++
			n++
		}
	}
	return n == len(s.counts)
}

func appendReals(dst []float64, f *field) ([]float64, bool) {
	if f.wire == wireFixed64 {
		return append(dst, math.Float64frombits(f.value)), true
	}
	if f.wire != wireBytes || len(f.bytes)%8 != 0 {
		return dst, false
	}
	for rest := f.bytes; len(rest) > 0; rest = rest[8:] {
		dst = append(dst, math.Float64frombits(binary.LittleEndian.Uint64(rest)))
	}
	return dst, true
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
