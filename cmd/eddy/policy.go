package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"eddy/schema"
	"eddy/stream"
)

// policyKeeper puts the configured policy into force in every partition: it appends it to each samples log in which
// another one, or none, is the newest. From that record on it decides, in every replay as well. What cannot be had now,
// as a full log until the stages have drained it, is tried again beside everything else.
type policyKeeper struct {
	partitions int
	newest     func(ctx context.Context, partition int) ([]byte, error) // policy in the log; stream.ErrNotFound: none
	append     func(ctx context.Context, partition int, record []byte) error
	log        zerolog.Logger
	pending    prometheus.Gauge

	mu     sync.Mutex // one attempt at a time
	record []byte     // what is to be in force

	inForce atomic.Bool   // some policy of ours has been in force everywhere
	again   chan struct{} // holds a token while an attempt is owed
}

func newPolicyKeeper(broker *stream.JetStream, reg prometheus.Registerer, log zerolog.Logger) *policyKeeper {
	k := &policyKeeper{
		partitions: broker.Layout().Partitions, log: log, again: make(chan struct{}, 1),
		newest: func(ctx context.Context, p int) ([]byte, error) {
			m, err := broker.LastControl(ctx, p)
			return m.Data, err
		},
		append: func(ctx context.Context, p int, record []byte) error {
			return broker.Samples().AppendControl(ctx, p, schema.PartitionSubject(schema.KindSamples, schema.ControlTenant, p), record)
		},
		pending: prometheus.NewGauge(prometheus.GaugeOpts{Name: "eddy_policy_pending_partitions",
			Help: "Partitions in which the configured policy is not in force yet."}),
	}
	reg.MustRegister(k.pending)
	return k
}

// errPending says that a policy is accepted, but not in force in every partition yet.
var errPending = errors.New("the policy is not in force in every partition yet; eddy keeps trying")

// put makes a policy the one to be in force and tries once to bring that about. After errPending, keep goes on trying.
func (k *policyKeeper) put(ctx context.Context, policy schema.Policy) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.record = schema.Control{Type: schema.ControlPolicy, Policy: &policy}.Encode()
	return k.attempt(ctx)
}

// policyWithin bounds an attempt in one partition, policyAtOnce how many are tried side by side.
const (
	policyWithin = 5 * time.Second
	policyAtOnce = 32
)

// attempt tries every partition, whatever becomes of the others. The caller holds mu.
func (k *policyKeeper) attempt(ctx context.Context) error {
	faults := make([]error, k.partitions)
	var g errgroup.Group
	g.SetLimit(policyAtOnce)
	for p := range k.partitions {
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, policyWithin)
			defer cancel()
			faults[p] = k.enforce(ctx, p)
			return nil
		})
	}
	_ = g.Wait() // the faults are in the slice
	first, pending := error(nil), 0
	for p, err := range faults {
		if err == nil {
			continue
		}
		if pending++; first == nil {
			first = fmt.Errorf("partition %d: %w", p, err)
		}
	}
	k.pending.Set(float64(pending))
	if pending == 0 {
		k.inForce.Store(true)
		return nil
	}
	select {
	case k.again <- struct{}{}:
	default: // one is owed already
	}
	return fmt.Errorf("%w (%d of %d lack it; %w)", errPending, pending, k.partitions, first)
}

// enforce looks before it appends, so that an attempt whose answer was lost is not repeated.
func (k *policyKeeper) enforce(ctx context.Context, partition int) error {
	newest, err := k.newest(ctx, partition)
	if err != nil && !errors.Is(err, stream.ErrNotFound) {
		return err
	}
	if err == nil && string(newest) == string(k.record) {
		return nil
	}
	return k.append(ctx, partition, k.record)
}

// policyRetryLeast and policyRetryMost are the pauses between attempts of a running process.
const (
	policyRetryLeast = 500 * time.Millisecond
	policyRetryMost  = 15 * time.Second
)

// keep repeats failed attempts until ctx ends, less and less often: the pause between two doubles from least to most.
func (k *policyKeeper) keep(ctx context.Context, least, most time.Duration) {
	for wait := least; ; {
		select {
		case <-k.again:
		case <-ctx.Done():
			return
		}
		pause(ctx, wait)
		k.mu.Lock()
		err := k.attempt(ctx)
		k.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			wait = least
			k.log.Info().Msg("the policy is in force in every partition")
		default:
			wait = min(2*wait, most)
			k.log.Warn().Err(err).Send()
		}
	}
}

// enforcePolicy puts the configured policy into force, or tells that this process does not: only those that score do.
// One that does not, a gateway say, need not know any detector, and its default policy would replace everybody's.
func (a *app) enforcePolicy(ctx context.Context) error {
	policy := a.cfg.Policy()
	if a.policy != nil {
		return a.policy.put(ctx, policy)
	}
	if policy.Digest() != schema.DefaultPolicy().Digest() {
		a.log.Warn().Msg("detectors are configured but not put into force: this process does not run the scoring stage")
	}
	return nil
}

// policyFirst puts the policy into force before the first sample can come in, if it can be had at once. The stages run
// already: a samples log that is full takes no policy before they have drained it.
func (a *app) policyFirst(ctx context.Context, g *errgroup.Group) {
	a.reloads.mu.Lock() // a reload may come at any time
	defer a.reloads.mu.Unlock()
	if err := a.enforcePolicy(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn().Err(err).Send()
	}
	if a.policy != nil {
		g.Go(func() error { a.policy.keep(ctx, policyRetryLeast, policyRetryMost); return nil })
	}
}
