package ingest

import (
	"encoding/binary"
	"math"
)

func leUint64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// reduce brings a histogram that is finer than readers know down to maxSchema: 2^k neighbours become one bucket.
func (h *histogram) reduce() {
	shift := uint(h.schema - maxSchema)
	for _, side := range [2]*buckets{&h.positive, &h.negative} {
		side.merge(shift, h.isFloat)
	}
	h.schema = maxSchema
}

// merge joins the buckets whose upper bounds round up to the same coarser bound. The spans fit the buckets: checked.
func (b *buckets) merge(shift uint, isFloat bool) {
	var out buckets
	var index, last int64 // of the next fine bucket, of the last coarse one
	var count, previous int64
	next := 0
	for _, s := range b.spans {
		index += int64(s.offset)
		for range s.length {
			coarse := (index-1)>>shift + 1
			same := len(out.spans) > 0 && coarse == last
			if !same {
				out.extend(coarse, last)
				last = coarse
			}
			if isFloat {
				if same {
					out.counts[len(out.counts)-1] += b.counts[next]
				} else {
					out.counts = append(out.counts, b.counts[next])
				}
			} else {
				count += b.deltas[next]
				if same {
					out.deltas[len(out.deltas)-1] += count
				} else {
					out.deltas = append(out.deltas, count)
				}
			}
			next++
			index++
		}
	}
	for i, absolute := range out.deltas { // counts so far; back to differences
		out.deltas[i] = absolute - previous
		previous = absolute
	}
	*b = out
}

// extend adds a bucket at an index behind last.
func (b *buckets) extend(index, last int64) {
	n := len(b.spans)
	switch {
	case n == 0:
		b.spans = append(b.spans, bucketSpan{offset: int32(index), length: 1})
	case index == last+1:
		b.spans[n-1].length++
	default:
		b.spans = append(b.spans, bucketSpan{offset: int32(index - last - 1), length: 1})
	}
}

// append writes the histogram as a Histogram message.
func (h *histogram) append(dst []byte) []byte {
	if h.isFloat {
		dst = appendDouble(dst, 2, math.Float64bits(h.fcount))
	} else {
		dst = appendVarint(dst, 1, h.count)
	}
	dst = appendDouble(dst, 3, h.sum)
	dst = appendVarint(dst, 4, unzigzag(int64(h.schema)))
	dst = appendDouble(dst, 5, math.Float64bits(h.width))
	if h.isFloat {
		dst = appendDouble(dst, 7, math.Float64bits(h.fzero))
	} else {
		dst = appendVarint(dst, 6, h.zero)
	}
	dst = h.negative.append(dst, 8)
	dst = h.positive.append(dst, 11)
	if h.hint != 0 {
		dst = appendVarint(dst, 14, h.hint)
	}
	dst = appendVarint(dst, 15, uint64(h.ts))
	dst = appendPackedDoubles(dst, 16, h.custom)
	if h.start != 0 {
		dst = appendVarint(dst, 17, uint64(h.start))
	}
	return dst
}

// append writes spans, deltas and counts as fields num, num+1, num+2.
func (b *buckets) append(dst []byte, num uint32) []byte {
	for _, s := range b.spans {
		offset := unzigzag(int64(s.offset))
		dst = append(dst, byte(num<<3|wireBytes), byte(2+uvarintLen(offset)+uvarintLen(uint64(s.length))))
		dst = appendVarint(dst, 1, offset)
		dst = appendVarint(dst, 2, uint64(s.length))
	}
	if len(b.deltas) > 0 {
		n := 0
		for _, d := range b.deltas {
			n += uvarintLen(unzigzag(d))
		}
		dst = append(dst, byte((num+1)<<3|wireBytes))
		dst = binary.AppendUvarint(dst, uint64(n))
		for _, d := range b.deltas {
			dst = binary.AppendUvarint(dst, unzigzag(d))
		}
	}
	return appendPackedDoubles(dst, num+2, b.counts)
}

func appendPackedDoubles(dst []byte, num uint32, values []float64) []byte {
	if len(values) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64(num)<<3|wireBytes)
	dst = binary.AppendUvarint(dst, uint64(8*len(values)))
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

func unzigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }
