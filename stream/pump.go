package stream

import "context"

// pumpAhead is how many messages are read ahead of the processor: enough to form groups, few enough to bound memory.
const pumpAhead = 16

// pumped is a cursor read by a goroutine of its own, so that the owner can ask what is already there without waiting.
type pumped struct {
	messages chan Message
	err      error // why the messages ended; set before the channel closes
}

// pump reads log from a sequence on until ctx ends.
func pump(ctx context.Context, log Log, from uint64) *pumped {
	p := &pumped{messages: make(chan Message, pumpAhead)}
	go func() {
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

// next waits for a message.
func (p *pumped) next(ctx context.Context) (Message, error) {
	select {
	case m, ok := <-p.messages:
		if !ok {
			return m, p.err
		}
		return m, nil
	case <-ctx.Done():
		return Message{}, ctx.Err()
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
