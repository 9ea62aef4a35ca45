package features

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

const t0 = stagetest.Epoch

func check(t *testing.T, want, got []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStartTimestamp(t *testing.T) {
	t.Parallel()
	f := func(name string, want []string, samples ...stagetest.Sample) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			check(t, want, rows(t, New(0), record(1, metric("x_total"), samples...)))
		})
	}
	f("the first sample counts from a start not long ago",
		[]string{"10s #0 x_total = 5 fresh", "20s #0 x_total = 1"},
		stagetest.Sample{Timestamp: t0 + 10_000, Value: 50, Start: t0},
		stagetest.Sample{Timestamp: t0 + 20_000, Value: 60, Start: t0})
	f("but not from one long ago",
		[]string{"20s #0 x_total = 1 fresh"},
		stagetest.Sample{Timestamp: t0 + 10_000, Value: 50, Start: t0 - 1_000_000},
		stagetest.Sample{Timestamp: t0 + 20_000, Value: 60, Start: t0 - 1_000_000})
	f("a new start is a new life although the value grew",
		[]string{"10s #0 x_total = 5 fresh", "20s #0 x_total = 6 reset"},
		stagetest.Sample{Timestamp: t0 + 10_000, Value: 50, Start: t0},
		stagetest.Sample{Timestamp: t0 + 20_000, Value: 60, Start: t0 + 15_000})
	f("a start that trembles is not",
		[]string{"10s #0 x_total = 5 fresh", "20s #0 x_total = 1", "30s #0 x_total = 1"},
		stagetest.Sample{Timestamp: t0 + 10_000, Value: 50, Start: t0},
		stagetest.Sample{Timestamp: t0 + 20_000, Value: 60, Start: t0 + 1},
		stagetest.Sample{Timestamp: t0 + 30_000, Value: 70, Start: t0 - 1})
	f("a start in the future cannot be",
		[]string{"20s #0 x_total = 1 fresh"},
		stagetest.Sample{Timestamp: t0 + 10_000, Value: 50, Start: t0 + 100_000},
		stagetest.Sample{Timestamp: t0 + 20_000, Value: 60, Start: t0 + 100_000})
}

func TestRepeatedAndImpossibleSamplesAreDropped(t *testing.T) {
	t.Parallel()
	p := New(0)
	first := record(1, metric("x"), stagetest.Sample{Timestamp: t0, Value: 1}, stagetest.Sample{Timestamp: t0 + 1000, Value: 2})
	check(t, []string{"0s #0 x = 1 fresh", "1s #0 x = 2"}, rows(t, p, first))
	check(t, nil, rows(t, p,
		first,
		record(2, metric("x"), stagetest.Sample{Timestamp: 0, Value: 9}),
		record(3, metric("x"), stagetest.Sample{Timestamp: math.MinInt64, Value: 9}),
		record(4, metric("x"), stagetest.Sample{Timestamp: math.MaxInt64, Value: 9}),
	))
}

// fleetRecord is one scrape of n series, all at the same time but for one that is ahead by so many milliseconds.
func fleetRecord(root uint64, n int, timestamp, ahead int64) (whole, stray stream.Record) {
	var r, alone stagetest.Request
	for i, l := range stagetest.Fleet(n) {
		s := stagetest.Sample{Timestamp: timestamp, Value: 1}
		if i == n-1 {
			s.Timestamp += ahead
			alone.Series(l, s)
		} else {
			r.Series(l, s)
		}
	}
	return stream.Record{Tenant: "default", Root: root, Data: r.Record()}, stream.Record{Tenant: "default", Root: root + 1, Data: alone.Record()}
}

