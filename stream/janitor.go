package stream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	janitorEvery = 30 * time.Second
	// samplesHighWater is the fill, in percent, above which the samples log gives up what is processed and saved.
	samplesHighWater = 80
)

// KeepHouse frees what no stage needs any more, until ctx ends: derived messages that every kept snapshot of their
// reader covers, and, when a samples log is nearly full, samples likewise. What has not been processed is never
// touched: then the log fills up and senders are told to wait.
func (j *JetStream) KeepHouse(ctx context.Context, stages ...Stage) {
	for wait(ctx, janitorEvery); ctx.Err() == nil; wait(ctx, janitorEvery) {
		for _, stage := range stages {
			for p := range j.layout.Partitions {
				if err := j.tidy(ctx, stage, p); err != nil && ctx.Err() == nil {
					j.log.Warn().Err(err).Str("stage", stage.Name).Int("partition", p).Msg("processed messages could not be removed")
				}
			}
		}
	}
}

// tidy frees the input log of one partition of a stage.
func (j *JetStream) tidy(ctx context.Context, stage Stage, partition int) error {
	keys, err := j.Snapshots().List(ctx, stage.Name, partition)
	if err != nil || len(keys) < 2 {
		return err // one snapshot may turn out damaged
	}
	covered := keys[len(keys)-1].Input
	for _, key := range keys {
		covered = min(covered, key.Input)
	}
	s, err := j.js.Stream(ctx, stage.Input(partition).Stream)
	if err != nil {
		return err
	}
	info := s.CachedInfo()
	if stage.FromSamples && info.State.Bytes < uint64(info.Config.MaxBytes)/100*samplesHighWater {
		return nil
	}
	if covered <= info.State.FirstSeq {
		return nil
	}
	return s.Purge(ctx, jetstream.WithPurgeSequence(covered)) // keeps the message at covered: restore looks at it
}
