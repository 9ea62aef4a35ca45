package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
)

// Tenant owns the demonstration's series.
const Tenant = "demo"

// lanes send the history side by side; each has its own series, so the order of every series is kept.
const lanes = 4

// Player sends a fleet to a receiver.
type Player struct {
	URL    string
	Speed  float64 // seconds of the story per second
	Client *http.Client
}

// Begin is the event time of second 0 so that the story ends at the present: faster than life, it begins in the past.
func (p *Player) Begin(now time.Time) time.Time {
	length := time.Duration(End) * time.Second
	return now.Add(time.Duration(float64(length)/p.Speed) - length).Truncate(time.Second)
}

// History sends the seconds before the story as fast as the receiver takes them.
func (p *Player) History(ctx context.Context, f *Fleet, begin time.Time) error {
	group, ctx := errgroup.WithContext(ctx)
	for lane := range lanes {
		group.Go(func() error {
			for t := -History; t < 0; t++ {
				if err := p.send(ctx, f, begin, t, lane, lanes); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// Live sends the story second by second and calls chapter before each second.
func (p *Player) Live(ctx context.Context, f *Fleet, begin time.Time, chapter func(t int)) error {
	start := time.Now()
	for t := range End {
		due := start.Add(time.Duration(float64(t) / p.Speed * float64(time.Second)))
		timer := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		chapter(t)
		if err := p.send(ctx, f, begin, t, 0, 1); err != nil {
			return err
		}
	}
	return nil
}

// send posts one second of the series of one lane.
func (p *Player) send(ctx context.Context, f *Fleet, begin time.Time, t, lane, of int) error {
	var labels []schema.Labels
	var values []float64
	for _, s := range f.Samples(t) {
		if s.Series%of == lane {
			labels = append(labels, f.Series[s.Series].Labels)
			values = append(values, s.Value)
		}
	}
	request, err := remotewrite.NewRequest(remotewrite.V1, labels)
	if err != nil {
		return err
	}
	at := begin.Add(time.Duration(t) * time.Second).UnixMilli()
	for i, v := range values {
		request.Set(i, at, v)
	}
	sender := remotewrite.Sender{URL: p.URL, Tenant: Tenant, Protocol: remotewrite.V1, Client: p.Client}
	answer, _ := sender.Persist(ctx, request.Compress(nil))
	if err := ctx.Err(); err != nil {
		return err
	}
	if !answer.OK() {
		return fmt.Errorf("second %d of the story was refused: %w", t, errors.New(answer.String()))
	}
	return nil
}
