package stream_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"eddy/stream"
)

// Snapshots come and go every minute for years: what is removed leaves nothing behind, and what an earlier eddy has
// left is removed at the start.
func TestRemovedSnapshotsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := startServer(t, t.TempDir(), freePort(t))
	js := openExternal(t, ctx, s.ClientURL(), stream.Layout{Partitions: 1, MaxBytes: 64 << 20})
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	raw, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	messages := func() uint64 {
		st, err := raw.Stream(ctx, "OBJ_EDDY_SNAPSHOTS")
		if err != nil {
			t.Fatal(err)
		}
		return st.CachedInfo().State.Msgs
	}
	for root := range uint64(20) {
		key := stream.SnapshotKey{Stage: "a", Version: "1", Generation: root % 2, Root: root + 1, Input: 1}
		if err := js.Snapshots().Save(ctx, key, [][]byte{[]byte("one"), []byte("two")}); err != nil {
			t.Fatal(err)
		}
		if err := js.Snapshots().Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
		if err := js.Snapshots().Delete(ctx, key); err != nil {
			t.Errorf("a second Delete: %v", err)
		}
	}
	if n := messages(); n != 0 {
		t.Errorf("%d messages are left of removed snapshots", n)
	}
	store, err := raw.ObjectStore(ctx, "EDDY_SNAPSHOTS")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/0/1/7-7", "a/0/1/7-7/0"} { // as versions before this one removed them
		if _, err := store.PutBytes(ctx, name, []byte("1")); err != nil {
			t.Fatal(err)
		}
		if err := store.Delete(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.Open(ctx, js.Client, stream.Layout{MaxBytes: 64 << 20}, zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	if n := messages(); n != 0 {
		t.Errorf("%d messages are left of snapshots that an earlier version has removed", n)
	}
}
