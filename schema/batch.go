package schema

import (
	"encoding/binary"
	"errors"
)

// EntryKind tells data from control.
type EntryKind uint8

// The kinds of entry.
const (
	EntryData    EntryKind = 0
	EntryControl EntryKind = 1
)

// Entry is one record inside a Batch; see batch.proto. Payload aliases the batch it was read from.
type Entry struct {
	Root    uint64
	Kind    EntryKind
	Payload []byte
}

// ErrBatch is returned for bytes that are not a Batch.
var ErrBatch = errors.New("batch: malformed")

// AppendEntry appends an entry to a batch under construction.
func AppendEntry(dst []byte, e Entry) []byte {
	inner := 9 + 1 + uvarintLen(uint64(len(e.Payload))) + len(e.Payload)
	if e.Kind != EntryData {
		inner += 2
	}
	dst = append(dst, 1<<3|2)
	dst = binary.AppendUvarint(dst, uint64(inner))
	dst = append(dst, 1<<3|1)
	dst = binary.LittleEndian.AppendUint64(dst, e.Root)
	if e.Kind != EntryData {
		dst = append(dst, 2<<3|0, byte(e.Kind))
	}
	dst = append(dst, 3<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(e.Payload)))
	return append(dst, e.Payload...)
}

// NextEntry splits the first entry off a batch. The payload aliases batch.
func NextEntry(batch []byte) (e Entry, rest []byte, err error) {
	if len(batch) == 0 || batch[0] != 1<<3|2 {
		return e, nil, ErrBatch
	}
	body, rest, ok := lengthPrefixed(batch[1:])
	if !ok {
		return e, nil, ErrBatch
	}
	for len(body) > 0 {
		tag := body[0]
		body = body[1:]
		switch tag {
		case 1<<3 | 1:
			if len(body) < 8 {
				return e, nil, ErrBatch
			}
			e.Root = binary.LittleEndian.Uint64(body)
			body = body[8:]
		case 2<<3 | 0:
			v, n := binary.Uvarint(body)
			if n <= 0 || v > uint64(EntryControl) {
				return e, nil, ErrBatch
			}
			e.Kind = EntryKind(v)
			body = body[n:]
		case 3<<3 | 2:
			if e.Payload, body, ok = lengthPrefixed(body); !ok {
				return e, nil, ErrBatch
			}
		default:
			return e, nil, ErrBatch
		}
	}
	return e, rest, nil
}
