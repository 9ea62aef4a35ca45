package features

import (
	"eddy/schema"
	"eddy/stages/internal/snap"
)

// quiet follows a tenant that sends nothing at all. Then no series of it is late; instead one made-up series, the
// tenant's sender, goes silent, so that a cut cable is one event and not a hundred thousand. Every partition gets the
// ticks that tell it; partition 0 speaks for all.
//
//	samples ─► tick (since) ─► tick … ─ 90 s after the first: silent ─► samples here, or returned: ended
//
// Samples of other partitions are not seen here, so the gateway says that the tenant has returned.
type quiet struct {
	since  int64 // time of the first tick after the newest samples, 0 when there was none
	tick   int64 // time of the newest tick
	silent bool
	ref    uint32 // of the sender's series while silent
}

const (
	tickAfter  = 30_000 // ms without samples before the gateway begins to tick
	quietAfter = 90_000 // ms of ticks after which the sender is silent: two minutes in all
	tickMissed = 60_000 // ms between ticks, sent each 15 s, after which silence is counted anew: nobody knows what was
)

// SenderMetric is the name of the made-up series that stands for a tenant's sender.
const SenderMetric = "eddy_sender"

// onTick digests a tick: it is now so late on the gateway's clock, and the tenant has sent nothing for a while.
func (p *Processor) onTick(t *tenant, now int64) {
	if p.partition != 0 || now <= 0 || now > maxTimestamp {
		return
	}
	q := &t.quiet
	if q.since == 0 || !q.silent && now-q.tick > tickMissed {
		q.since = now
	}
	q.tick = max(q.tick, now)
	if q.silent || now-q.since < quietAfter {
		return
	}
	q.ref = t.resolve(schema.LabelsFromMap(map[string]string{schema.MetricName: SenderMetric, "tenant": t.name}))
	q.silent = true
	s := t.current(q.ref)
	s.last, s.round = max(s.last, t.quietTime()), t.round
	p.mark(t, q.ref, s, schema.RowSilence, s.last)
}

// onReturned digests that the gateway has samples of the tenant again, in whatever partitions: so late it is now on the
// gateway's clock, as with a tick.
func (p *Processor) onReturned(t *tenant, now int64) {
	if p.partition != 0 || t.quiet.since == 0 {
		return
	}
	if now <= maxTimestamp {
		t.quiet.tick = max(t.quiet.tick, now)
	}
	p.onReturn(t, t.quietTime())
}

// onReturn digests that the tenant has sent again at a time.
func (p *Processor) onReturn(t *tenant, now int64) {
	q := &t.quiet
	if q.silent {
		s := t.series.At(q.ref)
		s.last = max(s.last, now)
		p.mark(t, q.ref, s, schema.RowEnded, s.last)
	}
	*q = quiet{}
}

// quietTime is the tenant's time by the ticks: they run on another clock, so only their distance counts.
func (t *tenant) quietTime() int64 {
	if t.clock.now == 0 {
		return t.quiet.tick
	}
	return min(t.clock.now+tickAfter+t.quiet.tick-t.quiet.since, maxTimestamp)
}

func (q *quiet) save(w *snap.Writer) {
	w.Varint(q.since)
	w.Varint(q.tick)
	w.Bool(q.silent)
	w.U32(q.ref)
}

func (q *quiet) load(r *snap.Reader) {
	q.since, q.tick, q.silent, q.ref = r.Varint(), r.Varint(), r.Bool(), r.U32()
}
