package stream

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"
)

const (
	janitorEvery = 15 * time.Second
	// Fills, in percent. A samples log keeps history: it gives something up only above samplesHigh, and no more than
	// brings it down to samplesLow. Above derivedHigh or samplesTight one snapshot is enough, if it is seen to be whole.
	samplesHigh, samplesLow, samplesTight = 80, 70, 90
	derivedHigh                           = 50
)

// Janitor frees what no stage needs any more: derived messages that every kept snapshot of their reader covers, and,
// when a samples log is nearly full, samples likewise. What has not been processed and saved is never touched: then the
// log fills up and senders are told to wait.
type Janitor struct {
	Broker     Broker
	Partitions int
	Log        zerolog.Logger

	whole map[SnapshotKey]bool // snapshots seen to be whole
}

// KeepHouse runs a janitor until ctx ends.
func (j *JetStream) KeepHouse(ctx context.Context, stages ...Stage) {
	janitor := Janitor{Broker: j, Partitions: j.layout.Partitions, Log: j.log}
	for wait(ctx, janitorEvery); ctx.Err() == nil; wait(ctx, janitorEvery) {
		janitor.Round(ctx, stages...)
		j.measureWaiting(ctx, time.Now())
	}
}

// Round looks once after the input of every partition of the stages.
func (j *Janitor) Round(ctx context.Context, stages ...Stage) {
	for _, stage := range stages {
		for p := range j.Partitions {
			if err := j.tidy(ctx, stage, p); err != nil && ctx.Err() == nil {
				j.Log.Warn().Err(err).Str("stage", stage.Name).Int("partition", p).Msg("processed messages could not be removed")
			}
		}
	}
}

// tidy frees the input log of one partition of a stage.
func (j *Janitor) tidy(ctx context.Context, stage Stage, partition int) error {
	in, err := j.Broker.Log(ctx, stage.Input(partition))
	if err != nil {
		return err
	}
	st, err := in.State(ctx)
	if err != nil || stage.FromSamples && !st.filled(samplesHigh) {
		return err
	}
	keys, err := j.Broker.Snapshots().List(ctx, stage.Name, partition)
	if err != nil || len(keys) == 0 {
		return err
	}
	// Other versions' do not count: this one could not start from them. Nor do older generations': nobody can.
	keys = ofVersion(keys, stage.Version, keys[0].Generation)
	below, err := j.covered(ctx, stage, in, st, keys)
	if err != nil {
		return err
	}
	if stage.FromSamples {
		below = min(below, st.reaching(samplesLow))
	}
	if below <= st.First {
		return nil
	}
	return in.Purge(ctx, below) // keeps the message at below: restore looks at it
}

// reaching is the sequence below which messages must go to bring the fill down to a part of the limit, in percent, if
// messages are of one size.
func (s LogState) reaching(percent uint64) uint64 {
	most := s.MaxBytes / 100 * percent
	if s.Bytes <= most {
		return s.First
	}
	return s.First + uint64(float64(s.Last-s.First+1)*float64(s.Bytes-most)/float64(s.Bytes))
}

// covered is the sequence below which the snapshots hold everything.
func (j *Janitor) covered(ctx context.Context, stage Stage, in Log, st LogState, keys []SnapshotKey) (uint64, error) {
	high := uint64(derivedHigh)
	if stage.FromSamples {
		high = samplesTight
	}
	if len(keys) > 0 && st.filled(high) {
		if ok, err := j.isWhole(ctx, keys[0]); err != nil {
			return 0, err
		} else if ok {
			return j.input(ctx, stage, in, st, keys[0])
		}
	}
	if len(keys) < 2 {
		return 0, nil // one snapshot may turn out damaged
	}
	below := st.Last
	for _, key := range keys {
		at, err := j.input(ctx, stage, in, st, key)
		if err != nil {
			return 0, err
		}
		below = min(below, at)
	}
	return below, nil
}

// input is where a start from the snapshot reads on, or some message before that. What the snapshot names may be another
// message by now, if a derived tail was lost, so it counts only if it says itself that it ends at or before the root.
func (j *Janitor) input(ctx context.Context, stage Stage, in Log, st LogState, key SnapshotKey) (uint64, error) {
	if stage.FromSamples {
		return key.Input, nil
	}
	at := min(key.Input, st.Last)
	for step := uint64(1); at >= max(st.First, 1); step *= 2 {
		m, err := in.Get(ctx, at)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return 0, err
		}
		s, serr := readStamp(m)
		if err == nil && serr == nil && (s.generation < key.Generation || s.generation == key.Generation && s.at.root <= key.Root) {
			return at, nil
		}
		at -= min(step, at)
	}
	return 0, nil
}

// isWhole reads a snapshot to see that a start could use it.
func (j *Janitor) isWhole(ctx context.Context, key SnapshotKey) (bool, error) {
	if j.whole[key] {
		return true, nil
	}
	data, err := j.Broker.Snapshots().Load(ctx, key)
	if err == nil {
		_, err = openSnapshot(data)
	}
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if j.whole == nil || len(j.whole) > 1<<12 {
		j.whole = map[SnapshotKey]bool{}
	}
	j.whole[key] = true
	return true, nil
}
