package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"eddy/cmd/eddy/demo"
	"eddy/cmd/eddy/remotewrite"
	"eddy/cmd/eddy/tail"
	"eddy/cmd/eddy/term"
	"eddy/schema"
	"eddy/stream"
)

type demoCmd struct {
	natsFlags `embed:""`
	URL       string  `default:"http://127.0.0.1:7420/api/v1/write" help:"Remote-write endpoint of eddy."`
	Speed     float64 `default:"4" help:"Seconds of the story per second; the story takes almost nine minutes at 1."`
	Seed      uint64  `default:"1" help:"Seed of the fleet: the same seed sends the same values."`
}

// Help shows an example below the usage.
func (demoCmd) Help() string {
	return "Sends sixty series of a small shop as tenant \"demo\": first half an hour of normal life, then a story in which\n" +
		"things go wrong, and prints what eddy reports beside what was injected. Needs a running `eddy run`.\n\nExample:\n  eddy demo --speed 10"
}

// demoPatience is how long after the story the last events are waited for.
const demoPatience = 3 * time.Second

// Run tells the story and judges what came back.
func (c demoCmd) Run(ctx context.Context, io stdio) error {
	if c.Speed < 1 || c.Speed > 1000 {
		return fmt.Errorf("--speed %v: must be 1 to 1000", c.Speed)
	}
	client, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	player := demo.Player{URL: c.URL, Speed: c.Speed, Client: remotewrite.NewClient(4)}
	fleet, story := demo.NewFleet(c.Seed), demo.Story()

	fmt.Fprintf(io.out, "Sending %d s of normal life of %d series to %s …\n", demo.History, len(fleet.Series), c.URL)
	sent := time.Now()
	begin := player.Begin(sent.Add(historyTakes))
	if err := player.History(ctx, fleet, begin); err != nil {
		return err
	}
	fmt.Fprintf(io.out, "… done in %.1f s. The story begins: %d s at %v times the speed of life.\n\n",
		time.Since(sent).Seconds(), demo.End, c.Speed)

	audience := newAudience(io, begin, story)
	listen, stop := context.WithCancel(ctx)
	defer stop()
	heard := make(chan error, 1)
	go func() {
		heard <- client.Follow(listen, schema.AnomalyStream, anomalyFilters(demo.Tenant, ""), stream.Start{Time: sent},
			func(m stream.Message) error { audience.hear(m.Data); return nil })
	}()
	err = player.Live(ctx, fleet, begin, func(t int) { audience.chapter(begin, t) })
	if err == nil {
		pause(ctx, demoPatience)
	}
	stop()
	if followed := <-heard; err == nil {
		err = followed
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	fmt.Fprintf(io.out, "\n%s\n", audience.summary())
	return nil
}

// historyTakes is set aside for sending the history, so that the story does not begin in the future of a slow machine
// nor end long before the present on a fast one.
const historyTakes = 5 * time.Second

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// audience watches both sides of the story: what is injected and what is reported.
type audience struct {
	screen *demo.Screen
	story  []demo.Fault

	mu    sync.Mutex
	judge *demo.Judge
}

func newAudience(io stdio, begin time.Time, story []demo.Fault) *audience {
	a := &audience{
		screen: &demo.Screen{Out: io.out, Style: term.Style{Colour: io.out == os.Stdout && term.Colours(os.Stdout)}, Location: time.Local},
		story:  story,
		judge:  demo.NewJudge(begin, story),
	}
	a.screen.Title()
	return a
}

// hear takes an event as published; those of the history are not shown.
func (a *audience) hear(data []byte) {
	event, err := tail.Parse(data)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	verdict := a.judge.Add(event)
	if a.judge.Shows(event) {
		a.screen.Event(event, verdict)
	}
}

// chapter shows which faults begin or end in second t.
func (a *audience) chapter(begin time.Time, t int) {
	at := begin.Add(time.Duration(t) * time.Second)
	for _, f := range a.story {
		switch t {
		case f.From:
			a.screen.Injected(at, f)
		case f.Until:
			a.screen.Over(at, f)
		}
	}
}

func (a *audience) summary() demo.Summary {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.judge.Summary()
}
