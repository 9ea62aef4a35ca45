package stagetest

import (
	"encoding/binary"
	"math"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
)

// Stale is the value of a stale marker.
func Stale() float64 { return math.Float64frombits(0x7ff0000000000002) }

// Epoch is the time scripts begin, Unix milliseconds: 2026-01-01T00:00:00Z.
const Epoch = 1767225600000

// Sample is a sample of a series; Start is 0 when the sender does not say.
type Sample struct {
	Timestamp int64
	Value     float64
	Start     int64
}

// Request builds a WriteRequest.
type Request struct{ raw []byte }

// Series appends a series.
func (r *Request) Series(labels schema.Labels, samples ...Sample) {
	body := append([]byte(nil), labels...)
	for _, s := range samples {
		var b []byte
		b = append(b, 1<<3|1)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Value))
		b = append(b, 2<<3)
		b = binary.AppendUvarint(b, uint64(s.Timestamp))
		if s.Start != 0 {
			b = append(b, 3<<3)
			b = binary.AppendUvarint(b, uint64(s.Start))
		}
		body = message(body, 2, b)
	}
	r.raw = message(r.raw, 1, body)
}

// Histogram appends a series with one native histogram of that sum, buckets left out.
func (r *Request) Histogram(labels schema.Labels, timestamp int64, sum float64) {
	b := []byte{3<<3 | 1}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(sum))
	b = append(b, 15<<3)
	b = binary.AppendUvarint(b, uint64(timestamp))
	r.raw = message(r.raw, 1, message(append([]byte(nil), labels...), 4, b))
}

// Native is a native histogram of integers, its buckets side by side from index 1 on.
type Native struct {
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

// Native appends a series with one native histogram.
func (r *Request) Native(labels schema.Labels, h *Native) {
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
	b = appendVarint(b, 4, zigzag(int64(h.Schema)))
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
	r.raw = message(r.raw, 1, message(append([]byte(nil), labels...), 4, b))
}

// side appends spans, and deltas or counts, of one side whose spans are that field.
func (h *Native) side(b []byte, field byte, counts []float64) []byte {
	if len(counts) == 0 {
		return b
	}
	offset := int64(1)
	if len(h.Custom) > 0 {
		offset = 0
	}
	b = message(b, field, appendVarint(appendVarint(nil, 1, zigzag(offset)), 2, uint64(len(counts))))
	var packed []byte
	last := 0.0
	for _, c := range counts {
		if h.Float {
			packed = binary.LittleEndian.AppendUint64(packed, math.Float64bits(c))
		} else {
			packed = binary.AppendUvarint(packed, zigzag(int64(c-last)))
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

func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// Exemplar appends a series with one exemplar and nothing else, as senders do.
func (r *Request) Exemplar(labels schema.Labels, timestamp int64, value float64) {
	b := []byte{2<<3 | 1}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(value))
	b = append(b, 3<<3)
	b = binary.AppendUvarint(b, uint64(timestamp))
	r.raw = message(r.raw, 1, message(append([]byte(nil), labels...), 3, b))
}

// Metadata appends a metric family's type, by remote-write's number.
func (r *Request) Metadata(family string, kind uint64) {
	b := binary.AppendUvarint([]byte{1 << 3}, kind)
	r.raw = message(r.raw, 3, message(b, 2, []byte(family)))
}

// Raw appends bytes as they are.
func (r *Request) Raw(b ...byte) { r.raw = append(r.raw, b...) }

// Record returns the payload of a samples record and empties the request.
func (r *Request) Record() []byte {
	data := s2.EncodeSnappy(nil, r.raw)
	r.raw = nil
	return data
}

func message(dst []byte, field byte, body []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

// Fleet returns n label sets of 10 labels and about 270 bytes, as a scraped service has them, in a sender's order.
func Fleet(n int) []schema.Labels {
	fleet := make([]schema.Labels, n)
	for i := range fleet {
		var l schema.Labels
		l = schema.AppendLabel(l, schema.MetricName, "shop_request_duration_seconds_quantile")
		l = schema.AppendLabel(l, "cluster", "production-eu-central-1")
		l = schema.AppendLabel(l, "container", "checkout")
		l = schema.AppendLabel(l, "endpoint", "http-metrics")
		l = schema.AppendLabel(l, "handler", "/api/v1/basket/"+decimal(i%50))
		l = schema.AppendLabel(l, "instance", "10.42."+decimal(i/5000%250)+"."+decimal(i/50%100)+":8080")
		l = schema.AppendLabel(l, "job", "shop/checkout-service")
		l = schema.AppendLabel(l, "namespace", "shop")
		l = schema.AppendLabel(l, "pod", "checkout-5d4f8c7b9-"+decimal(i/50))
		l = schema.AppendLabel(l, "quantile", "0.99")
		fleet[i] = l
	}
	return fleet
}

func decimal(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return decimal(i/10) + string(rune('0'+i%10))
}
