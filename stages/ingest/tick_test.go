package ingest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"eddy/schema"
)

func (h *harness) tick(after time.Duration) int {
	h.t.Helper()
	h.nowMS.Store(base + after.Milliseconds())
	before := len(h.log.controls)
	if err := h.g.Tick(h.t.Context(), h.g.now()); err != nil {
		h.t.Fatal(err)
	}
	return len(h.log.controls) - before
}

func TestTicksWhileATenantIsSilent(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	check(t, h.tick(0), 0)
	h.v1(up("a", 0))
	check(t, h.tick(15*time.Second), 0)
	check(t, h.tick(29*time.Second), 0)
	check(t, h.tick(30*time.Second), 4)
	check(t, h.tick(45*time.Second), 4)
	h.v1(up("a", 46_000))
	check(t, h.tick(60*time.Second), 0)
	check(t, h.tick(59*time.Minute), 4)
	check(t, h.tick(61*time.Minute), 0) // it will not come back
	for i, r := range h.log.controls[:4] {
		c, err := schema.ParseControl(r.data)
		check(t, err, nil)
		check(t, c, schema.Control{Type: schema.ControlTick, Time: base + 30_000})
		check(t, r.partition, i)
		check(t, r.subject, fmt.Sprintf("eddy.samples.default.%d", i))
	}
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
