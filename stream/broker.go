package stream

import (
	"context"
	"errors"
	"time"
)

// The errors a Log may return; callers compare with errors.Is.
var (
	// ErrConflict: the log's last message is not the one the writer expected; nothing was written.
	ErrConflict = errors.New("stream: another writer was first")
	// ErrFull: the log has reached its size limit and keeps what it has; nothing was written.
	ErrFull = errors.New("stream: the log is full")
	// ErrNotFound: no such message, or none at all.
	ErrNotFound = errors.New("stream: no such message")
	// ErrHeld: somebody else holds the lease.
	ErrHeld = errors.New("stream: the lease is held by another owner")
	// ErrDamaged: what is stored is not a whole snapshot, or of another format.
	ErrDamaged = errors.New("stream: the snapshot is damaged")
	// ErrFenced: a newer owner has claimed the partition; this one must drop its state.
	ErrFenced = errors.New("stream: fenced by a newer owner")
)

// Message is one message of a log. Header and Data are never written to once a log has returned them.
type Message struct {
	Subject  string
	Sequence uint64
	Time     time.Time // when the log stored it
	Pending  uint64    // how many more the log held behind it, as known when it was delivered
	Header   Header
	Data     []byte
}

// Header carries what the engine says about a message; keys are case-sensitive, as in NATS.
type Header map[string][]string

// Get returns the first value of a key, or "".
func (h Header) Get(key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Set replaces the values of a key.
func (h Header) Set(key, value string) { h[key] = []string{value} }

// LogSpec names a log and the part of it one writer fences: with an empty Scope the whole stream, else the subjects
// that match Scope (a NATS wildcard).
type LogSpec struct {
	Stream string
	Scope  string
}

// Log is one totally ordered log, durable as its broker says. All methods may be called from any goroutine.
type Log interface {
	Reader
	Keeper
	// Append adds a message behind the one with sequence last, the newest in the writer's scope (0: none yet), and
	// returns its sequence. It fails with ErrConflict when last is not the newest, ErrFull when the log takes no more.
	// Any other error is ambiguous: the message may be stored or not.
	Append(ctx context.Context, m Message, last uint64) (uint64, error)
}

// Reader is the part of a log for who reads it.
type Reader interface {
	// Last returns the newest message in the writer's scope, read from the leader, or ErrNotFound. Of a message that
	// is gone from a log without a scope it returns the sequence alone.
	Last(ctx context.Context) (Message, error)
	// Get returns the message with that sequence, or ErrNotFound.
	Get(ctx context.Context, sequence uint64) (Message, error)
	// Open reads the whole stream in order from a sequence on, or from the first message after it that still exists.
	Open(ctx context.Context, from uint64) (Cursor, error)
}

// Keeper is the part of a log for who looks after its size. Both see the whole stream, whatever the scope.
type Keeper interface {
	State(ctx context.Context) (LogState, error)
	// Purge removes every message below a sequence, for good. Sequences are not given out again.
	Purge(ctx context.Context, below uint64) error
}

// LogState is how much a log holds.
type LogState struct {
	First, Last     uint64 // sequences; First is Last+1 when nothing is left, 1 and 0 when nothing ever was there
	Bytes, MaxBytes uint64 // MaxBytes 0: without a limit
}

// filled tells whether more than a part of the allowed size, in percent, is taken.
func (s LogState) filled(percent uint64) bool {
	return s.MaxBytes > 0 && s.Bytes > s.MaxBytes/100*percent
}

// Cursor reads a log in order. It is used by one goroutine.
type Cursor interface {
	// Next waits for the next message. After an error the cursor is spent.
	Next(ctx context.Context) (Message, error)
	Close()
}

// SnapshotKey names one snapshot of one partition of a stage.
type SnapshotKey struct {
	Stage     string
	Partition int
	Version   string // of the stage's code and state layout
	// Generation of the logs the state belongs to; see generation.go.
	Generation uint64
	Root       uint64 // everything up to this samples sequence is in it
	Input      uint64 // sequence of the last input message it has seen: where to read on, as a hint
}

// Snapshots keeps the saved states. Names are unique, so a reader never meets a half-replaced one.
type Snapshots interface {
	// Save stores a state given in pieces of at most 8 MiB, and takes each piece out of the slice once it is stored.
	Save(ctx context.Context, key SnapshotKey, state [][]byte) error
	// List returns a partition's snapshots, of the newest generation and highest Root first.
	List(ctx context.Context, stage string, partition int) ([]SnapshotKey, error)
	// Load fails with ErrNotFound when there is no such snapshot, with ErrDamaged when it will never be whole again.
	// After any other error another attempt may succeed.
	Load(ctx context.Context, key SnapshotKey) ([]byte, error)
	Delete(ctx context.Context, key SnapshotKey) error
}

// Leases say who should run a partition. Nothing depends on them for safety: a wrong one costs a wasted replay.
type Leases interface {
	// Acquire takes a free lease for ttl or fails with ErrHeld.
	Acquire(ctx context.Context, name, owner string, ttl time.Duration) (Lease, error)
}

// Lease is held until its ttl has passed since the last Renew.
type Lease interface {
	Renew(ctx context.Context) error
	Release(ctx context.Context) error
}

// DeadLetters keeps copies of records that no processor could digest. The id makes a repeat harmless.
type DeadLetters interface {
	Bury(ctx context.Context, tenant, id string, m Message) error
}

// Broker opens logs. JetStream and the in-memory twin implement it and pass the same laws (streamtest.Laws).
type Broker interface {
	Log(ctx context.Context, spec LogSpec) (Log, error)
	Snapshots() Snapshots
	Leases() Leases
	DeadLetters() DeadLetters
}
