package ingest

import (
	"encoding/binary"
	"errors"
)

// The wire types of protobuf; groups are long dead and count as malformed.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// errWire is returned for bytes that are not a protobuf message.
var errWire = errors.New("malformed protobuf")

// field is one field of a message.
type field struct {
	num   uint32
	wire  uint8
	bits  uint64 // the value of a number, as it is on the wire
	bytes []byte // the content of a length-delimited field, aliasing the message
}

// nextField splits the first field off a message.
func nextField(b []byte, f *field) (rest []byte, err error) {
	key, b, ok := uvarint(b)
	if !ok || key>>3 == 0 || key>>3 > 1<<29-1 {
		return nil, errWire
	}
	f.num, f.wire, f.bytes = uint32(key>>3), uint8(key&7), nil
	switch f.wire {
	case wireVarint:
		if f.bits, b, ok = uvarint(b); !ok {
			return nil, errWire
		}
	case wireFixed64:
		if len(b) < 8 {
			return nil, errWire
		}
		f.bits, b = binary.LittleEndian.Uint64(b), b[8:]
	case wireFixed32:
		if len(b) < 4 {
			return nil, errWire
		}
		f.bits, b = uint64(binary.LittleEndian.Uint32(b)), b[4:]
	case wireBytes:
		var n uint64
		if n, b, ok = uvarint(b); !ok || n > uint64(len(b)) {
			return nil, errWire
		}
		f.bytes, b = b[:n:n], b[n:]
	default:
		return nil, errWire
	}
	return b, nil
}

// uvarint splits a varint off; most are one or two bytes long.
func uvarint(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), b[1:], true
	}
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

func uvarintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// appendBytes appends a length-delimited field with a number below 16.
func appendBytes(dst []byte, num uint32, content []byte) []byte {
	dst = append(dst, byte(num<<3|wireBytes))
	dst = binary.AppendUvarint(dst, uint64(len(content)))
	return append(dst, content...)
}

// appendDouble appends a fixed64 field with a number below 16.
func appendDouble(dst []byte, num uint32, bits uint64) []byte {
	dst = append(dst, byte(num<<3|wireFixed64))
	return binary.LittleEndian.AppendUint64(dst, bits)
}

// appendVarint appends a varint field.
func appendVarint(dst []byte, num uint32, v uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(num)<<3|wireVarint)
	return binary.AppendUvarint(dst, v)
}
