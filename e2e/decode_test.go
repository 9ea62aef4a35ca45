package e2e

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/golang/snappy"
	"github.com/nats-io/nats.go/jetstream"
)

// sample is one sample of the load in the samples log.
type sample struct {
	series    string // its labels, as encoded
	instance  string
	timestamp int64
	value     float64
}

// stale tells Prometheus' marker of a series' end from a value.
func (s sample) stale() bool { return math.Float64bits(s.value) == 0x7ff0000000000002 }

// decodeSamples reads a samples record as any consumer would: snappy, then a remote-write 1.0 WriteRequest. Control
// records are eddy's own and passed over by their header.
func decodeSamples(t *testing.T, m jetstream.Msg) (all []sample) {
	t.Helper()
	if m.Headers().Get("Eddy-Kind") == "control" {
		return nil
	}
	body, err := snappy.Decode(nil, m.Data())
	if err != nil {
		t.Fatal(err)
	}
	fields(t, body, func(number int, series []byte, _ uint64) {
		if number != 1 {
			return
		}
		var s sample
		fields(t, series, func(number int, content []byte, _ uint64) {
			switch number {
			case 1:
				var name, value string
				fields(t, content, func(number int, text []byte, _ uint64) {
					if number == 1 {
						name = string(text)
					} else {
						value = string(text)
					}
				})
				s.series += string(content)
				if name == "instance" {
					s.instance = value
				}
			case 2:
				fields(t, content, func(number int, _ []byte, v uint64) {
					if number == 1 {
						s.value = math.Float64frombits(v)
					} else {
						s.timestamp = int64(v)
					}
				})
				all = append(all, s)
				s.timestamp, s.value = 0, 0
			}
		})
	})
	return all
}

// fields calls fn for each protobuf field: content for length-delimited ones, value for the others.
func fields(t *testing.T, b []byte, fn func(number int, content []byte, value uint64)) {
	t.Helper()
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("malformed protobuf in the samples log")
		}
		b = b[n:]
		switch tag & 7 {
		case 0:
			v, n := binary.Uvarint(b)
			b = b[n:]
			fn(int(tag>>3), nil, v)
		case 1:
			fn(int(tag>>3), nil, binary.LittleEndian.Uint64(b))
			b = b[8:]
		case 2:
			size, n := binary.Uvarint(b)
			fn(int(tag>>3), b[n:n+int(size)], 0)
			b = b[n+int(size):]
		default:
			t.Fatalf("wire type %d in the samples log", tag&7)
		}
	}
}
