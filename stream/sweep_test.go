package stream_test

import (
	"sync/atomic"
	"testing"
	"time"

	"eddy/stream"
	"eddy/stream/streamtest"
)

// One thing goes wrong at every step of a short run, each in a run of its own: chance overlooks no place.
func TestOneFaultAtEveryStep(t *testing.T) {
	t.Parallel()
	faults := map[string]streamtest.Fault{"refused": streamtest.RefusedOnce, "lost ack": streamtest.LostAckOnce,
		"crash before": streamtest.CrashBefore, "crash after": streamtest.CrashAfter, "fenced": streamtest.FencedOnce}
	for name, what := range faults {
		for _, config := range []stream.Config{{GroupBytes: 1}, {GroupBytes: 1, SnapshotEvery: time.Millisecond}, {GroupBytes: 60}} {
			steps := 0
			for hit := true; hit; steps++ {
				broker := streamtest.NewMemory()
				input := streamtest.Input(24, 61)
				streamtest.Feed(t, broker, input)
				happened := &atomic.Bool{}
				run := streamtest.Run{Broker: broker, Owners: 1, Config: config,
					Faults: streamtest.Faults{Step: steps + 1, What: what, Hit: happened}}
				run.Until(t, streamtest.Expect(input))
				hit = happened.Load()
				if t.Failed() {
					t.Fatalf("%s at step %d with %+v", name, steps+1, config)
				}
			}
			if steps < 10 {
				t.Errorf("%s with %+v: %d steps", name, config, steps)
			}
		}
	}
}
