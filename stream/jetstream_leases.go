package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// jsLeases keeps leases as keys that expire.
type jsLeases struct {
	js jetstream.JetStream
	kv jetstream.KeyValue
}

func (l jsLeases) Acquire(ctx context.Context, name, owner string, ttl time.Duration) (Lease, error) {
	rev, err := l.kv.Create(ctx, name, []byte(owner), jetstream.KeyTTL(ttl))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil, ErrHeld
	}
	if err != nil {
		return nil, err
	}
	return &jsLease{jsLeases: l, name: name, owner: owner, ttl: ttl, revision: rev}, nil
}

type jsLease struct {
	jsLeases
	name, owner string
	ttl         time.Duration
	revision    uint64
}

// Renew writes the key's message directly: KeyValue.Update would drop the time to live, and the lease would never end.
func (l *jsLease) Renew(ctx context.Context) error {
	ack, err := l.js.PublishMsg(ctx, &nats.Msg{Subject: "$KV." + l.kv.Bucket() + "." + l.name, Data: []byte(l.owner)},
		jetstream.WithExpectLastSequencePerSubject(l.revision), jetstream.WithMsgTTL(l.ttl))
	if errors.Is(appendError(err), ErrConflict) {
		return l.reread(ctx)
	}
	if err != nil {
		return err
	}
	l.revision = ack.Sequence
	return nil
}

// reread settles a conflict: an earlier renewal of ours may have arrived without its answer.
func (l *jsLease) reread(ctx context.Context) error {
	e, err := l.kv.Get(ctx, l.name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return ErrHeld // it expired; somebody may take it any moment
	}
	if err != nil {
		return err
	}
	if string(e.Value()) != l.owner {
		return ErrHeld
	}
	l.revision = e.Revision()
	return nil
}

func (l *jsLease) Release(ctx context.Context) error {
	err := l.kv.Delete(ctx, l.name, jetstream.LastRevision(l.revision))
	if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(appendError(err), ErrConflict) {
		return nil
	}
	return err
}
