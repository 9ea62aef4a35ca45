package ingest

import (
	"math"
	"math/bits"
)

// histogram is a native histogram, the same in 1.0 and 2.0. One value is reused for all that are checked.
type histogram struct {
	ts       int64 // Unix milliseconds
	schema   int32
	isFloat  bool
	count    uint64 // of observations, when not isFloat
	fcount   float64
	sum      uint64 // bits of the float64
	width    float64
	zero     uint64 // count of the zero bucket, when not isFloat
	fzero    float64
	positive buckets
	negative buckets
	custom   []float64 // upper bounds, for customSchema
	hint     uint64
	start    int64
}

// buckets is one side of a histogram: which buckets there are, and counts in one of two forms.
type buckets struct {
	spans  []bucketSpan
	deltas []int64   // each count less the one before, for integer histograms
	counts []float64 // for float histograms
}

type bucketSpan struct {
	offset int32 // gap to the span before; of the first one its first index
	length uint32
}

// Schemas: exponential ones with 2^schema buckets per power of two, and one with explicit bounds.
const (
	customSchema   = -53
	minSchema      = -4
	maxSchema      = 8
	reducibleLimit = 52
)

// maxBuckets bounds one side of one histogram; honest ones have a few hundred.
const maxBuckets = 1 << 14

func (h *histogram) reset() {
	positive, negative, custom := h.positive, h.negative, h.custom[:0]
	positive.reset()
	negative.reset()
	*h = histogram{positive: positive, negative: negative, custom: custom}
}

func (b *buckets) reset() { b.spans, b.deltas, b.counts = b.spans[:0], b.deltas[:0], b.counts[:0] }

// parse reads a Histogram message.
func (h *histogram) parse(b []byte) (fault string, err error) {
	h.reset()
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return "", err
		}
		if f.num > 17 {
			continue
		}
		ok := true
		switch f.num {
		case 1, 4, 6, 14, 15, 17:
			if ok = f.wire == wireVarint; ok {
				h.setVarint(f.num, f.bits)
			}
		case 2, 3, 5, 7:
			if ok = f.wire == wireFixed64; ok {
				h.setDouble(f.num, f.bits)
			}
		case 8:
			ok = h.negative.addSpan(&f)
		case 9:
			h.negative.deltas, ok = appendDeltas(h.negative.deltas, &f)
		case 10:
			h.negative.counts, ok = appendDoubles(h.negative.counts, &f)
		case 11:
			ok = h.positive.addSpan(&f)
		case 12:
			h.positive.deltas, ok = appendDeltas(h.positive.deltas, &f)
		case 13:
			h.positive.counts, ok = appendDoubles(h.positive.counts, &f)
		case 16:
			h.custom, ok = appendDoubles(h.custom, &f)
		}
		if !ok {
			return "", errWire
		}
		if h.positive.size() > maxBuckets || h.negative.size() > maxBuckets || len(h.custom) > maxBuckets {
			return "histogram with too many buckets", nil
		}
	}
	return "", nil
}

func (h *histogram) setVarint(num uint32, v uint64) {
	switch num {
	case 1:
		h.count, h.isFloat = v, false
	case 4:
		h.schema = int32(zigzag(v))
	case 6:
		h.zero = v
	case 14:
		h.hint = v
	case 15:
		h.ts = int64(v)
	case 17:
		h.start = int64(v)
	}
}

