// Package samples reads records of the samples log: snappy-compressed remote-write 1.0 WriteRequests as ingest writes
// them. It is for tools; the features stage has its own, faster walk.
package samples

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/golang/snappy"

	"eddy/schema"
)

// maxDecoded bounds a record after decompression; ingest never writes one above 1 MiB.
const maxDecoded = 32 << 20

// ErrRecord is wrapped by every refusal of Walk.
var ErrRecord = errors.New("samples record: malformed")

// Walk calls fn for each sample of a record. Labels are only valid during the call. What is no float sample (metadata,
// exemplars, native histograms) is passed over. An error of fn ends the walk and is returned.
func Walk(record []byte, fn func(labels schema.Labels, timestamp int64, value float64) error) error {
	n, err := snappy.DecodedLen(record)
	if err != nil || n > maxDecoded {
		return fmt.Errorf("%w: not a snappy block of at most %d bytes", ErrRecord, maxDecoded)
	}
	body, err := snappy.Decode(nil, record)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return fields(body, func(field uint64, content []byte, _ uint64) error {
		if field != 1 || content == nil {
			return nil
		}
		return walkSeries(content, fn)
	})
}

func walkSeries(series []byte, fn func(schema.Labels, int64, float64) error) error {
	var labels schema.Labels
	err := fields(series, func(field uint64, content []byte, _ uint64) error {
		if field == 1 && content != nil {
			labels = append(labels, 1<<3|2)
			labels = binary.AppendUvarint(labels, uint64(len(content)))
			labels = append(labels, content...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fields(series, func(field uint64, content []byte, _ uint64) error {
		if field != 2 || content == nil {
			return nil
		}
		var timestamp int64
		var value float64
		if err := fields(content, func(field uint64, _ []byte, number uint64) error {
			switch field {
			case 1:
				value = math.Float64frombits(number)
			case 2:
				timestamp = int64(number)
			}
			return nil
		}); err != nil {
			return err
		}
		return fn(labels, timestamp, value)
	})
}

// fields splits a protobuf message. Content is set, and never nil, for length-delimited fields; number for all others.
func fields(message []byte, fn func(field uint64, content []byte, number uint64) error) error {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return fmt.Errorf("%w: bad tag", ErrRecord)
		}
		message = message[n:]
		var content []byte
		var number uint64
		switch tag & 7 {
		case 0:
			if number, n = binary.Uvarint(message); n <= 0 {
				return fmt.Errorf("%w: bad number", ErrRecord)
			}
			message = message[n:]
		case 1:
			if len(message) < 8 {
				return fmt.Errorf("%w: truncated", ErrRecord)
			}
			number, message = binary.LittleEndian.Uint64(message), message[8:]
		case 2:
			length, n := binary.Uvarint(message)
			if n <= 0 || length > uint64(len(message)-n) {
				return fmt.Errorf("%w: truncated", ErrRecord)
			}
			end := n + int(length)
			content, message = message[n:end:end], message[end:]
		case 5:
			if len(message) < 4 {
				return fmt.Errorf("%w: truncated", ErrRecord)
			}
			number, message = uint64(binary.LittleEndian.Uint32(message)), message[4:]
		default:
			return fmt.Errorf("%w: wire type %d", ErrRecord, tag&7)
		}
		if err := fn(tag>>3, content, number); err != nil {
			return err
		}
	}
	return nil
}
