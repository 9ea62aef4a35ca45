package stream

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"eddy/schema"
)

// pressure is what a process knows of the state of the logs: which appends fail, and which samples wait too long.
type pressure struct {
	failing sync.Map       // stream → *failure
	waiting []atomic.Int64 // per partition, since when (Unix nanoseconds) its oldest unprocessed sample waits too long; 0: no
}

// failure is a run of appends to one stream that failed, in Unix nanoseconds.
type failure struct{ since, last atomic.Int64 }

// note counts the outcome of an append. A full log and a writer that was first are answers, not failures.
func (p *pressure) note(stream string, answered bool) {
	v, ok := p.failing.Load(stream)
	if answered {
		if ok {
			v.(*failure).since.Store(0)
		}
		return
	}
	if !ok {
		v, _ = p.failing.LoadOrStore(stream, &failure{})
	}
	now := time.Now().UnixNano()
	v.(*failure).since.CompareAndSwap(0, now)
	v.(*failure).last.Store(now)
}

// failureCounts is how long after its last failed append a stream still counts as failing.
const failureCounts = 30 * time.Second

// Failing is for how long appends to some stream have been failing, though it is neither full nor written by another
// owner: its server is away or cannot write to its disk. 0 when all is well.
func (j *JetStream) Failing() time.Duration {
	var worst time.Duration
	j.pressure.failing.Range(func(_, v any) bool {
		f := v.(*failure)
		since, last := f.since.Load(), f.last.Load()
		if since != 0 && time.Since(time.Unix(0, last)) < failureCounts {
			worst = max(worst, time.Duration(last-since))
		}
		return true
	})
	return worst
}

// measureWaiting finds the partitions whose samples wait for the first stage for more than half the time they are kept:
// what is accepted on top of those would expire unprocessed.
func (j *JetStream) measureWaiting(ctx context.Context, now time.Time) {
	for p := range j.pressure.waiting {
		if at, err := j.oldestWaiting(ctx, p); err == nil {
			since := int64(0)
			if !at.IsZero() && now.Sub(at) > j.layout.SamplesAge/2 {
				since = at.UnixNano()
			}
			j.pressure.waiting[p].Store(since)
		} else if ctx.Err() == nil {
			j.log.Warn().Err(err).Int("partition", p).Msg("how long samples wait cannot be told")
		}
	}
}

// oldestWaiting is when the oldest sample that the first stage has not processed was accepted; zero: none waits.
func (j *JetStream) oldestWaiting(ctx context.Context, partition int) (time.Time, error) {
	features := &jsLog{j: j, spec: LogSpec{Stream: schema.PartitionStream(schema.KindFeatures, partition)}}
	samples := &jsLog{j: j, spec: LogSpec{Stream: schema.PartitionStream(schema.KindSamples, partition)}}
	done, err := readNewest(ctx, features, "", time.Second)
	if err != nil {
		return time.Time{}, err
	}
	st, err := samples.State(ctx)
	next := max(st.First, done.stamp.at.root+1)
	if err != nil || next > st.Last {
		return time.Time{}, err
	}
	m, err := samples.Get(ctx, next)
	return m.Time, err
}

// overloaded is the answer to who appends samples to a partition whose samples wait too long.
func (p *pressure) overloaded(partition int) error {
	if partition >= len(p.waiting) {
		return nil
	}
	if since := p.waiting[partition].Load(); since != 0 {
		return fmt.Errorf("%w: samples of partition %d have been waiting since %s to be processed",
			ErrFull, partition, time.Unix(0, since).UTC().Format(time.RFC3339))
	}
	return nil
}
