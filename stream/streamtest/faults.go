package streamtest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

	// Step, unless 0, counts an owner's appends and uploads: at that one What happens, once in the owner's first life.
	Step int
	What Fault
	Hit  *atomic.Bool // set when it has happened
}

// Fault is one thing that goes wrong.
type Fault int

// The faults of a sweep.
const (
	RefusedOnce Fault = iota // nothing is stored, and the answer is an error
	LostAckOnce              // it is stored, but the answer is an error
	CrashBefore              // the owner dies before it
	CrashAfter               // the owner dies behind it
	FencedOnce               // another owner claims the partition just before it, and dies
)

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
	step int
}

// swept tells whether the sweep's fault is due at this step.
func (f *Faulty) swept() (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step++
	if f.faults.Step == 0 || f.step != f.faults.Step {
		return 0, false
	}
	f.faults.Hit.Store(true)
	return f.faults.What, true
}

// rival claims a log as another owner does, and is never heard of again.
func rival(ctx context.Context, log stream.Log, m stream.Message) {
	last, err := log.Last(ctx)
	if err != nil {
		return
	}
	claim := stream.Message{Subject: m.Subject, Header: stream.Header{}}
	if last.Header.Get(stream.HeaderEpoch) != "" {
		claim = clone(last)
		claim.Data = nil
	} else {
		claim.Header.Set(stream.HeaderRoot, "0")
	}
	epoch, _ := strconv.ParseUint(last.Header.Get(stream.HeaderEpoch), 10, 64)
	claim.Subject = claimSubject(m.Subject)
	claim.Header.Set(stream.HeaderEpoch, strconv.FormatUint(epoch+1, 10))
	claim.Header.Set(stream.HeaderOwner, "rival")
	claim.Header.Set(stream.HeaderKind, "claim")
	_, _ = log.Append(ctx, claim, last.Sequence)
}

// claimSubject is where an owner of the log that a message goes to writes its claims.
func claimSubject(subject string) string {
	if strings.HasPrefix(subject, "eddy."+string(schema.KindFeatures)+".") {
		return ChainStage().Mark(0)
	}
	return EventsStage().Mark(0)
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
	what, due := f.swept()
	if due && what == FencedOnce {
		rival(ctx, l.Log, m)
	}
	if f.happens(f.faults.Crash) || due && what == CrashBefore {
		f.crash()
	}
	if f.isDead() {
		return 0, stream.ErrConflict
	}
	if f.happens(f.faults.Refused) || due && what == RefusedOnce {
		return 0, errInjected
	}
	if f.happens(f.faults.Paused) {
		f.pause()
	}
	seq, err := l.Log.Append(ctx, m, last)
	if f.happens(f.faults.CrashAt) || due && what == CrashAfter {
		f.crash()
	}
	if f.isDead() || err == nil && (f.happens(f.faults.LostAck) || due && what == LostAckOnce) {
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
	what, due := s.f.swept()
	if due && what == CrashBefore {
		s.f.crash()
	}
	if s.f.isDead() || due && what == RefusedOnce {
		return errInjected
	}
	err := s.Snapshots.Save(ctx, key, state)
	if due && what == CrashAfter {
		s.f.crash()
	}
	if due && (what == CrashAfter || what == LostAckOnce) {
		return errInjected
	}
	return err
}
