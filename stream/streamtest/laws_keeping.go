package streamtest

import (
	"errors"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stream"
)

// keepingLaws: logs are freed, states are lost, strangers write into them, and the outputs stay what they are.
func keepingLaws(t *testing.T, open func(t *testing.T) stream.Broker) {
	often := stream.Config{GroupBytes: 64, SnapshotEvery: time.Millisecond}
	t.Run("a janitor at every moment", func(t *testing.T) {
		broker := open(t)
		input := Input(200, 21)
		run := Run{Broker: broker, Owners: 1, Config: often, Janitor: true, Seed: 21, Faults: Faults{Crash: 30, CrashAt: 30, LostAck: 30}}
		for n := 50; n <= len(input); n += 50 {
			Feed(t, broker, input[n-50:n])
			run.Until(t, Expect(input[:n]))
		}
		if first(t, broker, schema.KindFeatures) == 1 {
			t.Error("the janitor freed nothing: nothing was tested")
		}
	})
	t.Run("the version changes", func(t *testing.T) {
		broker := open(t)
		input := Input(180, 22)
		Feed(t, broker, input[:60])
		Run{Broker: broker, Owners: 1, Config: often, Janitor: true}.Until(t, Expect(input[:60]))
		Feed(t, broker, input[60:120])
		Run{Broker: broker, Owners: 2, Config: often, Version: "b"}.Until(t, Expect(input[:120]))
		Feed(t, broker, input[120:])
		Run{Broker: broker, Owners: 1, Config: often, Janitor: true, Version: "b", Faults: Faults{Crash: 30, CrashAt: 30}}.Until(t, Expect(input))
	})
	t.Run("every snapshot is lost", func(t *testing.T) {
		for _, stage := range []string{"chain", "events"} {
			broker := open(t)
			input := Input(120, 23)
			Feed(t, broker, input[:60])
			run := Run{Broker: broker, Owners: 1, Config: often, Janitor: true}
			run.Until(t, Expect(input[:60]))
			forget(t, broker, stage)
			Feed(t, broker, input[60:])
			run.Until(t, Expect(input))
		}
	})
	t.Run("a stranger writes into the logs", func(t *testing.T) {
		broker := open(t)
		input := Input(120, 24)
		Feed(t, broker, input[:60])
		run := Run{Broker: broker, Owners: 1, Config: often}
		run.Until(t, Expect(input[:60]))
		strange(t, broker, stream.Header{})
		Feed(t, broker, input[60:90])
		run.Until(t, Expect(input[:90]))
		strange(t, broker, stream.Header{stream.HeaderEpoch: {"many"}})
		strange(t, broker, stream.Header{})
		Feed(t, broker, input[90:])
		run.Owners = 2
		run.Until(t, Expect(input))
	})
}

// first is the sequence of the first message left in a log of partition 0.
func first(t *testing.T, broker stream.Broker, kind schema.Kind) uint64 {
	t.Helper()
	log, err := broker.Log(t.Context(), stream.LogSpec{Stream: schema.PartitionStream(kind, 0)})
	must(t, err)
	st, err := log.State(t.Context())
	must(t, err)
	return st.First
}

// forget deletes the snapshots of a stage.
func forget(t *testing.T, broker stream.Broker, stage string) {
	t.Helper()
	keys, err := broker.Snapshots().List(t.Context(), stage, 0)
	must(t, err)
	if len(keys) == 0 {
		t.Errorf("stage %s left no snapshot", stage)
	}
	for _, key := range keys {
		must(t, broker.Snapshots().Delete(t.Context(), key))
	}
}

// strange publishes to both output logs what the engine did not write, as anybody can who may publish there.
func strange(t *testing.T, broker stream.Broker, header stream.Header) {
	t.Helper()
	for name, subject := range map[string]string{
		schema.PartitionStream(schema.KindFeatures, 0): schema.PartitionSubject(schema.KindFeatures, "t0", 0),
		schema.AnomalyStream:                           schema.AnomalySubject("t0", schema.SeverityInfo, 0),
	} {
		log, err := broker.Log(t.Context(), stream.LogSpec{Stream: name})
		must(t, err)
		for err = stream.ErrConflict; errors.Is(err, stream.ErrConflict); {
			var last stream.Message
			last, err = log.Last(t.Context())
			must(t, err)
			_, err = log.Append(t.Context(), stream.Message{Subject: subject, Header: header, Data: []byte("boo")}, last.Sequence)
		}
		must(t, err)
	}
}