// TestOneClockAheadSilencesNobody: a series with a clock ten minutes ahead, in records of its own.
func TestOneClockAheadSilencesNobody(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3, 5, 60} {
		p := New(0)
		var records []stream.Record
		for step := range int64(60) {
			whole, stray := fleetRecord(uint64(2*step+1), n, t0+15_000*step, 600_000)
			records = append(records, whole, stray)
		}
		for _, e := range stagetest.Run(t, p, records...) {
			v, err := schema.ParseFeatures(e.Data)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.Rows() {
				if v.Flags(i)&schema.RowSilence != 0 {
					t.Fatalf("%d series: one is called silent in record %d", n, e.Root)
				}
			}
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := func(n int, timestamp int64) []rawSample {
		samples := make([]rawSample, n)
		for i := range samples {
			samples[i].timestamp = timestamp
		}
		return samples
	}
	c := clock{}
	step := func(what string, n int, timestamp, now int64, resumed int64) {
		t.Helper()
		c.observe(at(n, timestamp), 10)
		if c.now != now || c.resumed != resumed {
			t.Errorf("%s: now %d, resumed %d; want %d, %d", what, c.now, c.resumed, now, resumed)
		}
	}
	step("begins with the first record", 10, 1_000_000, 1_000_000, 0)
	step("follows", 10, 1_015_000, 1_015_000, 0)
	step("never goes back", 10, 1_010_000, 1_015_000, 0)
	step("does not follow a leap of few", 3, 1_700_000, 1_015_000, 0)
	step("nor of few again and again", 2, 1_700_000, 1_015_000, 0)
	step("when others say that now is now", 10, 1_015_000, 1_015_000, 0)
	step("(few)", 5, 1_700_000, 1_015_000, 0)
	step("follows the leap of most, to the nearest place", 5, 1_600_000, 1_600_000, 1_600_000)
	step("a pause begins a new count of lateness", 10, 1_615_000, 1_615_000, 1_600_000)
	if late := c.late(1_000_000); late != 15_000 {
		t.Errorf("late by %d ms; want 15000", late)
	}
}

func TestNativeHistogramsAreRemembered(t *testing.T) {
	t.Parallel()
	p := New(0)
	var records []stream.Record
	send := func(name string, v func(r *stagetest.Request, timestamp int64)) {
		i := int64(len(records))
		var r stagetest.Request
		r.Series(metric("clock"), stagetest.Sample{Timestamp: t0 + 15_000*i, Value: 1})
		if v != nil {
			v(&r, t0+15_000*i)
		}
		records = append(records, stream.Record{Tenant: "default", Root: uint64(i + 1), Data: r.Record()})
	}
	alive := func(r *stagetest.Request, ts int64) { r.Histogram(metric("latency"), ts, 5) }
	for range 25 {
		send("alive", alive)
	}
	for range 10 {
		send("silent", nil)
	}
	send("back", alive)
	for range 3 {
		send("alive", alive)
	}
	send("ended", func(r *stagetest.Request, ts int64) { r.Histogram(metric("latency"), ts, stagetest.Stale()) })
	var got []string
	for _, row := range rows(t, p, records...) {
		if !contains(row, "clock") && !contains(row, "latency_count") {
			got = append(got, row)
		}
	}
	check(t, []string{
		"7m45s #1 latency = 0 silence fresh",
		"8m45s #1 latency = 0 ended",
		"9m45s #1 latency = 0 ended",
	}, got)
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

func TestSenderSpeaksInPartitionZeroOnly(t *testing.T) {
	t.Parallel()
	script := stagetest.Records(t, "series a 1x5\nrun 15s\ntick 15s 20")
	if got := stagetest.Run(t, New(1), script...); len(got) != 6 {
		t.Errorf("partition 1 emits %d times; want the 6 rows and nothing of the sender", len(got))
	}
	if got := stagetest.Run(t, New(0), script...); len(got) != 7 {
		t.Errorf("partition 0 emits %d times; want the 6 rows and one silence", len(got))
	}
	if got := stagetest.Run(t, New(1), stagetest.Records(t, "tick 15s 20\nreturned\ntick 15s 20")...); len(got) != 0 {
		t.Errorf("partition 1 emits %d times when the sender returns", len(got))
	}
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	got := stagetest.Run(t, New(3), stagetest.Records(t, "tenant a\nseries x 1\nrun 1s\ntenant b\nseries x 1\nrun 1s")...)
	if len(got) != 2 || got[0].Subject != "eddy.features.a.3" || got[1].Subject != "eddy.features.b.3" {
		t.Fatalf("subjects: %+v", got)
	}
}

// strangeClock sends three series each 15 s, one of which reads a clock of its own, and returns the rows in doubt.
func strangeClock(t *testing.T, steps int64, off func(step int64) int64) (got []string) {
	t.Helper()
	p, names := New(0), map[uint32]string{}
	for step := range steps {
		var r stagetest.Request
		at := t0 + 15_000*step
		for _, name := range []string{"a", "b"} {
			r.Series(metric(name), stagetest.Sample{Timestamp: at, Value: float64(step % 7)})
		}
		r.Series(metric("c"), stagetest.Sample{Timestamp: at + off(step), Value: float64(step % 7)})
		for _, e := range stagetest.Run(t, p, sample(uint64(step+1), &r)) {
			for _, line := range describe(t, e, names) {
				if line, _, _ = strings.Cut(line, " ["); contains(line, "doubtful") {
					got = append(got, strings.TrimSpace(line))
				}
			}
		}
	}
	return got
}

func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	const hour = 3600_000
	check(t, []string{"1h7m30s #2 c = 2 gap doubtful", "1h7m45s #2 c = 3 doubtful", "1h8m0s #2 c = 4 doubtful"},
		strangeClock(t, 40, func(step int64) int64 { return hour * min(max(step-29, 0), 1) * min(max(33-step, 0), 1) }))
	// Samples of a clock that falls back are refused, and so the series seems silent.
	check(t, []string{"9m0s #2 c = 1 silence doubtful"},
		strangeClock(t, 60, func(step int64) int64 { return -hour * min(max(step-29, 0), 1) }))
	check(t, nil, strangeClock(t, 60, func(step int64) int64 { return -20_000 * (step % 2) }))
}

func TestTwoValuesAtOneTimeAreDoubtful(t *testing.T) {
	t.Parallel()
	p := New(0)
	x := func(seconds int64, value float64) stagetest.Sample {
		return stagetest.Sample{Timestamp: t0 + seconds*1000, Value: value}
	}
	check(t, []string{"0s #0 x = 1 fresh", "15s #0 x = 2", "30s #0 x = 3 doubtful"},
		rows(t, p, record(1, metric("x"), x(0, 1), x(0, 1), x(15, 2), x(15, 7), x(30, 3))))
}
