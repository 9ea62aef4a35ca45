package features

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"eddy/schema"
)

// ErrRecord wraps every refusal of a record's bytes.
var ErrRecord = errors.New("features: malformed record")

// staleNaN is the value by which Prometheus says that a series has ended.
const staleNaN = 0x7ff0000000000002

// request is a parsed WriteRequest. It aliases the bytes it was read from and keeps its memory.
type request struct {
	series   []rawSeries
	samples  []rawSample
	hists    []rawHist
	metadata []rawMetadata
}

type rawSeries struct {
	labels schema.Labels
	to     int // end of its samples in request.samples; they begin where those of the series before end
	hists  int // the same of its native histograms in request.hists
	ref    uint32
	known  bool
}

type rawSample struct {
	timestamp, start int64 // Unix milliseconds; start 0 when the sender did not say
	value            float64
}

// rawHist is one native histogram; data is its message.
type rawHist struct {
	timestamp int64
	ended     bool // a stale marker
	data      []byte
}

type rawMetadata struct {
	name []byte
	kind metricType
}

// reset empties the request and keeps its memory.
func (r *request) reset() {
	r.series, r.samples, r.hists, r.metadata = r.series[:0], r.samples[:0], r.hists[:0], r.metadata[:0]
}

// parse reads a WriteRequest. Fields it does not know are passed over.
func (r *request) parse(data []byte) error {
	r.reset()
	for len(data) > 0 {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return err
		}
		switch {
		case f.number == 1 && f.wire == wireBytes:
			err = r.timeSeries(f.bytes)
		case f.number == 3 && f.wire == wireBytes:
			err = r.addMetadata(f.bytes)
		}
		if err != nil {
			return err
		}
		if max(len(r.samples)+len(r.hists), len(r.metadata), len(r.series)) > schema.MaxRecordEntries {
			return fmt.Errorf("%w: more than %d samples, series or metadata", ErrRecord, schema.MaxRecordEntries)
		}
	}
	return nil
}

// timeSeries reads one TimeSeries: labels first and side by side, as ingest writes them.
func (r *request) timeSeries(data []byte) error {
	rest := data
	for len(rest) > 0 && rest[0] == 1<<3|wireBytes {
		// Lengths below 128 take one byte, and labels mostly are.
		if len(rest) > 1 && rest[1] < 0x80 && int(rest[1])+2 <= len(rest) {
			rest = rest[int(rest[1])+2:]
			continue
		}
		var err error
		if _, rest, err = nextField(rest); err != nil {
			return err
		}
	}
	end := len(data) - len(rest)
	if end == 0 {
		return fmt.Errorf("%w: a series without labels", ErrRecord)
	}
	s := rawSeries{labels: data[:end:end]}
	for len(rest) > 0 {
		var f field
		var err error
		if f, rest, err = nextField(rest); err != nil {
			return err
		}
		switch {
		case f.number == 1:
			return fmt.Errorf("%w: labels of a series are not side by side", ErrRecord)
		case f.number == 2 && f.wire == wireBytes:
			err = r.sample(f.bytes)
		case f.number == 4 && f.wire == wireBytes:
			err = r.histogram(f.bytes)
		}
		if err != nil {
			return err
		}
	}
	s.to, s.hists = len(r.samples), len(r.hists)
	r.series = append(r.series, s)
	return nil
}

func (r *request) sample(data []byte) error {
	var s rawSample
	// The usual form, value and timestamp in this order, without the general walk.
	if len(data) > 10 && data[0] == 1<<3|wireFixed64 && data[9] == 2<<3|wireVarint {
		s.value = math.Float64frombits(binary.LittleEndian.Uint64(data[1:]))
		v, n := binary.Uvarint(data[10:])
		if n <= 0 {
			return ErrRecord
		}
		s.timestamp = int64(v)
		data = data[10+n:]
	}
	for len(data) > 0 {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return err
		}
		switch {
		case f.number == 1 && f.wire == wireFixed64:
			s.value = math.Float64frombits(f.value)
		case f.number == 2 && f.wire == wireVarint:
			s.timestamp = int64(f.value)
		case f.number == 3 && f.wire == wireVarint:
			s.start = int64(f.value)
		}
	}
	r.samples = append(r.samples, s)
	return nil
}

// histogram notes when a native histogram was and whether it ends the series; see hist for the rest.
func (r *request) histogram(data []byte) error {
	h := rawHist{data: data}
	for len(data) > 0 {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return err
		}
		switch {
		case f.number == 3 && f.wire == wireFixed64:
			h.ended = f.value == staleNaN
		case f.number == 15 && f.wire == wireVarint:
			h.timestamp = int64(f.value)
		}
	}
	r.hists = append(r.hists, h)
	return nil
}

func (r *request) addMetadata(data []byte) error {
	var m rawMetadata
	for len(data) > 0 {
		var f field
		var err error
		if f, data, err = nextField(data); err != nil {
			return err
		}
		switch {
		case f.number == 1 && f.wire == wireVarint:
			m.kind = metricType(min(f.value, uint64(typeStateSet)+1))
		case f.number == 2 && f.wire == wireBytes:
			m.name = f.bytes
		}
	}
	r.metadata = append(r.metadata, m)
	return nil
}

// The protobuf wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// field is one field of a protobuf message; bytes aliases the message.
type field struct {
	number uint64
	wire   byte
	value  uint64
	bytes  []byte
}

// nextField splits the first field off.
func nextField(data []byte) (f field, rest []byte, err error) {
	tag, n := binary.Uvarint(data)
	if n <= 0 || tag>>3 == 0 {
		return f, nil, ErrRecord
	}
	f.number, f.wire = tag>>3, byte(tag&7)
	data = data[n:]
	switch f.wire {
	case wireVarint:
		if f.value, n = binary.Uvarint(data); n <= 0 {
			return f, nil, ErrRecord
		}
		return f, data[n:], nil
	case wireFixed64:
		if len(data) < 8 {
			return f, nil, ErrRecord
		}
		f.value = binary.LittleEndian.Uint64(data)
		return f, data[8:], nil
	case wireFixed32:
		if len(data) < 4 {
			return f, nil, ErrRecord
		}
		f.value = uint64(binary.LittleEndian.Uint32(data))
		return f, data[4:], nil
	case wireBytes:
		length, n := binary.Uvarint(data)
		if n <= 0 || length > uint64(len(data)-n) {
			return f, nil, ErrRecord
		}
		end := n + int(length)
		f.bytes = data[n:end:end]
		return f, data[end:], nil
	}
	return f, nil, ErrRecord
}
