package anomalies

import (
	"bytes"
	"time"
)

const (
	stampHead = `,"latency":{"accepted":"`
	stampTime = "2006-01-02T15:04:05.000000Z07:00"
)

// Stamp adds when the record behind an event was accepted, featured, scored and published, as the last member of its
// data. What is measured is kept out of what is decided: Strip takes it away again. Bytes that are no event are
// returned as they are.
func Stamp(event []byte, accepted, featured, scored, published time.Time) []byte {
	if !bytes.HasSuffix(event, []byte("}}")) {
		return event
	}
	b := make([]byte, 0, len(event)+200)
	b = append(b, event[:len(event)-2]...)
	b = append(b, stampHead...)
	b = accepted.UTC().AppendFormat(b, stampTime)
	b = append(b, `","featured":"`...)
	b = featured.UTC().AppendFormat(b, stampTime)
	b = append(b, `","scored":"`...)
	b = scored.UTC().AppendFormat(b, stampTime)
	b = append(b, `","published":"`...)
	b = published.UTC().AppendFormat(b, stampTime)
	return append(b, `"}}}`...)
}

// Strip returns an event without what Stamp added, and an event that has no stamp as it is. Inside a JSON string
// quotes are escaped, so no label can look like a stamp.
func Strip(event []byte) []byte {
	i := bytes.LastIndex(event, []byte(stampHead))
	if i < 0 || !bytes.HasSuffix(event, []byte(`"}}}`)) {
		return event
	}
	return append(event[:i:i], "}}"...)
}
