package schema

import (
	"encoding/binary"
	"errors"
)

// ErrBlock is returned for bytes that are not a FeatureBlock or a ScoreBlock.
var ErrBlock = errors.New("block: malformed")

// RowFlag says what is particular about a row of a FeatureBlock or ScoreBlock; one byte of bits.
type RowFlag uint8

// The flags of a row.
const (
	RowReset   RowFlag = 1 << iota // a counter started again right before this row
	RowGap                         // time is missing right before this row
	RowSilence                     // no new value: a regular series has stopped; the value is the last one seen
	RowEnded                       // no new value: the series said it ends, or has been gone for long
	RowFresh                       // what is known of this reference begins here: forget what was before
	RowLast                        // score blocks only: the watch ends with this row
	RowCoarse                      // score blocks only: one abnormal row is enough, see RowState and CoarseInterval
	RowIngest                      // doubtful: what brings the samples may be at fault, see CauseIngest
)

// RowState says, in feature blocks, that the series is a state, 0 or 1, and judged by how rare its changes are. A change
// of state is no noise that has to be seen thrice, so in score blocks the same bit is RowCoarse.
const RowState = RowCoarse

// CoarseInterval is the time between samples, in seconds, from which on a single one stands for most of a minute.
const CoarseInterval = 45

// SeriesKind says what the values of a series are.
type SeriesKind uint8

// The kinds of series.
const (
	SeriesValue SeriesKind = 0 // the value itself
	SeriesRate  SeriesKind = 1 // rate per second, of a counter
)

// Feature is what an event calls a value of this kind.
func (k SeriesKind) Feature() string {
	if k == SeriesRate {
		return "rate"
	}
	return "value"
}

// maxField is the highest field number of any block.
const maxField = 7

// columnWidths holds, by field number, how many bytes of that field one row has; 0 where there is no such column.
type columnWidths [maxField + 1]int

// block is a validated block: repeated head messages (field 1), then columns of equal length.
type block struct {
	head    []byte
	columns [maxField + 1][]byte
	rows    int
}

// parseBlock checks everything about the columns once, so that reading row i < rows cannot fail.
func parseBlock(data []byte, widths *columnWidths) (b block, err error) {
	headEnd, rest := 0, data
	for len(rest) > 0 {
		field := int(rest[0] >> 3)
		if rest[0]&7 != 2 || field == 0 || field > maxField {
			return b, ErrBlock
		}
		content, after, ok := lengthPrefixed(rest[1:])
		if !ok {
			return b, ErrBlock
		}
		if field == 1 {
			if len(data)-len(rest) != headEnd {
				return b, ErrBlock // head messages come first, side by side
			}
			headEnd = len(data) - len(after)
		} else {
			if widths[field] == 0 || b.columns[field] != nil || len(content) == 0 {
				return b, ErrBlock
			}
			b.columns[field] = content
		}
		rest = after
	}
	b.head = data[:headEnd:headEnd]
	b.rows = len(b.columns[2]) / 4
	for field, width := range widths {
		if width != 0 && len(b.columns[field]) != b.rows*width {
			return b, ErrBlock
		}
	}
	return b, nil
}

// appendColumn appends a packed field unless it is empty, as proto3 has it.
func appendColumn(dst []byte, field byte, column []byte) []byte {
	if len(column) == 0 {
		return dst
	}
	dst = append(dst, field<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(column)))
	return append(dst, column...)
}

// head is one message of a block's head: a series, and in score blocks its detector.
type head struct {
	ref      uint32
	labels   Labels
	kind     SeriesKind
	detector uint32
}

// appendHead appends a head message; withDetector tells Watch from Series.
func appendHead(dst []byte, h head, withDetector bool) []byte {
	inner := 5 + 1 + uvarintLen(uint64(len(h.labels))) + len(h.labels)
	if h.kind != 0 {
		inner += 2
	}
	if withDetector && h.detector != 0 {
		inner += 1 + uvarintLen(uint64(h.detector))
	}
	dst = append(dst, 1<<3|2)
	dst = binary.AppendUvarint(dst, uint64(inner))
	dst = append(dst, 1<<3|5)
	dst = binary.LittleEndian.AppendUint32(dst, h.ref)
	dst = append(dst, 2<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(h.labels)))
	dst = append(dst, h.labels...)
	if h.kind != 0 {
		dst = append(dst, 3<<3, byte(h.kind))
	}
	if withDetector && h.detector != 0 {
		dst = append(dst, 4<<3)
		dst = binary.AppendUvarint(dst, uint64(h.detector))
	}
	return dst
}

// nextHead splits the first head message off.
func nextHead(heads []byte, withDetector bool) (h head, rest []byte, err error) {
	if len(heads) == 0 || heads[0] != 1<<3|2 {
		return h, nil, ErrBlock
	}
	body, rest, ok := lengthPrefixed(heads[1:])
	if !ok {
		return h, nil, ErrBlock
	}
	for len(body) > 0 {
		tag := body[0]
		body = body[1:]
		switch {
		case tag == 1<<3|5 && len(body) >= 4:
			h.ref = binary.LittleEndian.Uint32(body)
			body = body[4:]
		case tag == 2<<3|2:
			var labels []byte
			if labels, body, ok = lengthPrefixed(body); !ok {
				return h, nil, ErrBlock
			}
			h.labels = labels
		case tag == 3<<3 || tag == 4<<3 && withDetector:
			v, n := binary.Uvarint(body)
			if n <= 0 || v > 1<<31 || tag == 3<<3 && v > uint64(SeriesRate) {
				return h, nil, ErrBlock
			}
			if body = body[n:]; tag == 3<<3 {
				h.kind = SeriesKind(v)
			} else {
				h.detector = uint32(v)
			}
		default:
			return h, nil, ErrBlock
		}
	}
	return h, rest, nil
}

// checkHeads walks all head messages, so that walking them again cannot fail.
func checkHeads(heads []byte, withDetector bool) (n int, err error) {
	for ; len(heads) > 0; n++ {
		if _, heads, err = nextHead(heads, withDetector); err != nil {
			return 0, err
		}
	}
	return n, nil
}
