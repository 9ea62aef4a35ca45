package stream

import (
	"fmt"
	"time"
)

// Stage describes one stage to the engine. The zero values of Config fields take defaults.
type Stage struct {
	// Name appears in leases, snapshots, metrics and logs.
	Name string
	// Version changes whenever equal input may give different output or the snapshot layout changes; older snapshots
	// are then ignored and the state is rebuilt from the log.
	Version string
	// Input and Output name a partition's logs.
	Input, Output func(partition int) LogSpec
	// Mark is the subject of claims and marks in a partition's output log.
	Mark func(partition int) string
	// FromSamples is true for the stage that reads the samples themselves: one record a message, whose sequence is
	// the root. Other inputs are schema.Batches of entries that carry theirs.
	FromSamples bool
	// Events is true when each emission is a message of its own; otherwise emissions become entries of schema.Batches,
	// at most one a record.
	Events bool
	// New makes the processor of a partition in its initial state.
	New func(partition int) Processor
	// Finish, if set, completes an event with the times its record passed the stages, the last one being now. It runs
	// outside the processor: what it adds is measured, not decided.
	Finish func(event []byte, trace []time.Time) []byte
	// ContentType is the Content-Type header of an event stage's messages.
	ContentType string
}

// Config tunes the engine.
type Config struct {
	// GroupBytes ends a group commit; default 128 KiB.
	GroupBytes int
	// SnapshotEvery is the time between two snapshots of a partition, or a second for each MiB of its state if that is
	// longer; default 1 minute.
	SnapshotEvery time.Duration
	// SnapshotsKept is how many snapshots a partition keeps; default 3.
	SnapshotsKept int
	// CommitTimeout bounds one attempt to append; default 1 second.
	CommitTimeout time.Duration
	// LeaseTTL is how long a partition stays orphaned after its owner died; default 3 seconds.
	LeaseTTL time.Duration

	uploads chan struct{} // places for snapshots on their way, shared by the partitions of an engine
}

// WithDefaults fills unset fields.
func (c Config) WithDefaults() Config {
	if c.GroupBytes == 0 {
		c.GroupBytes = 128 << 10
	}
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = time.Minute
	}
	if c.SnapshotsKept == 0 {
		c.SnapshotsKept = 3
	}
	if c.CommitTimeout == 0 {
		c.CommitTimeout = time.Second
	}
	if c.LeaseTTL == 0 {
		c.LeaseTTL = 3 * time.Second
	}
	return c
}

// Validate reports settings that cannot work.
func (c Config) Validate() error {
	if c.GroupBytes < 0 || c.GroupBytes > maxMessage/2 {
		return fmt.Errorf("engine: group of %d bytes: must be 0 to %d", c.GroupBytes, maxMessage/2)
	}
	if c.SnapshotsKept < 0 || c.SnapshotEvery < 0 || c.CommitTimeout < 0 || c.LeaseTTL < 0 {
		return fmt.Errorf("engine: negative setting in %+v", c)
	}
	return nil
}

// maxMessage is the largest message a NATS server takes by default, less room for headers.
const maxMessage = 1<<20 - 4<<10

// entryOverhead bounds what framing adds to an entry's payload.
const entryOverhead = 64
