package remotewrite

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/klauspost/compress/s2"

	"eddy/schema"
)

// Protocol is a version of remote write.
type Protocol int

// The protocols a Request can be encoded in.
const (
	V1 Protocol = 1 // prometheus.WriteRequest
	V2 Protocol = 2 // io.prometheus.write.v2.Request
)

// timestampBytes is the varint length of every moment from 2004-11-03 to 2109-05-15 in Unix milliseconds: within it a timestamp can be
// overwritten without moving what follows.
const timestampBytes = 6

// The moments that fit: [minTimestamp, maxTimestamp) in Unix milliseconds.
const (
	minTimestamp = 1 << 35
	maxTimestamp = 1 << 42
)

// sampleBytes is tag, value, tag, timestamp.
const sampleBytes = 1 + 8 + 1 + timestampBytes

// Request is one encoded request with one sample per series. The samples start as zero at the earliest moment.
// It belongs to one goroutine.
type Request struct {
	body    []byte
	samples []int // where each series' sample message starts
}

// NewRequest encodes the label part of the series, in their order.
func NewRequest(protocol Protocol, series []schema.Labels) (*Request, error) {
	r := &Request{}
	switch protocol {
	case V1:
		r.encodeV1(series)
	case V2:
		if err := r.encodeV2(series); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("remote write: no protocol %d: use 1 or 2", protocol)
	}
	for i := range series {
		r.Set(i, minTimestamp, 0)
	}
	return r, nil
}

// Len is the number of samples.
func (r *Request) Len() int { return len(r.samples) }

// Size is the length of the body before compression, in bytes.
func (r *Request) Size() int { return len(r.body) }

// Set replaces sample i. A timestamp (Unix milliseconds) outside 2004-11-03 … 2109-05-15 is moved to the nearest end.
func (r *Request) Set(i int, timestamp int64, value float64) {
	b := r.body[r.samples[i]:]
	b[0] = 1<<3 | 1
	binary.LittleEndian.PutUint64(b[1:], math.Float64bits(value))
	b[9] = 2<<3 | 0
	t := uint64(min(max(timestamp, minTimestamp), maxTimestamp-1))
	for k := range timestampBytes - 1 {
		b[10+k] = byte(t) | 0x80
		t >>= 7
	}
	b[10+timestampBytes-1] = byte(t)
}

// Compress writes the snappy form into dst's memory, which is enlarged when needed, and returns it.
func (r *Request) Compress(dst []byte) []byte { return s2.EncodeSnappy(dst[:cap(dst)], r.body) }

// appendSeries writes one TimeSeries as field of the message: labels in wire form, then an empty sample.
func (r *Request) appendSeries(field int, labels []byte) {
	r.body = append(r.body, byte(field<<3|2))
	r.body = binary.AppendUvarint(r.body, uint64(len(labels)+2+sampleBytes))
	r.body = append(r.body, labels...)
	r.body = append(r.body, 2<<3|2, sampleBytes)
	r.samples = append(r.samples, len(r.body))
	r.body = append(r.body, make([]byte, sampleBytes)...)
}

func (r *Request) encodeV1(series []schema.Labels) {
	for _, labels := range series {
		r.appendSeries(1, labels)
	}
}

// encodeV2 writes the symbol table, then the series as references into it.
func (r *Request) encodeV2(series []schema.Labels) error {
	refs := map[string]uint64{"": 0}
	r.body = append(r.body, 4<<3|2, 0) // symbol 0 must be ""
	intern := func(s []byte) uint64 {
		ref, ok := refs[string(s)]
		if !ok {
			ref = uint64(len(refs))
			refs[string(s)] = ref
			r.body = append(r.body, 4<<3|2)
			r.body = binary.AppendUvarint(r.body, uint64(len(s)))
			r.body = append(r.body, s...)
		}
		return ref
	}
	packed := make([][]byte, len(series))
	for i, labels := range series {
		for len(labels) > 0 {
			name, value, rest, err := labels.Next()
			if err != nil {
				return fmt.Errorf("series %d: %w", i, err)
			}
			packed[i] = binary.AppendUvarint(packed[i], intern(name))
			packed[i] = binary.AppendUvarint(packed[i], intern(value))
			labels = rest
		}
	}
	for _, p := range packed {
		field := binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(p)))
		r.appendSeries(5, append(field, p...))
	}
	return nil
}
