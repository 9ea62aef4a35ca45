package features

import (
	"encoding/binary"
	"math"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
)

// nativeHist is a native histogram of integers, its buckets side by side from index 1 on.
type nativeHist struct {
	Timestamp int64
	Schema    int
	Sum       float64
	Zero      float64 // count around 0, within a threshold of 0.001
	Positive  []float64
	Negative  []float64
	Custom    []float64 // bounds, with schema -53
	Hint      uint64    // 1 reset, 2 none, 3 gauge
	Float     bool
}

// appendTo appends a series with one native histogram to a request.
func (h *nativeHist) appendTo(r *stagetest.Request, labels schema.Labels) {
	count := h.Zero
	for _, side := range [][]float64{h.Positive, h.Negative} {
		for _, c := range side {
			count += c
		}
	}
	var b []byte
	if h.Float {
		b = appendDouble(appendDouble(b, 2, count), 7, h.Zero)
	} else {
		b = appendVarint(appendVarint(b, 1, uint64(count)), 6, uint64(h.Zero))
	}
	b = appendDouble(b, 3, h.Sum)
	b = appendVarint(b, 4, zigzagged(int64(h.Schema)))
	b = appendDouble(b, 5, 0.001)
	b = h.side(b, 8, h.Negative)
	b = h.side(b, 11, h.Positive)
	b = appendVarint(b, 14, h.Hint)
	b = appendVarint(b, 15, uint64(h.Timestamp))
	if len(h.Custom) > 0 {
		var bounds []byte
		for _, c := range h.Custom {
			bounds = binary.LittleEndian.AppendUint64(bounds, math.Float64bits(c))
		}
		b = message(b, 16, bounds)
	}
	r.Raw(message(nil, 1, message(append([]byte(nil), labels...), 4, b))...)
}

// side appends spans, and deltas or counts, of one side whose spans are that field.
func (h *nativeHist) side(b []byte, field byte, counts []float64) []byte {
	if len(counts) == 0 {
		return b
	}
	offset := int64(1)
	if len(h.Custom) > 0 {
		offset = 0
	}
	b = message(b, field, appendVarint(appendVarint(nil, 1, zigzagged(offset)), 2, uint64(len(counts))))
	var packed []byte
	last := 0.0
	for _, c := range counts {
		if h.Float {
			packed = binary.LittleEndian.AppendUint64(packed, math.Float64bits(c))
		} else {
			packed = binary.AppendUvarint(packed, zigzagged(int64(c-last)))
		}
		last = c
	}
	if h.Float {
		return message(b, field+2, packed)
	}
	return message(b, field+1, packed)
}

func appendVarint(dst []byte, field byte, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(field)<<3), v)
}

func appendDouble(dst []byte, field byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(dst, field<<3|1), math.Float64bits(v))
}

func zigzagged(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func message(dst []byte, field byte, body []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}
