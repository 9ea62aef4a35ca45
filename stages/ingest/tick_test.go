package ingest

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"testing"
	"time"

	"eddy/schema"
)

// tick moves the clock and returns how many ticks the log has got.
func (h *harness) tick(after time.Duration) int {
	h.t.Helper()
	h.nowMS.Store(base + after.Milliseconds())
	before := len(h.told(schema.ControlTick))
	if err := h.g.Tick(h.t.Context(), h.g.now()); err != nil {
		h.t.Fatal(err)
	}
	return len(h.told(schema.ControlTick)) - before
}

// told lists the control records of a type, and when they say it is.
func (h *harness) told(what schema.ControlType) (all []string) {
	h.t.Helper()
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	for _, r := range h.log.controls {
		c, err := schema.ParseControl(r.data)
		if err != nil {
			h.t.Fatal(err)
		}
		if want := schema.PartitionSubject(schema.KindSamples, schema.SubjectTenant(r.subject), r.partition); r.subject != want {
			h.t.Errorf("a control record on %s in partition %d", r.subject, r.partition)
		}
		if c.Type == what {
			all = append(all, fmt.Sprintf("%s @%d", r.subject, c.Time-base))
		}
	}
	sort.Strings(all)
	return all
}

// inEvery is one line for each partition of the default tenant.
func inEvery(at int64) (all []string) {
	for p := range 4 {
		all = append(all, fmt.Sprintf("eddy.samples.default.%d @%d", p, at))
	}
	return all
}

func TestTicksWhileATenantIsSilent(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	check(t, h.tick(0), 0)
	h.v1(up("a", 0))
	check(t, h.tick(15*time.Second), 0)
	check(t, h.tick(29*time.Second), 0)
	check(t, h.tick(30*time.Second), 4)
	check(t, h.told(schema.ControlTick), inEvery(30_000))
	check(t, h.tick(45*time.Second), 4)
	h.v1(up("a", 46_000))
	check(t, h.tick(60*time.Second), 0)
	check(t, h.tick(59*time.Minute), 4)
	check(t, h.tick(61*time.Minute), 0) // it will not come back
}

// TestTheLogIsToldThatATenantIsBack: with the first samples after a silence that the log may know of.
func TestTheLogIsToldThatATenantIsBack(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	send := func(after int64, want []string) {
		t.Helper()
		h.nowMS.Store(base + after)
		h.log.controls = nil
		a, _ := h.v1(up("a", after))
		check(t, a, good)
		check(t, h.told(schema.ControlReturned), want)
	}
	send(0, inEvery(0)) // another gateway may have ticked
	send(15_000, nil)
	send(44_999, nil)
	check(t, h.tick(74_999*time.Millisecond), 4)
	send(75_000, inEvery(75_000))
	send(76_000, nil)
	send(106_000, inEvery(106_000)) // this one has not, but the others may
}

func TestThatATenantIsBackComesBeforeItsSamples(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	log := &orderedLog{}
	h.g.log = log
	a, _ := h.v1(up("a", 0))
	check(t, a, good)
	own := Partition("default", labelsOf(up("a")), 4)
	var got []string
	for _, what := range log.order {
		if what == fmt.Sprint("control ", own) || what == fmt.Sprint("samples ", own) {
			got = append(got, what)
		}
	}
	check(t, got, []string{fmt.Sprint("control ", own), fmt.Sprint("samples ", own)})
	check(t, len(log.order), 5)
}

// orderedLog notes what came when.
type orderedLog struct {
	mu    sync.Mutex
	order []string
}

func (l *orderedLog) Append(_ context.Context, partition int, _ string, _ []byte) error {
	return l.note("samples", partition)
}

func (l *orderedLog) AppendControl(_ context.Context, partition int, _ string, _ []byte) error {
	return l.note("control", partition)
}

func (l *orderedLog) note(what string, partition int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order = append(l.order, fmt.Sprint(what, " ", partition))
	return nil
}

// TestSamplesDoNotDependOnBeingAnnounced: a partition that is down refuses no samples of others, and hears of the
// return once it can.
func TestSamplesDoNotDependOnBeingAnnounced(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	down := (Partition("default", labelsOf(up("a")), 4) + 1) % 4
	h.log.setFail(func(p int) error {
		if p == down {
			return errors.New("down")
		}
		return nil
	})
	a, _ := h.v1(up("a", 0))
	check(t, a, good)
	check(t, len(h.told(schema.ControlReturned)), 3)
	h.log.setFail(nil)
	a, _ = h.v1(up("a", 1))
	check(t, a, good)
	check(t, len(h.told(schema.ControlReturned)), 7)
	a, _ = h.v1(up("a", 2))
	check(t, a, good)
	check(t, len(h.told(schema.ControlReturned)), 7)
}

func TestRefusedSamplesAreNoSignOfLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	h.v1(up("a", 0))
	h.nowMS.Store(base + 29_000)
	h.v1(up("a", -1))
	check(t, h.tick(30*time.Second), 4)
}

func TestATickThatFailsIsReported(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	h.v1(up("a", 0))
	down := errors.New("down")
	h.log.setFail(func(int) error { return down })
	err := h.g.Tick(t.Context(), time.UnixMilli(base+31_000))
	check(t, errors.Is(err, down), true)
}

func TestIdleSeriesMakeRoom(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxSeries: 10})
	unsorted := func(i int, at int64) answer {
		a, _ := h.v1(series([]string{"job", fmt.Sprint(i), "__name__", "up"}, points(at)...))
		return a
	}
	for i := range 10 {
		check(t, unsorted(i, 0), good)
	}
	check(t, unsorted(10, 0).Status, 429)
	h.nowMS.Store(base + 30*60_000)
	check(t, unsorted(0, 1), good)
	h.tick(61 * time.Minute)
	check(t, h.g.Series("default"), 1)
	for i := 10; i < 19; i++ { // in the places of the evicted, whose aliases must not find them
		check(t, unsorted(i, int64(i)), good)
	}
	check(t, unsorted(3, 100).Status, 429)
	check(t, unsorted(0, 2), good)
	check(t, h.g.Series("default"), 10)
	h.stored() // checks the partition of each
}

func TestAnIdleTenantIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxTenants: 1})
	h.v1(up("a", 0))
	push := func() int {
		_, err := h.g.Push(t.Context(), "other", marshalV1(t, up("a", 1)), V1)
		if err != nil {
			return statusOf(err)
		}
		return 204
	}
	check(t, push(), 429)
	h.tick(61 * time.Minute)
	check(t, push(), 204)
}
