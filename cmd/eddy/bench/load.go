package bench

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"eddy/cmd/eddy/remotewrite"
)

// load is a run in progress. Workers count into it; the progress line and the report read it.
type load struct {
	options Options
	model   model
	sender  remotewrite.Sender
	blocks  []*block

	accepted atomic.Int64 // samples
	requests atomic.Int64
	retried  atomic.Int64
	latency  histogram // of requests, from the moment each was due

	mu       sync.Mutex
	refusals map[string]*Refusal
}

func newLoad(o Options, client *http.Client, now time.Time) (*load, error) {
	blocks, err := newBlocks(o)
	if err != nil {
		return nil, err
	}
	start := o.Start
	if start.IsZero() {
		start = now
	}
	return &load{
		options:  o,
		model:    model{seed: o.Seed, faults: o.Faults, start: start.UnixMilli()},
		sender:   remotewrite.Sender{URL: o.URL, Tenant: o.Tenant, Protocol: o.protocol(), Client: client},
		blocks:   blocks,
		refusals: map[string]*Refusal{},
	}, nil
}

// create sends the first sample of every series as fast as the receiver takes it.
func (l *load) create(ctx context.Context) {
	l.each(func(worker int, blocks []*block) {
		for _, b := range blocks {
			if ctx.Err() != nil {
				return
			}
			l.send(ctx, b, time.Now())
		}
	})
}

// run sends pass after pass until the passes or the time are used up. A block's further passes follow the schedule even
// when the receiver is late: what waits is counted as latency, as a real sender would feel it.
func (l *load) run(ctx context.Context) {
	begin := time.Now()
	workers := l.workers()
	l.each(func(worker int, blocks []*block) {
		for k := 0; ; k++ {
			b := blocks[k%len(blocks)]
			if l.options.Passes > 0 && b.pass >= l.options.Passes {
				return // its worker's other blocks have as many: they go round together
			}
			due := time.Now()
			if l.options.Rate > 0 {
				n := float64(k*workers + worker)
				due = begin.Add(time.Duration(n * float64(l.options.PerRequest) / l.options.Rate * float64(time.Second)))
			}
			if l.over(begin, due) || !waitUntil(ctx, due) {
				return
			}
			l.send(ctx, b, due)
		}
	})
}

func (l *load) over(begin, due time.Time) bool {
	return l.options.Passes == 0 && due.Sub(begin) >= l.options.Duration
}

func (l *load) workers() int { return min(l.options.Connections, len(l.blocks)) }

// each runs one worker per connection over its share of the blocks and waits for all.
func (l *load) each(work func(worker int, blocks []*block)) {
	var wg sync.WaitGroup
	workers := l.workers()
	for w := range workers {
		var own []*block
		for i := w; i < len(l.blocks); i += workers {
			own = append(own, l.blocks[i])
		}
		wg.Go(func() { work(w, own) })
	}
	wg.Wait()
}

func (l *load) send(ctx context.Context, b *block, due time.Time) {
	body := b.next(&l.options, &l.model, due)
	var answer remotewrite.Answer
	if l.options.Retry {
		var retried int
		answer, retried = l.sender.Persist(ctx, body)
		l.retried.Add(int64(retried))
	} else {
		answer = l.sender.Send(ctx, body)
	}
	if ctx.Err() != nil {
		return // interrupted, not refused
	}
	l.latency.observe(time.Since(due))
	l.requests.Add(1)
	switch {
	case answer.OK():
		l.accepted.Add(int64(b.request.Len()))
	case answer.Written > 0:
		l.accepted.Add(int64(min(answer.Written, b.request.Len())))
		fallthrough
	default:
		l.refused(answer)
	}
	if answer.Status == 0 {
		waitUntil(ctx, time.Now().Add(100*time.Millisecond)) // nobody listens: do not spin
	}
}

// maxRefusals bounds how many kinds are told apart.
const maxRefusals = 20

func (l *load) refused(a remotewrite.Answer) {
	key := "no answer"
	if a.Status != 0 {
		key = http.StatusText(a.Status)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.refusals[key]
	if r == nil {
		if len(l.refusals) >= maxRefusals {
			return
		}
		r = &Refusal{Status: a.Status, Example: a.Message}
		l.refusals[key] = r
	}
	r.Requests++
}

// waitUntil returns false when ctx ended first.
func waitUntil(ctx context.Context, due time.Time) bool {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
