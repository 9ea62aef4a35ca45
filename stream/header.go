package stream

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers of messages the engine writes. Together they make the output log the commit log: see commit.go.
const (
	HeaderKind  = "Eddy-Kind"  // one of the message kinds below; absent means data
	HeaderEpoch = "Eddy-Epoch" // of the writer's claim
	HeaderOwner = "Eddy-Owner" // a nonce of the writer, to recognise its own message after a lost acknowledgement
	HeaderRoot  = "Eddy-Root"  // everything derived from samples up to this sequence is in the log, up to this message
	HeaderIndex = "Eddy-Index" // and so many emissions of the record after that
	HeaderTrace = "Eddy-Trace" // when the oldest record in it passed each stage so far: Unix nanoseconds, comma-separated

	HeaderGeneration = "Eddy-Generation" // how often the log has begun anew; absent means never. See generation.go
)

// The values of HeaderKind.
const (
	kindData    = ""        // outputs
	KindControl = "control" // a control record in a samples log
	kindClaim   = "claim"   // a new owner; everyone older is fenced
	kindMark    = "mark"    // progress without output
	kindSkip    = "skip"    // the record HeaderRoot was poison and was left out
)

// position says how far an output log has come: all emissions of records up to root, and index emissions of the next.
type position struct {
	root  uint64
	index int
}

// stamp is what identifies a commit.
type stamp struct {
	kind  string
	epoch uint64
	owner string
	at    position

	generation uint64
}

func (s stamp) header(trace string) Header {
	h := Header{}
	if s.kind != kindData {
		h.Set(HeaderKind, s.kind)
	}
	h.Set(HeaderEpoch, strconv.FormatUint(s.epoch, 10))
	h.Set(HeaderOwner, s.owner)
	h.Set(HeaderRoot, strconv.FormatUint(s.at.root, 10))
	if s.at.index != 0 {
		h.Set(HeaderIndex, strconv.Itoa(s.at.index))
	}
	if s.generation != 0 {
		h.Set(HeaderGeneration, strconv.FormatUint(s.generation, 10))
	}
	if trace != "" {
		h.Set(HeaderTrace, trace)
	}
	return h
}

// readStamp is the inverse of header. It fails for a message that somebody else has published on our subjects.
func readStamp(m Message) (stamp, error) {
	s := stamp{kind: m.Header.Get(HeaderKind), owner: m.Header.Get(HeaderOwner)}
	var err error
	if s.epoch, err = strconv.ParseUint(m.Header.Get(HeaderEpoch), 10, 64); err == nil {
		s.at.root, err = strconv.ParseUint(m.Header.Get(HeaderRoot), 10, 64)
	}
	if index := m.Header.Get(HeaderIndex); err == nil && index != "" {
		s.at.index, err = strconv.Atoi(index)
	}
	if generation := m.Header.Get(HeaderGeneration); err == nil && generation != "" {
		s.generation, err = strconv.ParseUint(generation, 10, 64)
	}
	if err != nil {
		return s, fmt.Errorf("message %d on %s was not written by eddy's engine: %w", m.Sequence, m.Subject, err)
	}
	return s, nil
}

// traceAt is the trace of a message so far: a samples record has none yet, the log's own time is when it was accepted.
func (m Message) traceAt() string {
	if trace := m.Header.Get(HeaderTrace); trace != "" {
		return trace
	}
	return formatNano(m.Time)
}

func formatNano(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// ParseTrace returns the moments of a trace, oldest first. What is not a number is left out.
func ParseTrace(trace string) []time.Time {
	if trace == "" {
		return nil
	}
	fields := strings.Split(trace, ",")
	times := make([]time.Time, 0, len(fields))
	for _, f := range fields {
		if ns, err := strconv.ParseInt(f, 10, 64); err == nil {
			times = append(times, time.Unix(0, ns))
		}
	}
	return times
}
