package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"eddy/stream"
	"eddy/stream/streamtest"
)

// The second stage hears nothing of the fifth record, as the first has nothing to say of it. It learns from the mark
// behind it that it has missed nothing, and saves its state as that of the fifth record, too.
func TestAStageThatIsToldNothingStillComesForward(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	input := streamtest.Input(5, 1)
	streamtest.Feed(t, broker, input)
	streamtest.Run{Broker: broker, Owners: 1}.Until(t, streamtest.Expect(input))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stage := streamtest.EventsStage()
	done := make(chan error, 1)
	go func() {
		done <- stream.NewRunner(broker, stage, 0, "o", stream.Config{SnapshotEvery: time.Millisecond}, nil, zerolog.Nop()).Run(ctx)
	}()
	for root := uint64(0); root != 5 && ctx.Err() == nil; {
		keys, err := broker.Snapshots().List(ctx, stage.Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) > 0 {
			root = keys[0].Root
		}
	}
	if ctx.Err() != nil {
		t.Error("the second stage has not come as far as the first")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
