package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"eddy/schema"
)

// reconcile returns the configuration every stream is to have: what was asked for, and for the rest what is there. It
// looks at all of them before one is changed, so that what cannot be done does not happen by half.
func (j *JetStream) reconcile(ctx context.Context, asked Layout) ([]jetstream.StreamConfig, error) {
	streams := j.streams()
	for i := range streams {
		want := &streams[i]
		have, err := j.existing(ctx, want.Name)
		if err != nil {
			return nil, err
		}
		if have == nil {
			continue
		}
		want.PersistMode = have.PersistMode // cannot be changed
		if want.Replicas > 1 && have.PersistMode == jetstream.AsyncPersistMode {
			return nil, fmt.Errorf("stream %s was made for one server and cannot be kept on %d: stop eddy, remove the streams "+
				"EDDY_FEATURES_* and EDDY_SCORES_* and start it again; they are derived from the samples anew", want.Name, want.Replicas)
		}
		if asked.MaxBytes == 0 && have.MaxBytes > 0 {
			want.MaxBytes = have.MaxBytes
		}
		kind, _, _ := schema.ParsePartitionStream(want.Name)
		samples := kind == schema.KindSamples
		if have.MaxAge > 0 && (samples && asked.SamplesAge == 0 || !samples && asked.AnomaliesAge == 0) {
			want.MaxAge = have.MaxAge
			if samples {
				j.layout.SamplesAge = have.MaxAge
			}
		}
		if want.MaxAge > 0 {
			want.Duplicates = min(want.Duplicates, want.MaxAge)
		}
	}
	return streams, nil
}

// existing returns a stream's configuration, nil when there is none.
func (j *JetStream) existing(ctx context.Context, name string) (*jetstream.StreamConfig, error) {
	var cfg *jetstream.StreamConfig
	err := j.patiently(ctx, "stream "+name, func(ctx context.Context) error {
		s, err := j.js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return nil
		}
		if err == nil {
			cfg = &s.CachedInfo().Config
		}
		return err
	})
	return cfg, err
}
