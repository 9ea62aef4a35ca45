package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// jsLeases keeps leases as keys that expire. The bucket is in memory, since a lease is worth no write to a disk, and is
// made again when a server has come back without it.
type jsLeases struct {
	js       jetstream.JetStream
	kv       jetstream.KeyValue
	replicas int
}

func makeLeases(ctx context.Context, js jetstream.JetStream, replicas int) (jsLeases, error) {
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: leasesBucket,
		Storage: jetstream.MemoryStorage, LimitMarkerTTL: time.Second, Replicas: replicas})
	return jsLeases{js: js, kv: kv, replicas: replicas}, err
}

func (l jsLeases) Acquire(ctx context.Context, name, owner string, ttl time.Duration) (Lease, error) {
	rev, err := l.kv.Create(ctx, name, []byte(owner), jetstream.KeyTTL(ttl))
	if gone(err) {
		if _, err = makeLeases(ctx, l.js, l.replicas); err == nil {
			rev, err = l.kv.Create(ctx, name, []byte(owner), jetstream.KeyTTL(ttl))
		}
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		return nil, ErrHeld
	}
	if err != nil {
		return nil, err
	}
	return &jsLease{jsLeases: l, name: name, owner: owner, ttl: ttl, revision: rev}, nil
}

// gone tells whether an error may mean that the bucket does not exist any more. Making it then harms nothing.
func gone(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrBucketNotFound)
}

type jsLease struct {
	jsLeases
	name, owner string
	ttl         time.Duration
	revision    uint64
}

// Renew writes the key's message directly: KeyValue.Update would drop the time to live, and the lease would never end.
// A conflict that an earlier renewal of ours has made, whose answer was lost, is settled by renewing behind that one.
func (l *jsLease) Renew(ctx context.Context) error {
	err := l.renew(ctx)
	if errors.Is(err, ErrConflict) {
		if err = l.reread(ctx); err == nil {
			err = l.renew(ctx)
		}
	}
	return err
}

func (l *jsLease) renew(ctx context.Context) error {
	ack, err := l.js.PublishMsg(ctx, &nats.Msg{Subject: "$KV." + l.kv.Bucket() + "." + l.name, Data: []byte(l.owner)},
		jetstream.WithExpectLastSequencePerSubject(l.revision), jetstream.WithMsgTTL(l.ttl))
	if err != nil {
		return appendError(err)
	}
	l.revision = ack.Sequence
	return nil
}

// reread finds the revision of the key if it is still ours.
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
