package stream_test

import (
	"errors"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

// Samples that wait for more than half the time they are kept would take newer ones with them: senders are told to wait.
func TestSamplesThatWaitTooLongHoldUpNewOnes(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 1, SamplesAge: time.Hour})
	input := streamtest.Input(20, 51)
	streamtest.Feed(t, js, input)
	subject := schema.PartitionSubject(schema.KindSamples, "t0", 0)
	add := func() error { return js.Samples().Append(t.Context(), 0, subject, []byte("more")) }
	js.MeasureWaiting(t.Context(), time.Now().Add(29*time.Minute))
	if err := add(); err != nil {
		t.Errorf("29 minutes behind of 60: %v", err)
	}
	js.MeasureWaiting(t.Context(), time.Now().Add(31*time.Minute))
	if err := add(); !errors.Is(err, stream.ErrFull) {
		t.Errorf("31 minutes behind of 60: %v, want ErrFull", err)
	}
	if err := js.Samples().AppendControl(t.Context(), 0, subject, []byte("{}")); err != nil {
		t.Errorf("a control record: %v", err)
	}
	streamtest.Run{Broker: js, Owners: 1}.UntilRoot(t, 22)
	js.MeasureWaiting(t.Context(), time.Now().Add(31*time.Minute))
	if err := add(); err != nil {
		t.Errorf("all processed: %v", err)
	}
}

// A server that has given JetStream up, as it does when its disk is full, makes appends fail, and the process knows for how long.
func TestFailingAppendsAreNoticed(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), freePort(t))
	js := openExternal(t, t.Context(), s.ClientURL(), stream.Layout{Partitions: 1, MaxBytes: 64 << 20})
	subject := schema.PartitionSubject(schema.KindSamples, "t0", 0)
	add := func() error { return js.Samples().Append(t.Context(), 0, subject, []byte("more")) }
	if err := add(); err != nil || js.Failing() != 0 {
		t.Fatalf("append: %v, failing for %s", err, js.Failing())
	}
	if err := s.DisableJetStream(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := add(); err == nil {
			t.Fatal("append without JetStream succeeded")
		}
	}
	if js.Failing() == 0 {
		t.Error("nobody noticed")
	}
}
