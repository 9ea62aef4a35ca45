package stream

import (
	"context"
	"time"
)

// pumpAhead is how many messages are read ahead of the processor: enough to form groups, few enough to bound memory.
const pumpAhead = 16

// pumped is a cursor read by a goroutine of its own, so that the owner can ask what is already there without waiting.
type pumped struct {
	messages chan Message
	stop     func()
	err      error // why the messages ended; set before the channel closes
}

// pump reads log from a sequence on until ctx ends or stop is called.
func pump(ctx context.Context, log Log, from uint64) *pumped {
	ctx, cancel := context.WithCancel(ctx)
	p := &pumped{messages: make(chan Message, pumpAhead), stop: cancel}
	go func() {
		defer cancel()
		p.err = p.run(ctx, log, from)
		close(p.messages)
	}()
	return p
}

func (p *pumped) run(ctx context.Context, log Log, from uint64) error {
	cursor, err := log.Open(ctx, from)
	if err != nil {
		return err
	}
	defer cursor.Close()
	for {
		m, err := cursor.Next(ctx)
		if err != nil {
			return err
		}
		select {
		case p.messages <- m:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next waits for a message, or, without one and without an error, for the next tick.
func (p *pumped) next(ctx context.Context, tick <-chan time.Time) (m Message, ok bool, err error) {
	select {
	case m, ok = <-p.messages:
		if !ok {
			return m, false, p.err
		}
		return m, true, nil
	case <-tick:
		return m, false, nil
	case <-ctx.Done():
		return m, false, ctx.Err()
	}
}

// poll returns a message if one is already there.
func (p *pumped) poll() (m Message, ok bool, err error) {
	select {
	case m, ok = <-p.messages:
		if !ok {
			return m, false, p.err
		}
		return m, true, nil
	default:
		return m, false, nil
	}
}
