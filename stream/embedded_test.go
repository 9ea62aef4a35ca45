package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

func TestASecondServerOnADirectoryIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openEmbedded(t, dir, stream.Layout{Partitions: 1})
	_, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: dir, Log: zerolog.Nop()})
	if err == nil || !strings.Contains(err.Error(), "in use by another eddy") {
		t.Errorf("second server: %v", err)
	}
}

func TestPartitionsAreFixedAtCreation(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 3})
	_, err := stream.Open(t.Context(), js.Client, stream.Layout{Partitions: 4}, zerolog.Nop())
	if !errors.Is(err, stream.ErrPartitions) || !strings.Contains(err.Error(), "these have 3, the configuration says 4") {
		t.Errorf("Open with 4 partitions: %v", err)
	}
	again, err := stream.Open(t.Context(), js.Client, stream.Layout{}, zerolog.Nop())
	if err != nil || again.Layout().Partitions != 3 {
		t.Errorf("Open with what is there: %d partitions, %v", again.Layout().Partitions, err)
	}
}

// A derived stream is written asynchronously; this is what a power cut may do to it. Its sequences are then given to
// other messages, and the reader must neither miss nor repeat a record.
func TestALostDerivedTailIsDerivedAgain(t *testing.T) {
	t.Parallel()
	for keep := range 12 {
		broker := streamtest.NewMemory()
		input := streamtest.Input(120, 5)
		streamtest.Feed(t, broker, input[:60])
		run := streamtest.Run{Broker: broker, Owners: 1, Config: stream.Config{GroupBytes: 40 + 30*keep, SnapshotEvery: time.Millisecond}}
		run.Until(t, streamtest.Expect(input[:60]))
		broker.Truncate(schema.PartitionStream(schema.KindFeatures, 0), 3+keep)
		streamtest.Feed(t, broker, input[60:])
		run.Config.GroupBytes = 300 - 20*keep
		run.Until(t, streamtest.Expect(input))
	}
}

// Acknowledged samples that vanish are not passed over in silence: their sequences would be given to other samples.
func TestALostSamplesTailStopsTheStage(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	input := streamtest.Input(30, 5)
	streamtest.Feed(t, broker, input)
	streamtest.Run{Broker: broker, Owners: 1}.Until(t, streamtest.Expect(input))
	broker.Truncate(schema.PartitionStream(schema.KindSamples, 0), 20)
	err := stream.NewRunner(broker, streamtest.ChainStage(), 0, "x", stream.Config{}, nil, zerolog.Nop()).Run(t.Context())
	if !errors.Is(err, stream.ErrLostInput) {
		t.Errorf("Run: %v, want ErrLostInput", err)
	}
	if err := stream.CheckSamples(t.Context(), broker, 1, streamtest.ChainStage()); !errors.Is(err, stream.ErrLostInput) {
		t.Errorf("CheckSamples: %v, want ErrLostInput", err)
	}
	// The remedy it names: the derived stream is removed, and everything in it derived anew.
	broker.Truncate(schema.PartitionStream(schema.KindFeatures, 0), 0)
	if err := stream.CheckSamples(t.Context(), broker, 1, streamtest.ChainStage()); err != nil {
		t.Errorf("CheckSamples after the remedy: %v", err)
	}
	more := streamtest.Input(60, 6)
	streamtest.Feed(t, broker, more[20:])
	whole := append(input[:20:20], more[20:]...)
	want := streamtest.Expect(whole)
	want.Events = append(streamtest.Expect(input).Events, streamtest.ExpectFrom(whole, 0, 30).Events...)
	streamtest.Run{Broker: broker, Owners: 1}.Until(t, want)
}

// The engine moves a partition to another process when its owner leaves.
func TestALeaseMovesWhenItsOwnerLeaves(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	input := streamtest.Input(100, 3)
	engine := func(ctx context.Context, owner string) (stop func()) {
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		e := &stream.Engine{Broker: broker, Partitions: 1, Owner: owner, Config: stream.Config{LeaseTTL: 200 * time.Millisecond}, Log: zerolog.Nop()}
		go func() { done <- e.Run(ctx, streamtest.ChainStage(), streamtest.EventsStage()) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("engine %s: %v", owner, err)
			}
		}
	}
	for i := range 4 { // each engine gets a quarter of the input, with its successor already waiting for the lease
		streamtest.Feed(t, broker, input[i*25:(i+1)*25])
		stop := engine(t.Context(), fmt.Sprint("owner", i))
		successor := engine(t.Context(), fmt.Sprint("successor", i))
		streamtest.Run{Broker: broker}.Until(t, streamtest.Expect(input[:(i+1)*25]))
		stop()
		successor()
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 1})
	samples := js.Samples()
	subject := schema.PartitionSubject(schema.KindSamples, "a", 0)
	for i := range 5 {
		if err := samples.Append(t.Context(), 0, subject, fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	follow := func(from stream.Start) (got string) {
		err := js.Follow(t.Context(), schema.PartitionStream(schema.KindSamples, 0), []string{"eddy.samples.a.>"}, from,
			func(m stream.Message) error { got += string(m.Data); return nil })
		if err != nil {
			t.Error(err)
		}
		return got
	}
	if got := follow(stream.Start{UntilNow: true}); got != "01234" {
		t.Errorf("from the beginning: %q", got)
	}
	if got := follow(stream.Start{Sequence: 4, UntilNow: true}); got != "34" {
		t.Errorf("from sequence 4: %q", got)
	}
	if got := follow(stream.Start{Sequence: 9, UntilNow: true}); got != "" {
		t.Errorf("from beyond the end: %q", got)
	}
	added := 0
	err := js.Follow(t.Context(), schema.PartitionStream(schema.KindSamples, 0), nil, stream.Start{UntilNow: true}, func(stream.Message) error {
		added++ // a stream that grows as fast as it is read
		return samples.Append(t.Context(), 0, subject, []byte("more"))
	})
	if err != nil || added != 5 {
		t.Errorf("until now on a busy stream: %d messages, %v", added, err)
	}
	added = 0
	err = js.Follow(t.Context(), schema.PartitionStream(schema.KindSamples, 0), []string{"eddy.samples.a.>"}, stream.Start{UntilNow: true}, func(stream.Message) error {
		if added++; added == 1 {
			return samples.Append(t.Context(), 0, schema.PartitionSubject(schema.KindSamples, "b", 0), nil)
		}
		return nil
	})
	if err != nil || added != 10 {
		t.Errorf("until now with another tenant behind: %d messages, %v", added, err)
	}
	if err := js.Follow(t.Context(), "NONE", nil, stream.Start{}, nil); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("unknown stream: %v", err)
	}
}

// A full log refuses and says so; nothing of what it holds is dropped for newcomers.
func TestAFullSamplesLogRefuses(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 1, MaxBytes: 2 << 20})
	subject := schema.PartitionSubject(schema.KindSamples, "a", 0)
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		err = js.Samples().Append(t.Context(), 0, subject, make([]byte, 100<<10))
	}
	if !errors.Is(err, stream.ErrFull) {
		t.Errorf("append to a full log: %v, want ErrFull", err)
	}
}