func (h *histogram) setDouble(num uint32, v uint64) {
	switch num {
	case 2:
		h.fcount, h.isFloat = math.Float64frombits(v), true
	case 3:
		h.sum = v
	case 5:
		h.width = math.Float64frombits(v)
	case 7:
		h.fzero = math.Float64frombits(v)
	}
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

func (b *buckets) size() int { return max(len(b.spans), len(b.deltas), len(b.counts)) }

func (b *buckets) addSpan(f *field) bool {
	if f.wire != wireBytes {
		return false
	}
	var s bucketSpan
	for in := f.bytes; len(in) > 0; {
		var g field
		var err error
		if in, err = nextField(in, &g); err != nil {
			return false
		}
		switch {
		case g.num > 2:
		case g.wire != wireVarint:
			return false
		case g.num == 1:
			s.offset = int32(zigzag(g.bits))
		case g.num == 2:
			s.length = uint32(g.bits)
		}
	}
	b.spans = append(b.spans, s)
	return true
}

// appendDeltas reads a repeated sint64, packed or not. It stops behind maxBuckets, where the caller refuses.
func appendDeltas(dst []int64, f *field) ([]int64, bool) {
	if f.wire == wireVarint {
		return append(dst, zigzag(f.bits)), true
	}
	for b := f.bytes; len(b) > 0 && len(dst) <= maxBuckets; {
		v, rest, ok := uvarint(b)
		if !ok {
			return dst, false
		}
		dst, b = append(dst, zigzag(v)), rest
	}
	return dst, f.wire == wireBytes
}

// appendDoubles reads a repeated double, packed or not. It stops behind maxBuckets, where the caller refuses.
func appendDoubles(dst []float64, f *field) ([]float64, bool) {
	if f.wire == wireFixed64 {
		return append(dst, math.Float64frombits(f.bits)), true
	}
	b := f.bytes
	if f.wire != wireBytes || len(b)%8 != 0 {
		return dst, false
	}
	for ; len(b) > 0 && len(dst) <= maxBuckets; b = b[8:] {
		dst = append(dst, math.Float64frombits(leUint64(b)))
	}
	return dst, true
}

// check returns why a histogram is refused, or "".
func (h *histogram) check() (fault string) {
	switch {
	case h.schema == customSchema:
		fault = h.checkCustom()
	case h.schema < minSchema || h.schema > reducibleLimit:
		fault = "histogram schema unknown"
	case len(h.custom) > 0:
		fault = "histogram with custom bounds but an exponential schema"
	}
	if fault != "" {
		return fault
	}
	if h.isFloat {
		return h.checkFloat()
	}
	return h.checkInteger()
}

func (h *histogram) checkCustom() string {
	if h.negative.size() > 0 || h.zero != 0 || h.fzero != 0 {
		return "histogram with custom bounds and negative or zero buckets"
	}
	for i, v := range h.custom {
		if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= h.custom[i-1] {
			return "histogram bounds do not rise"
		}
	}
	end := int64(0)
	for _, s := range h.positive.spans {
		end += int64(s.offset) + int64(s.length)
	}
	if len(h.positive.spans) > 0 && h.positive.spans[0].offset < 0 || end > int64(len(h.custom))+1 {
		return "histogram with buckets beyond its bounds"
	}
	return ""
}

const (
	faultSpans   = "histogram spans do not fit its buckets"
	faultCount   = "histogram count differs from the sum of its buckets"
	faultBuckets = "histogram bucket count is negative or not a number"
)

func (h *histogram) checkInteger() string {
	total, carried := h.zero, uint64(0)
	for _, side := range [2]*buckets{&h.positive, &h.negative} {
		if len(side.counts) > 0 || !side.spansFit(len(side.deltas)) {
			return faultSpans
		}
		var count int64
		for _, d := range side.deltas {
			if count += d; count < 0 {
				return faultBuckets
			}
			if total, carried = bits.Add64(total, uint64(count), 0); carried != 0 {
				return faultCount
			}
		}
	}
	// Observations that were NaN are in the count and in no bucket; they make the sum NaN.
	if total != h.count && (total > h.count || !math.IsNaN(math.Float64frombits(h.sum))) {
		return faultCount
	}
	return ""
}

// checkFloat does not compare sums: they differ by rounding.
func (h *histogram) checkFloat() string {
	legal := func(v float64) bool { return v >= 0 } // not NaN either
	if !legal(h.fcount) || !legal(h.fzero) {
		return faultBuckets
	}
	sum := h.fzero
	for _, side := range [2]*buckets{&h.positive, &h.negative} {
		if len(side.deltas) > 0 || !side.spansFit(len(side.counts)) {
			return faultSpans
		}
		for _, c := range side.counts {
			if !legal(c) {
				return faultBuckets
			}
			sum += c
		}
	}
	if !math.IsInf(sum, 1) && sum > h.fcount+roundingSlack*h.fcount {
		return faultCount
	}
	return ""
}

// roundingSlack is far above what adding up thousands of floats loses, and far below a missing observation.
const roundingSlack = 1e-6

func (b *buckets) spansFit(n int) bool {
	covered := uint64(0)
	for i, s := range b.spans {
		if i > 0 && s.offset < 0 {
			return false
		}
		covered += uint64(s.length)
	}
	return covered == uint64(n)
}
