package streamtest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"eddy/schema"
	"eddy/stream"
)

// Faults says how often an operation goes wrong, in thousandths.
type Faults struct {
	Refused int // the append fails and nothing is stored
	LostAck int // the append is stored, but its answer is an error
	Paused  int // the owner stands still for up to PauseFor, long enough for another to take over
	Crash   int // the owner dies just before the append
	CrashAt int // the owner dies just after the append

	PauseFor time.Duration
}

// errInjected is what a faulty operation returns.
var errInjected = errors.New("injected fault")

// Faulty is one owner's view of a broker, in which things go wrong. Once it has crashed, nothing it does has any
// effect, as if its process were gone.
type Faulty struct {
	stream.Broker
	faults Faults

	mu   sync.Mutex
	rng  *rand.Rand
	dead bool
	kill func()
}

// NewFaulty wraps broker for one owner. Kill is called once when the owner crashes; it should end the owner's context.
func NewFaulty(broker stream.Broker, faults Faults, seed uint64, kill func()) *Faulty {
	return &Faulty{Broker: broker, faults: faults, rng: rand.New(rand.NewPCG(seed, 1)), kill: kill}
}

// Log implements stream.Broker.
func (f *Faulty) Log(ctx context.Context, spec stream.LogSpec) (stream.Log, error) {
	l, err := f.Broker.Log(ctx, spec)
	return faultyLog{Log: l, f: f}, err
}

// Snapshots implements stream.Broker.
func (f *Faulty) Snapshots() stream.Snapshots { return faultySnapshots{f.Broker.Snapshots(), f} }

func (f *Faulty) happens(perMille int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.IntN(1000) < perMille
}

func (f *Faulty) crash() {
	f.mu.Lock()
	was := f.dead
	f.dead = true
	f.mu.Unlock()
	if !was {
		f.kill()
	}
}

func (f *Faulty) isDead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// pause stands still without holding anything.
func (f *Faulty) pause() {
	f.mu.Lock()
	d := time.Duration(f.rng.Int64N(int64(f.faults.PauseFor) + 1))
	f.mu.Unlock()
	<-time.After(d)
}

type faultyLog struct {
	stream.Log
	f *Faulty
}

func (l faultyLog) Append(ctx context.Context, m stream.Message, last uint64) (uint64, error) {
	f := l.f
	if f.happens(f.faults.Crash) {
		f.crash()
	}
	if f.isDead() {
		return 0, stream.ErrConflict
	}
	if f.happens(f.faults.Refused) {
		return 0, errInjected
	}
	if f.happens(f.faults.Paused) {
		f.pause()
	}
	seq, err := l.Log.Append(ctx, m, last)
	if f.happens(f.faults.CrashAt) {
		f.crash()
	}
	if f.isDead() || err == nil && f.happens(f.faults.LostAck) {
		return 0, errInjected
	}
	return seq, err
}

// Last of a dead owner shows a stranger's message, so that the owner leaves as if fenced.
func (l faultyLog) Last(ctx context.Context) (stream.Message, error) {
	if l.f.isDead() {
		return stream.Message{Sequence: math.MaxUint64, Subject: schema.AnomalyClaimSubject(0), Header: stream.Header{
			stream.HeaderEpoch: {"1000000"}, stream.HeaderRoot: {"0"}, stream.HeaderOwner: {"a stranger"}}}, nil
	}
	return l.Log.Last(ctx)
}

type faultySnapshots struct {
	stream.Snapshots
	f *Faulty
}

func (s faultySnapshots) Save(ctx context.Context, key stream.SnapshotKey, state [][]byte) error {
	if s.f.isDead() {
		return errInjected
	}
	return s.Snapshots.Save(ctx, key, state)
}
