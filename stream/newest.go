package stream

import (
	"context"
	"errors"
	"strings"
	"time"
)

// newest is the end of a log as its writers see it.
type newest struct {
	last     uint64 // sequence of the newest message in scope, which the next append must name
	sequence uint64 // of the newest message there that the engine wrote; 0: none
	stamp    stamp  // of that message
}

// readNewest finds the end of a log. The newest message is nearly always the engine's own; what somebody else has
// published on its subjects is stepped over, so that it can disturb the fence but neither move nor hide a position.
func readNewest(ctx context.Context, log Log, scope string, within time.Duration) (newest, error) {
	m, err := patientlyRead(ctx, within, log.Last)
	if errors.Is(err, ErrNotFound) {
		return newest{}, nil
	}
	n := newest{last: m.Sequence}
	for seq := m.Sequence; err == nil && seq > 0; {
		if s, serr := readStamp(m); serr == nil && inScope(scope, m.Subject) {
			n.sequence, n.stamp = seq, s
			return n, nil
		}
		seq--
		m, err = patientlyRead(ctx, within, func(ctx context.Context) (Message, error) { return log.Get(ctx, seq) })
		if !errors.Is(err, ErrNotFound) {
			continue
		}
		var st LogState
		if st, err = log.State(ctx); err != nil || seq < st.First {
			break
		}
		m, seq = Message{}, min(seq, st.Last+1)
	}
	return n, err
}

// patientlyRead bounds one read.
func patientlyRead(ctx context.Context, within time.Duration, read func(context.Context) (Message, error)) (Message, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return read(ctx)
}

// inScope tells whether a subject is one of the writer's; scope is empty for all, or has * for a token.
func inScope(scope, subject string) bool {
	if scope == "" {
		return true
	}
	for scope != "" && subject != "" {
		var want, have string
		want, scope, _ = strings.Cut(scope, ".")
		have, subject, _ = strings.Cut(subject, ".")
		if want != "*" && want != have {
			return false
		}
	}
	return scope == subject
}
