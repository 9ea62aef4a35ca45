package samples

import (
	"errors"
	"fmt"
	"testing"

	"github.com/golang/snappy"
	"github.com/google/go-cmp/cmp"

	"eddy/cmd/eddy/remotewrite"
	"eddy/schema"
)

func record(tb testing.TB) []byte {
	tb.Helper()
	a := schema.LabelsFromMap(map[string]string{"__name__": "up", "job": "a"})
	b := schema.LabelsFromMap(map[string]string{"__name__": "up", "job": "b"})
	r, err := remotewrite.NewRequest(remotewrite.V1, []schema.Labels{a, b})
	if err != nil {
		tb.Fatal(err)
	}
	r.Set(0, 1790000000000, 1)
	r.Set(1, 1790000001000, -2.5)
	return r.Compress(nil)
}

func read(data []byte) (lines []string, err error) {
	err = Walk(data, func(l schema.Labels, timestamp int64, value float64) error {
		lines = append(lines, fmt.Sprintf("%s %d %v", l, timestamp, value))
		return nil
	})
	return lines, err
}

func TestWalk(t *testing.T) {
	t.Parallel()
	got, err := read(record(t))
	want := []string{`up{job="a"} 1790000000000 1`, `up{job="b"} 1790000001000 -2.5`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got):\n%s", err, diff)
	}
}

func TestWalkStopsAtTheCallersError(t *testing.T) {
	t.Parallel()
	stop, calls := errors.New("enough"), 0
	err := Walk(record(t), func(schema.Labels, int64, float64) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestTruncatedRecordsAreRefused(t *testing.T) {
	t.Parallel()
	whole, err := snappy.Decode(nil, record(t))
	if err != nil {
		t.Fatal(err)
	}
	series := len(whole) / 2 // where the first series ends, both being equally long
	for n := range len(whole) {
		if n == 0 || n == series {
			continue // these are whole requests of fewer series
		}
		if _, err := read(snappy.Encode(nil, whole[:n])); !errors.Is(err, ErrRecord) {
			t.Errorf("the first %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestABombIsRefusedByItsHeader(t *testing.T) {
	t.Parallel()
	if _, err := read([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}); !errors.Is(err, ErrRecord) {
		t.Errorf("got %v", err)
	}
}

func FuzzWalk(f *testing.F) {
	body, err := snappy.Decode(nil, record(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte{1<<3 | 2, 2, 1<<3 | 2, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		lines, err := read(snappy.Encode(nil, body))
		if err != nil && !errors.Is(err, ErrRecord) {
			t.Errorf("%d samples, then an unknown kind of error: %v", len(lines), err)
		}
	})
}

// FuzzRecord gives Walk what a log may hold after anybody has written to it, compression and all.
func FuzzRecord(f *testing.F) {
	f.Add(record(f))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		lines, err := read(record)
		if err != nil && !errors.Is(err, ErrRecord) {
			t.Errorf("%d samples, then an unknown kind of error: %v", len(lines), err)
		}
		again, err2 := read(record)
		if diff := cmp.Diff(lines, again); diff != "" || (err == nil) != (err2 == nil) {
			t.Errorf("read twice, %v then %v:\n%s", err, err2, diff)
		}
	})
}
