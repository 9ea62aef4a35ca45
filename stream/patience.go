package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// attemptWithin bounds one attempt at making or reading a stream.
const attemptWithin = 5 * time.Second

// patiently repeats fn while a cluster is still finding its peers or electing its leaders, until ctx ends. The error
// names what could not be had, and the last reason.
func (j *JetStream) patiently(ctx context.Context, what string, fn func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		tctx, cancel := context.WithTimeout(ctx, attemptWithin)
		err := fn(tctx)
		cancel()
		if err == nil {
			return nil
		}
		if !unsettled(err) || ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if attempt == 3 {
			j.log.Warn().Err(err).Msgf("%s cannot be had yet; waiting for the NATS cluster", what)
		}
		if pause(ctx, attempt) != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

const (
	// askWithin bounds one attempt at reading: an answer that a change of leader has swallowed never comes, and the client
	// would wait for it as long as the context allows.
	askWithin = 2 * time.Second
	// askAttempts is how often a question is put before its failure is told.
	askAttempts = 10
)

// ask repeats a question that changes nothing while its answer is lost or nobody leads.
func ask(ctx context.Context, fn func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		tctx, cancel := context.WithTimeout(ctx, askWithin)
		err := fn(tctx)
		cancel()
		if err == nil || !unsettled(err) || ctx.Err() != nil || attempt == askAttempts-1 {
			return err
		}
		if pause(ctx, attempt) != nil {
			return err
		}
	}
}

// codeNoPeers is what a cluster answers until it has met enough of its members.
const codeNoPeers = 10005

// unsettled tells whether an error may go away by itself: nobody leads yet, or the answer was lost.
func unsettled(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		noRoom := errors.Is(appendError(err), ErrFull)
		return !noRoom && (api.Code == http.StatusServiceUnavailable || api.ErrorCode == codeNoPeers) &&
			!errors.Is(err, jetstream.ErrJetStreamNotEnabled) && !errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
	}
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}
