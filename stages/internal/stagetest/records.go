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
	dst = append(dst, field<<3|2)
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
