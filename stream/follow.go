package stream

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Start says where Follow begins; the zero value is the beginning of the stream.
type Start struct {
	Sequence uint64    // at this sequence, or
	Time     time.Time // at the first message not older, or
	New      bool      // only what comes from now on
	UntilNow bool      // stop at what is there now instead of waiting for more
}

// Follow calls fn for each message of a stream that matches one of the filters (none: all), in order, and blocks until
// ctx ends, fn fails, or, with UntilNow, the present is reached.
func (c *Client) Follow(ctx context.Context, stream string, filters []string, from Start, fn func(Message) error) error {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: filters, DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: forgotten}
	switch {
	case from.New:
		cfg.DeliverPolicy = jetstream.DeliverNewPolicy
	case !from.Time.IsZero():
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &from.Time
	case from.Sequence > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from.Sequence
	}
	consumer, err := c.js.OrderedConsumer(ctx, stream, cfg)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("stream %s does not exist on this server: is it eddy's, and has eddy run there?", stream)
	}
	if err != nil {
		return err
	}
	var until uint64
	if from.UntilNow {
		if until, err = c.present(ctx, stream, consumer); err != nil || until == 0 {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cursor, err := openCursor(ctx, c.js, stream, consumer)
	if err != nil {
		return err
	}
	defer cursor.Close()
	var waiting atomic.Bool
	if until > 0 {
		go endWhenDry(ctx, consumer, &waiting, cancel)
	}
	for {
		waiting.Store(true)
		m, err := cursor.Next(ctx)
		waiting.Store(false)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if until > 0 && m.Sequence > until {
			return nil
		}
		if err := fn(m); err != nil {
			return err
		}
		if until > 0 && (m.Sequence == until || m.Pending == 0) {
			return nil
		}
	}
}

// present is the last sequence of the stream now, or 0 when nothing up to there is left for the consumer.
func (c *Client) present(ctx context.Context, stream string, consumer jetstream.Consumer) (uint64, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	info, err := consumer.Info(ctx)
	if err != nil || info.NumPending == 0 {
		return 0, err
	}
	return s.CachedInfo().State.LastSeq, nil
}

// dryAfter is how long a reader that wants what is there now waits for messages that the server does not have any more.
const dryAfter = 2 * time.Second

// endWhenDry ends the reading when what was there has expired before it was read: nothing is pending, and the reader
// has been waiting for a while.
func endWhenDry(ctx context.Context, consumer jetstream.Consumer, waiting *atomic.Bool, end func()) {
	for dry := false; ctx.Err() == nil; wait(ctx, dryAfter) {
		before := waiting.Load()
		info, err := consumer.Info(ctx)
		now := err == nil && info.NumPending == 0 && before && waiting.Load()
		if dry && now {
			end()
		}
		dry = now
	}
}
