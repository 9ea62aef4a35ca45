package features

import (
	"math"

	"eddy/schema"
)

// Some of what looks abnormal says nothing about what is measured, but that its samples do not come as they should. What
// can be told by a series itself casts doubt on its next rows:
//
//	two replicas        samples come in much less than the interval, twice within a few
//	                    or a second one at the same time has another value
//	another unit        the value (or rate) is 60, 100, 1000 or 1024 times what it was, or that part of it, and otherwise as steady
//	a clock that jumps  the timestamp is ahead of the tenant's time and of most in the record, by more than a minute
//	                    or so far back that its samples are refused, and then the series seems silent
//
// A scrape interval that was shortened looks like replicas until it is learned; no harm, for only an anomaly that begins
// meanwhile says so.
const (
	doubtRows  = 8    // rows in doubt after a reason for it
	hastyShare = 0.6  // of the interval: what comes sooner came too soon
	farOff     = 50   // times the level: nearer is no other unit
	unitRows   = 8    // rows of a level to be compared with
	unitSteady = 0.05 // the most spread, as a share of the level, that tells a unit from a surge
	unitLeast  = 0.01
)

// doubts returns RowIngest for a row that is in doubt, before it is learned. Ahead says that its timestamp is. It has
// nothing to do for a series without doubts or hurry whose row is none of ahead, isHasty and isFar.
func (s *series) doubts(value float64, dt int64, ahead bool) (flag schema.RowFlag) {
	hasty := s.isHasty(dt)
	switch {
	case ahead, hasty && s.hasty > 0, s.isFar(value) && s.otherUnit(value):
		s.doubt = doubtRows
	case s.doubt > 0:
		s.doubt--
	}
	if hasty {
		s.hasty = doubtRows
	} else if s.hasty > 0 {
		s.hasty--
	}
	if s.doubt > 0 {
		return schema.RowIngest
	}
	return 0
}

// isHasty tells whether a sample of a regular series came too soon after the one before. Dt is 0 for the first.
func (s *series) isHasty(dt int64) bool {
	return float32(dt) < hastyShare*s.interval && s.times >= doubtRows && s.jitter <= regularLimit
}

// isFar tells whether a value is so far from a steady level that it may be in another unit.
func (s *series) isFar(value float64) bool {
	a, l := math.Abs(value), math.Abs(s.level)
	return s.spread <= unitSteady*l && (a > farOff*l || farOff*a < l)
}

// otherUnit tells whether a value that isFar is what the series was, in another unit.
func (s *series) otherUnit(value float64) bool {
	level := math.Abs(s.level)
	if s.rows < unitRows || level == 0 {
		return false
	}
	near := 3*s.spread + unitLeast*level
	for _, factor := range [...]float64{60, 100, 1000, 1024} {
		if math.Abs(value/factor-s.level) <= near || math.Abs(value*factor-s.level) <= near {
			return true
		}
	}
	return false
}

// refused takes note of a sample that is not newer than the one before it. The same once more is a sender's retry.
func (s *series) refused(x *rawSample) {
	switch {
	case x.timestamp < s.last-nearby:
		s.set(stateBehind)
	case x.timestamp == s.last && s.rows > 0 && x.value == x.value && x.value != s.newest():
		s.doubt = doubtRows
	}
}

// newest is the newest sample's value.
func (s *series) newest() float64 {
	if s.is(stateBase) {
		return s.raw
	}
	return s.value
}
