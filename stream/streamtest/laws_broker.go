package streamtest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
	"eddy/stream"
)

// logLaws: order, fences and what the errors mean.
func logLaws(t *testing.T, open func(t *testing.T) stream.Broker) {
	hotSpec := stream.LogSpec{Stream: schema.PartitionStream(schema.KindFeatures, 0)}
	subject := schema.PartitionSubject(schema.KindFeatures, "a", 0)
	message := func(data string) stream.Message {
		return stream.Message{Subject: subject, Data: []byte(data), Header: stream.Header{"X": {"y"}}}
	}
	t.Run("an append behind the last message works, any other conflicts and stores nothing", func(t *testing.T) {
		ctx := t.Context()
		log, err := open(t).Log(ctx, hotSpec)
		must(t, err)
		if _, err := log.Last(ctx); !errors.Is(err, stream.ErrNotFound) {
			t.Errorf("Last of an empty log: %v, want ErrNotFound", err)
		}
		first, err := log.Append(ctx, message("one"), 0)
		must(t, err)
		for _, wrong := range []uint64{0, first + 1} {
			if _, err := log.Append(ctx, message("no"), wrong); !errors.Is(err, stream.ErrConflict) {
				t.Errorf("append behind %d: %v, want ErrConflict", wrong, err)
			}
		}
		second, err := log.Append(ctx, message("two"), first)
		must(t, err)
		last, err := log.Last(ctx)
		must(t, err)
		if last.Sequence != second || string(last.Data) != "two" || last.Header.Get("X") != "y" || last.Subject != subject {
			t.Errorf("Last = %+v", last)
		}
		got, err := log.Get(ctx, first)
		must(t, err)
		if string(got.Data) != "one" {
			t.Errorf("Get(%d) = %q", first, got.Data)
		}
		if _, err := log.Get(ctx, second+1); !errors.Is(err, stream.ErrNotFound) {
			t.Errorf("Get beyond the end: %v, want ErrNotFound", err)
		}
	})
	t.Run("a cursor reads in order from where it was opened and waits for more", func(t *testing.T) {
		ctx := t.Context()
		log, err := open(t).Log(ctx, hotSpec)
		must(t, err)
		var last uint64
		add := func(data string) { last, err = log.Append(ctx, message(data), last); must(t, err) }
		add("one")
		add("two")
		cursor, err := log.Open(ctx, 2)
		must(t, err)
		defer cursor.Close()
		go func() { _, _ = log.Append(ctx, message("three"), 2) }()
		var got []string
		for range 2 {
			m, err := cursor.Next(ctx)
			must(t, err)
			got = append(got, string(m.Data))
		}
		if diff := cmp.Diff([]string{"two", "three"}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("scopes of one stream fence each other not, claims and events of one scope do", func(t *testing.T) {
		ctx := t.Context()
		broker := open(t)
		scoped := func(p int) stream.Log {
			l, err := broker.Log(ctx, stream.LogSpec{Stream: schema.AnomalyStream, Scope: schema.AnomalyScope(p)})
			must(t, err)
			return l
		}
		zero, one := scoped(0), scoped(1)
		claim, err := zero.Append(ctx, stream.Message{Subject: schema.AnomalyClaimSubject(0), Header: stream.Header{}}, 0)
		must(t, err)
		_, err = one.Append(ctx, stream.Message{Subject: schema.AnomalySubject("a", schema.SeverityInfo, 1)}, 0)
		must(t, err)
		event := stream.Message{Subject: schema.AnomalySubject("a", schema.SeverityInfo, 0), Data: []byte("e")}
		if _, err := zero.Append(ctx, event, 0); !errors.Is(err, stream.ErrConflict) {
			t.Errorf("event past a claim: %v, want ErrConflict", err)
		}
		_, err = zero.Append(ctx, event, claim)
		must(t, err)
		last, err := zero.Last(ctx)
		must(t, err)
		if last.Subject != event.Subject {
			t.Errorf("Last in scope = %s", last.Subject)
		}
	})
}

// snapshotLaws: what was saved is listed newest first and comes back whole.
func snapshotLaws(t *testing.T, broker stream.Broker) {
	ctx, s := t.Context(), broker.Snapshots()
	key := func(stage string, p int, root uint64) stream.SnapshotKey {
		return stream.SnapshotKey{Stage: stage, Partition: p, Version: "1", Root: root, Input: root * 2}
	}
	if keys, err := s.List(ctx, "a", 0); err != nil || len(keys) != 0 {
		t.Fatalf("List of nothing = %v, %v", keys, err)
	}
	big := make([]byte, 3<<20)
	for i := range big {
		big[i] = byte(i * 7)
	}
	must(t, s.Save(ctx, key("a", 0, 9), [][]byte{[]byte("nine")}))
	must(t, s.Save(ctx, key("a", 0, 100), [][]byte{big[: 1<<20 : 1<<20], big[1<<20:]}))
	must(t, s.Save(ctx, key("a", 1, 5), [][]byte{[]byte("other partition")}))
	must(t, s.Save(ctx, key("b", 0, 5), [][]byte{[]byte("other stage")}))
	keys, err := s.List(ctx, "a", 0)
	must(t, err)
	if diff := cmp.Diff([]stream.SnapshotKey{key("a", 0, 100), key("a", 0, 9)}, keys); diff != "" {
		t.Error(diff)
	}
	got, err := s.Load(ctx, key("a", 0, 100))
	must(t, err)
	if !cmp.Equal(got, big) {
		t.Error("a large snapshot came back changed")
	}
	must(t, s.Delete(ctx, key("a", 0, 100)))
	if keys, err = s.List(ctx, "a", 0); err != nil || len(keys) != 1 {
		t.Errorf("after Delete: %v, %v", keys, err)
	}
	if _, err := s.Load(ctx, key("a", 0, 100)); err == nil {
		t.Error("Load of a deleted snapshot succeeded")
	}
}

// leaseLaws: one holder at a time; a lease that is not renewed becomes free; a lost one cannot be renewed.
func leaseLaws(t *testing.T, broker stream.Broker) {
	ctx, leases := t.Context(), broker.Leases()
	const ttl = 2 * time.Second
	first, err := leases.Acquire(ctx, "x.0", "me", ttl)
	must(t, err)
	if _, err := leases.Acquire(ctx, "x.0", "you", ttl); !errors.Is(err, stream.ErrHeld) {
		t.Errorf("second Acquire: %v, want ErrHeld", err)
	}
	other, err := leases.Acquire(ctx, "x.1", "you", ttl)
	must(t, err)
	must(t, first.Renew(ctx))
	must(t, first.Renew(ctx))
	must(t, first.Release(ctx))
	must(t, first.Release(ctx))
	second, err := leases.Acquire(ctx, "x.0", "you", ttl)
	must(t, err)
	if err := first.Renew(ctx); !errors.Is(err, stream.ErrHeld) {
		t.Errorf("Renew of a lost lease: %v, want ErrHeld", err)
	}
	must(t, second.Renew(ctx))
	// x.1 is not renewed: keep trying until its time to live has passed.
	for deadline := time.Now().Add(10 * ttl); ; {
		if _, err = leases.Acquire(ctx, "x.1", "me", ttl); err == nil || time.Now().After(deadline) {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	must(t, err)
	if err := other.Renew(ctx); !errors.Is(err, stream.ErrHeld) {
		t.Errorf("Renew of an expired lease: %v, want ErrHeld", err)
	}
}
