package features

import "eddy/schema"

const (
	scanLeast = 64        // series looked at per record, at least
	scanRows  = 256       // rows one scan may add, so that a block stays within a message
	unheard   = 2         // rounds of the scan nothing may have come in, else a late series is just catching up
	idle      = 7_200_000 // ms after which a series is forgotten
)

// scan looks at the next few series of a tenant: overdue ones are silent, those not heard of for long are forgotten.
// It follows the records, twice round for each round of samples, so no record ever waits for the whole table.
func (p *Processor) scan(t *tenant, rows int) {
	n := uint32(t.series.Len())
	if n == 0 {
		return
	}
	until := p.block.Rows() + scanRows
	for range min(uint32(max(scanLeast, 2*rows)), n) {
		if p.block.Rows() >= until {
			return
		}
		if t.cursor >= n {
			t.cursor = 0
			t.round++
		}
		s := t.series.At(t.cursor)
		if s.is(stateLive) && t.round-s.round >= unheard && !p.look(t, t.cursor, s) {
			return
		}
		t.cursor++
	}
}

// look decides about one series. It returns false when the block has no room for what it would say.
func (p *Processor) look(t *tenant, ref uint32, s *series) bool {
	late := t.clock.late(s.last)
	switch {
	case late > max(idle, int64(5*s.interval)) && !(t.quiet.silent && ref == t.quiet.ref):
		p.ended(t, ref, s)
		t.leaveGroups(ref, s)
		t.table.Remove(ref)
		*s = series{}
		p.forgotten++
	case s.is(stateBucket):
		if late > longGap && !s.is(stateEnded) {
			t.bucketGone(s)
		}
	case s.is(stateMute) && late > s.patience():
	case late > s.patience() && !s.is(stateEnded|stateSilent) && s.isRegular():
		if !s.is(stateAnnounced) && p.block.Size()+len(t.table.Key(ref)) > maxBlock {
			return false
		}
		// The row's time is when the series ran out of patience, whatever record the scan came with.
		flags := schema.RowSilence
		if s.is(stateBehind) {
			flags |= schema.RowIngest
		}
		p.mark(t, ref, s, flags, s.last+s.patience())
		t.activate(s, -1)
		s.set(stateSilent)
	}
	return true
}
