package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"eddy/schema"
)

// jsLog is a Log on a JetStream stream.
type jsLog struct {
	j    *JetStream
	spec LogSpec
}

func (l *jsLog) Append(ctx context.Context, m Message, last uint64) (uint64, error) {
	expect := jetstream.WithExpectLastSequence(last)
	if l.spec.Scope != "" {
		expect = jetstream.WithExpectLastSequenceForSubject(last, l.spec.Scope)
	}
	ack, err := l.j.js.PublishMsg(ctx, &nats.Msg{Subject: m.Subject, Header: nats.Header(m.Header), Data: m.Data},
		expect, jetstream.WithExpectStream(l.spec.Stream))
	if err := l.j.appended(l.spec.Stream, err); err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// appended notes the outcome of an append and translates its error.
func (j *JetStream) appended(stream string, err error) error {
	if err == nil {
		j.pressure.note(stream, true)
		return nil
	}
	err = appendError(err)
	if !errors.Is(err, context.Canceled) {
		j.pressure.note(stream, errors.Is(err, ErrConflict) || errors.Is(err, ErrFull))
	}
	return err
}

// Codes of the server that nats.go has no name for; nats-server's server/errors.json lists them.
const (
	codeStreamStoreFailed   = 10077 // a limit with discard policy "new" is reached
	codeInsufficientStorage = 10047
	codeTooManyRequests     = 10167
)

func appendError(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			return fmt.Errorf("%w: %v", ErrConflict, api)
		case codeStreamStoreFailed, codeInsufficientStorage, codeTooManyRequests:
			return fmt.Errorf("%w: %v", ErrFull, api)
		}
	}
	return err
}

func (l *jsLog) Last(ctx context.Context) (m Message, err error) {
	err = ask(ctx, func(ctx context.Context) error {
		m, err = l.last(ctx)
		return err
	})
	return m, err
}

func (l *jsLog) last(ctx context.Context) (Message, error) {
	s, err := l.j.js.Stream(ctx, l.spec.Stream)
	if err != nil {
		return Message{}, err
	}
	if l.spec.Scope != "" {
		return rawMessage(s.GetLastMsgForSubject(ctx, l.spec.Scope))
	}
	seq := s.CachedInfo().State.LastSeq
	if seq == 0 {
		return Message{}, ErrNotFound
	}
	m, err := rawMessage(s.GetMsg(ctx, seq))
	if errors.Is(err, ErrNotFound) {
		return Message{Sequence: seq}, nil // expired or purged; its sequence still counts
	}
	return m, err
}

func (l *jsLog) Get(ctx context.Context, sequence uint64) (m Message, err error) {
	err = ask(ctx, func(ctx context.Context) error {
		s, err := l.j.js.Stream(ctx, l.spec.Stream)
		if err == nil {
			m, err = rawMessage(s.GetMsg(ctx, sequence))
		}
		return err
	})
	return m, err
}

func (l *jsLog) State(ctx context.Context) (st LogState, err error) {
	err = ask(ctx, func(ctx context.Context) error {
		s, err := l.j.js.Stream(ctx, l.spec.Stream)
		if err == nil {
			st = stateOf(s.CachedInfo())
		}
		return err
	})
	return st, err
}

func stateOf(info *jetstream.StreamInfo) LogState {
	st := LogState{First: info.State.FirstSeq, Last: info.State.LastSeq, Bytes: info.State.Bytes}
	if info.Config.MaxBytes > 0 {
		st.MaxBytes = uint64(info.Config.MaxBytes)
	}
	if info.State.Msgs == 0 {
		st.First = st.Last + 1
	}
	return st
}

func (l *jsLog) Purge(ctx context.Context, below uint64) error {
	s, err := l.j.js.Stream(ctx, l.spec.Stream)
	if err != nil || below <= s.CachedInfo().State.FirstSeq {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSequence(below))
}

func rawMessage(m *jetstream.RawStreamMsg, err error) (Message, error) {
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, err
	}
	return Message{Subject: m.Subject, Sequence: m.Sequence, Time: m.Time, Header: Header(m.Header), Data: m.Data}, nil
}

func (l *jsLog) Open(ctx context.Context, from uint64) (Cursor, error) {
	var consumer jetstream.Consumer
	err := ask(ctx, func(ctx context.Context) (err error) {
		consumer, err = l.j.js.OrderedConsumer(ctx, l.spec.Stream, jetstream.OrderedConsumerConfig{
			DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1), InactiveThreshold: forgotten,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return openCursor(ctx, l.j.js, l.spec.Stream, consumer)
}

// pullMessages and pullBytes bound what one consumer holds in memory ahead of its reader. Without a number of messages
// the client would reserve room for a million.
const (
	pullMessages = 256
	pullBytes    = 4 << 20
)

// pullHeartbeat is how often a server says that it is still there. Two missing ones restart the consumer, so a request
// lost in a change of leader costs two seconds; the client's own default would make it thirty.
const pullHeartbeat = time.Second

// jsCursor reads an ordered consumer, which restarts itself behind the last message seen after any disturbance.
type jsCursor struct {
	it     jetstream.MessagesContext
	stop   func() bool
	remove func()
}

// forgotten is how long a server keeps a consumer whose reader has died. The client's default of five minutes lets owners
// that come and go reach the thousand consumers a stream may have.
const forgotten = 30 * time.Second

func openCursor(ctx context.Context, js jetstream.JetStream, stream string, consumer jetstream.Consumer) (*jsCursor, error) {
	it, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes),
		jetstream.PullHeartbeat(pullHeartbeat))
	if err != nil {
		return nil, err
	}
	remove := func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = js.DeleteConsumer(ctx, stream, consumer.CachedInfo().Name) // the server forgets it anyway
	}
	return &jsCursor{it: it, stop: context.AfterFunc(ctx, it.Stop), remove: remove}, nil
}

func (c *jsCursor) Next(ctx context.Context) (Message, error) {
	for {
		m, err := c.it.Next()
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			continue // the server is away; the consumer comes back by itself
		}
		if err != nil {
			if ctx.Err() != nil {
				return Message{}, ctx.Err()
			}
			return Message{}, err
		}
		md, err := m.Metadata()
		if err != nil {
			return Message{}, err
		}
		return Message{Subject: m.Subject(), Sequence: md.Sequence.Stream, Time: md.Timestamp, Pending: md.NumPending,
			Header: Header(m.Headers()), Data: m.Data()}, nil
	}
}

func (c *jsCursor) Close() {
	c.stop()
	c.it.Stop()
	c.remove()
}

// jsDead keeps poison records in one stream.
type jsDead struct{ js jetstream.JetStream }

func (d jsDead) Bury(ctx context.Context, tenant, id string, m Message) error {
	h := Header{"Eddy-Subject": {m.Subject}}
	_, err := d.js.PublishMsg(ctx, &nats.Msg{Subject: schema.DeadSubject(tenant), Header: nats.Header(h), Data: m.Data}, jetstream.WithMsgID(id))
	return err
}
