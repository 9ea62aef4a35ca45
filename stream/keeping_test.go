package stream_test

import (
	"testing"
	"time"

	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

// The samples a state was built from have expired and every snapshot is lost: the partition begins anew with what is
// left, and says again nothing that it has said before.
func TestALostStateIsBuiltAgainFromWhatIsLeft(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	input := streamtest.Input(120, 31)
	streamtest.Feed(t, broker, input[:60])
	run := streamtest.Run{Broker: broker, Owners: 1, Janitor: true, Config: stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}}
	want := streamtest.Expect(input[:60])
	run.Until(t, want)
	broker.Expire(schema.PartitionStream(schema.KindSamples, 0), 31)
	broker.Forget()
	streamtest.Feed(t, broker, input[60:])
	want.Events = append(want.Events, streamtest.ExpectFrom(input, 30, 60).Events...)
	run.Until(t, want)
}

// A derived log is filled to the brim while its reader has nothing new to save. It is freed, and the writer goes on.
func TestALogThatWasFullOnceGoesOn(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	broker.Limit(schema.PartitionStream(schema.KindFeatures, 0), 2500)
	input := streamtest.Input(300, 32)
	streamtest.Feed(t, broker, input)
	streamtest.Run{Broker: broker, Owners: 1, Janitor: true, Config: stream.Config{GroupBytes: 64, SnapshotEvery: 20 * time.Millisecond}}.
		Until(t, streamtest.Expect(input))
}

// The position of a quiet partition has left the shared log, by age or to make room.
func TestAForgottenPositionIsNoNewBeginning(t *testing.T) {
	t.Parallel()
	config := stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}
	t.Run("while nobody runs it", func(t *testing.T) {
		t.Parallel()
		broker := streamtest.NewMemory()
		input := streamtest.Input(120, 33)
		streamtest.Feed(t, broker, input[:60])
		run := streamtest.Run{Broker: broker, Owners: 1, Config: config}
		run.Until(t, streamtest.Expect(input[:60]))
		broker.Expire(schema.AnomalyStream, 1<<20)
		streamtest.Feed(t, broker, input[60:])
		want := streamtest.Expect(input)
		want.Events = streamtest.ExpectFrom(input, 0, 60).Events
		run.Until(t, want)
	})
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		broker := streamtest.NewMemory()
		input := streamtest.Input(120, 34)
		streamtest.Feed(t, broker, input[:60])
		run := streamtest.Run{Broker: broker, Owners: 1, Config: stream.Config{GroupBytes: 64, SnapshotEvery: time.Minute}}
		run.Meanwhile = func() { // the owners run
			streamtest.Await(t, broker, streamtest.Expect(input[:60]))
			broker.Expire(schema.AnomalyStream, 1<<20)
			streamtest.Feed(t, broker, input[60:])
		}
		want := streamtest.Expect(input)
		want.Events = streamtest.ExpectFrom(input, 0, 60).Events
		run.Until(t, want)
	})
}

// A derived tail is lost under a reader that goes on running, and is derived again in larger groups: what the reader
// has not seen is then in messages with sequences that it has.
func TestALostDerivedTailUnderALiveReader(t *testing.T) {
	t.Parallel()
	for keep := range 8 {
		broker := streamtest.NewMemory()
		features := schema.PartitionStream(schema.KindFeatures, 0)
		input := streamtest.Input(120, 35)
		run := streamtest.Run{Broker: broker, Owners: 1}
		run.Meanwhile = func() {
			log, err := broker.Log(t.Context(), stream.LogSpec{Stream: features})
			if err != nil {
				t.Fatal(err)
			}
			cursor, err := log.Open(t.Context(), 2) // behind the claim
			if err != nil {
				t.Fatal(err)
			}
			for i := range 60 { // one record a group
				streamtest.Feed(t, broker, input[i:i+1])
				if i%5 == 4 {
					continue // the stage says nothing to every fifth
				}
				if _, err := cursor.Next(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			streamtest.Await(t, broker, streamtest.Expect(input[:60]))
			broker.Truncate(features, 10+5*keep)
			streamtest.Feed(t, broker, input[60:])
		}
		run.Until(t, streamtest.Expect(input))
	}
}

// A message with the engine's stamp that holds no batch is buried and skipped; the partition goes on.
func TestADamagedBatchIsSkipped(t *testing.T) {
	t.Parallel()
	broker := streamtest.NewMemory()
	log, err := broker.Log(t.Context(), stream.LogSpec{Stream: schema.PartitionStream(schema.KindFeatures, 0)})
	if err != nil {
		t.Fatal(err)
	}
	stamp := func(root string) stream.Header {
		return stream.Header{stream.HeaderEpoch: {"1"}, stream.HeaderOwner: {"x"}, stream.HeaderRoot: {root}}
	}
	subject := schema.PartitionSubject(schema.KindFeatures, "a", 0)
	damaged := append(schema.AppendEntry(nil, schema.Entry{Root: 1, Payload: []byte("one")}), "damaged"...)
	whole := schema.AppendEntry(nil, schema.Entry{Root: 3, Payload: []byte("three")})
	for i, data := range [][]byte{damaged, whole} {
		if _, err := log.Append(t.Context(), stream.Message{Subject: subject, Header: stamp([]string{"2", "3"}[i]), Data: data}, uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	stage := streamtest.EventsStage()
	done := make(chan struct{})
	stage.New = func(int) stream.Processor {
		return seen(func(root uint64) { // the record behind the damage
			if root == 3 {
				close(done)
			}
		})
	}
	go func() { _ = stream.NewRunner(broker, stage, 0, "x", stream.Config{}, nil, zerolog.Nop()).Run(ctx) }()
	<-done
	if dead := broker.Dead(); len(dead) != 1 || dead[0] != "a/events-0-2" {
		t.Errorf("buried: %v", dead)
	}
}

// seen is a processor that tells what it is given.
type seen func(root uint64)

func (s seen) Process(rec *stream.Record, _ *stream.Output) error {
	s(rec.Root)
	return nil
}
