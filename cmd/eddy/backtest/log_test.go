package backtest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
	"eddy/stream"
)

// shelf is a samples log in memory.
type shelf struct{ messages []stream.Message }

func (s *shelf) follow(_ context.Context, _ string, _ []string, from stream.Start, fn func(stream.Message) error) error {
	for _, m := range s.messages {
		if m.Time.Before(from.Time) {
			continue
		}
		if err := fn(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) add(arrived time.Time, control *schema.Control, samples ...time.Time) {
	m := stream.Message{Subject: "eddy.samples.shop.0", Sequence: uint64(len(s.messages) + 1), Time: arrived}
	if control != nil {
		m.Header, m.Data = stream.Header{stream.HeaderKind: {stream.KindControl}}, control.Encode()
		s.messages = append(s.messages, m)
		return
	}
	var labels []schema.Labels
	for i := range samples {
		labels = append(labels, schema.LabelsFromMap(map[string]string{"__name__": "up", "job": string(rune('a' + i))}))
	}
	request, err := remotewrite.NewRequest(remotewrite.V1, labels)
	if err != nil {
		panic(err)
	}
	for i, at := range samples {
		request.Set(i, at.UnixMilli(), 1)
	}
	m.Data = request.Compress(nil)
	s.messages = append(s.messages, m)
}

func TestTheLogGivesWhatATimeNeeds(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	var s shelf
	s.add(at(-300), nil, at(-300))
	s.add(at(-20), nil, at(-20))
	s.add(at(-15), &schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{}})
	s.add(at(0), &schema.Control{Type: schema.ControlTick, Time: at(0).UnixMilli()})
	s.add(at(55), nil, at(64))         // ahead of its arrival
	s.add(at(61), nil, at(61), at(59)) // one of two is in time
	s.add(at(70), nil, at(70))
	s.add(at(71), &schema.Control{Type: schema.ControlTick, Time: at(71).UnixMilli()})
	s.add(at(500), nil, at(30)) // late, but of the time asked about
	f := func(l Log, want ...uint64) {
		t.Helper()
		l.Follow, l.Tenant = s.follow, "shop"
		var got []uint64
		if err := l.Feeds(1)[0].Read(t.Context(), func(r *stream.Record) error { got = append(got, r.Root); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("from %s to %s (-want +got):\n%s", l.From, l.To, diff)
		}
	}
	f(Log{}, 1, 2, 4, 5, 6, 7, 8, 9)
	f(Log{To: at(60)}, 1, 2, 4, 6, 9)
	f(Log{From: at(0), To: at(60)}, 1, 2, 4, 6, 9)
	f(Log{From: at(0), To: at(60), Learn: 15 * time.Minute}, 2, 4, 6, 9)
}

func TestASecondReadingEndsWhereTheFirstDid(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add(time.Unix(1e9, 0), nil, time.Unix(1e9, 0))
	feed := (&Log{Follow: s.follow, Tenant: "shop"}).Feeds(1)[0]
	for range 2 {
		n := 0
		if err := feed.Read(t.Context(), func(*stream.Record) error { n++; return nil }); err != nil || n != 1 {
			t.Fatalf("%d records, %v", n, err)
		}
		s.add(time.Unix(2e9, 0), nil, time.Unix(2e9, 0))
	}
}
