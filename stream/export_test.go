package stream

import (
	"context"
	"time"
)

// MeasureWaiting is what KeepHouse does now and then, at a moment of the test's choice.
func (j *JetStream) MeasureWaiting(ctx context.Context, now time.Time) { j.measureWaiting(ctx, now) }
