package features

import (
	"slices"

	"eddy/stages/internal/snap"
)

// clock tells a tenant's time by its samples: the timestamp that most of what arrives has reached. One series with a
// clock far ahead must not make all others look late, so time is moved by the middle of a record, and a leap only
// counts when half of the tenant's series have made it.
type clock struct {
	now     int64 // Unix milliseconds, 0 before the first sample
	resumed int64 // now after the newest time the whole tenant paused: nobody is late for what was before
	pace    int64 // the longest step between two records that is usual, in milliseconds

	votes  int64 // samples that say there was a leap
	target int64 // the least of where they say it went
}

const (
	leap       = 30_000   // ms: a longer step is put to the vote
	nearby     = 60_000   // ms: samples that far behind still say that now is now
	pauseLeast = 120_000  // ms: a shorter step is no pause
	paceDecay  = 7200_000 // ms in which a pace no longer seen is forgotten
	paceLeast  = 60_000
	paceMost   = 86_400_000
	clockProbe = 64 // samples of a record that are looked at
)

// observe moves the clock by a record's samples; active is how many series the tenant has that send.
func (c *clock) observe(samples []rawSample, active int) {
	middle := middleOf(samples)
	switch step := middle - c.now; {
	case middle == 0:
	case c.now == 0:
		c.now = middle
	case step <= 0:
		if step > -nearby {
			c.votes = max(0, c.votes-int64(len(samples)))
		}
	case step <= leap:
		c.advance(middle)
	default:
		if c.votes == 0 || middle < c.target {
			c.target = middle
		}
		if c.votes += int64(len(samples)); c.votes > int64(active/2) {
			c.advance(c.target)
		}
	}
}

func (c *clock) advance(to int64) {
	step := to - c.now
	if step > max(pauseLeast, 3*c.pace) {
		c.resumed = to
	}
	if step > c.pace {
		c.pace = min(step, max(2*c.pace, paceLeast), paceMost)
	} else {
		c.pace -= c.pace * step / paceDecay
	}
	c.now, c.votes, c.target = to, 0, 0
}

// late is how long ago a series was last heard of, not counting what the whole tenant missed.
func (c *clock) late(last int64) int64 { return c.now - max(last, c.resumed) }

// middleOf is the median of the samples' timestamps, of an even choice of them when there are many; 0 for none.
func middleOf(samples []rawSample) int64 {
	var probe [clockProbe]int64
	n := 0
	step := (len(samples) + clockProbe - 1) / clockProbe
	for i := 0; i < len(samples); i += step {
		if t := samples[i].timestamp; t > 0 && t <= maxTimestamp {
			probe[n] = t
			n++
		}
	}
	if n == 0 {
		return 0
	}
	slices.Sort(probe[:n])
	return probe[(n-1)/2]
}

func (c *clock) save(w *snap.Writer) {
	for _, v := range [...]int64{c.now, c.resumed, c.pace, c.votes, c.target} {
		w.Varint(v)
	}
}

func (c *clock) load(r *snap.Reader) {
	for _, v := range [...]*int64{&c.now, &c.resumed, &c.pace, &c.votes, &c.target} {
		*v = r.Varint()
	}
}
