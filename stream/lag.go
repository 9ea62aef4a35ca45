package stream

import (
	"context"
	"time"
)

// lagEvery is how often the distance to the end of the input is measured.
const lagEvery = 5 * time.Second

// watchLag measures how far the partition is behind the end of its input, also while it stands still.
func (r *Runner) watchLag(ctx context.Context) {
	for ; ctx.Err() == nil; wait(ctx, lagEvery) {
		log, err := r.in.State(ctx)
		if err != nil || ctx.Err() != nil {
			continue
		}
		done := max(r.input.Load()+1, log.First) - 1
		r.metrics.all.lag.WithLabelValues(r.metrics.labels...).Set(float64(log.Last - min(done, log.Last)))
	}
}
