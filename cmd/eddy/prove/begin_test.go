package prove

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
	"eddy/stages/replay"
	"eddy/stream"
)

// shelf is a server with saved states, newest first, by stage. Those in spoiled cannot be read.
type shelf struct {
	keys    map[string][]stream.SnapshotKey
	spoiled map[stream.SnapshotKey]bool
}

func (s shelf) SavedStates(_ context.Context, stage string, _ int) ([]stream.SnapshotKey, error) {
	return append([]stream.SnapshotKey(nil), s.keys[stage]...), nil
}

func (s shelf) LoadState(_ context.Context, k stream.SnapshotKey) ([]byte, error) {
	if s.spoiled[k] {
		return nil, errors.New("spoiled")
	}
	return fmt.Append(nil, k.Root), nil
}

func key(stage string, root uint64) stream.SnapshotKey {
	return stream.SnapshotKey{Stage: stage, Version: "1", Root: root}
}

func twoStages() shelf {
	s := shelf{keys: map[string][]stream.SnapshotKey{}, spoiled: map[stream.SnapshotKey]bool{}}
	for _, root := range []uint64{90, 60, 41, 20} {
		s.keys["a"] = append(s.keys["a"], key("a", root))
	}
	for _, root := range []uint64{80, 40, 30} {
		s.keys["b"] = append(s.keys["b"], key("b", root))
	}
	return s
}

// started is where a replay for an event at a record begins: the roots of the states, and the first record.
func started(t *testing.T, s shelf, stages []Stage, event uint64) (roots []uint64, next uint64) {
	t.Helper()
	v := Verifier{Saved: s, Stages: stages, NewChain: func(_ int, states []replay.State) (Chain, error) {
		roots = nil
		for _, state := range states {
			if want := fmt.Sprint(state.Root); string(state.Data) != want {
				t.Errorf("state %s has the bytes of %s", want, state.Data)
			}
			roots = append(roots, state.Root)
		}
		return echo{}, nil
	}}
	b, err := v.begin(t.Context(), 0, event)
	if err != nil {
		t.Fatal(err)
	}
	return roots, b.next
}

func TestReplayBeginsAtTheNewestStatesThatFit(t *testing.T) {
	t.Parallel()
	stages := []Stage{{"a", "1"}, {"b", "1"}}
	f := func(event uint64, spoil []stream.SnapshotKey, wantNext uint64, want ...uint64) {
		t.Helper()
		s := twoStages()
		for _, k := range spoil {
			s.spoiled[k] = true
		}
		roots, next := started(t, s, stages, event)
		if diff := cmp.Diff(want, roots); diff != "" || next != wantNext {
			t.Errorf("event at %d: replay from %d, want %d; states (-want +got):\n%s", event, next, wantNext, diff)
		}
	}
	f(100, nil, 61, 60, 80) // never a state of the first stage beyond that of the second
	f(81, nil, 61, 60, 80)
	f(80, nil, 21, 20, 40) // the event's own record must still be to come
	f(42, nil, 21, 20, 40)
	f(31, nil, 21, 20, 30)
	f(30, nil, 1) // no second stage so early: from the first record
	f(100, []stream.SnapshotKey{key("a", 60)}, 42, 41, 80)
	f(100, []stream.SnapshotKey{key("b", 80)}, 21, 20, 40)
	f(100, []stream.SnapshotKey{key("b", 80), key("b", 40), key("b", 30)}, 1)

	roots, next := started(t, twoStages(), []Stage{{"a", "1"}, {"b", "2"}}, 100)
	if roots != nil || next != 1 {
		t.Errorf("states of another version are used: %v, %d", roots, next)
	}
}

// A state that no chain can be made of is passed over; with Whole, all are.
func TestUnusableStatesArePassedOver(t *testing.T) {
	t.Parallel()
	v := Verifier{Saved: twoStages(), Stages: []Stage{{"a", "1"}, {"b", "1"}}}
	v.NewChain = func(_ int, states []replay.State) (Chain, error) {
		if len(states) > 0 && states[1].Root == 80 {
			return nil, errors.New("of another layout")
		}
		return echo{}, nil
	}
	if b, err := v.begin(t.Context(), 0, 100); err != nil || b.next != 21 {
		t.Errorf("from %d, %v", b.next, err)
	}
	v.Whole = true
	if b, err := v.begin(t.Context(), 0, 100); err != nil || b.next != 1 {
		t.Errorf("whole: from %d, %v", b.next, err)
	}
}

// An event is proved although the log's beginning has expired.
func TestProofWithoutTheBeginningOfTheLog(t *testing.T) {
	t.Parallel()
	l := store()
	l["EDDY_SAMPLES_0"] = l["EDDY_SAMPLES_0"][2:] // 3 is the first
	v := verifier(l, echo{})
	v.Saved, v.Stages = shelf{keys: map[string][]stream.SnapshotKey{"a": {key("a", 4), key("a", 2)}}}, []Stage{{"a", "1"}}
	results, err := v.Verify(t.Context(), "a-1")
	if err != nil || len(results) != 1 || !results[0].OK || results[0].From != 3 {
		t.Errorf("%v, %+v", err, results)
	}
	results, err = v.Verify(t.Context(), "a-2")
	if err != nil || len(results) != 1 || !results[0].OK || results[0].From != 5 {
		t.Errorf("%v, %+v", err, results)
	}
	if _, err = v.Verify(t.Context(), "a-0"); !errors.Is(err, ErrGone) {
		t.Errorf("an event whose record has expired: %v", err)
	}
	v.Whole = true
	if _, err = v.Verify(t.Context(), "a-2"); !errors.Is(err, ErrGone) {
		t.Errorf("the whole log: %v", err)
	}
	l[schema.AnomalyStream] = l[schema.AnomalyStream][:0]
	if _, err = v.Verify(t.Context(), "a-2"); !errors.Is(err, ErrUnknown) {
		t.Errorf("no events: %v", err)
	}
}
