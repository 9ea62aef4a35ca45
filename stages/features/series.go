package features

import (
	"math"

	"eddy/schema"
	"eddy/stages/internal/snap"
)

// series is what is known of one series, 80 bytes without pointers. A classic histogram's bucket gives no rows of its
// own and uses some of the fields for something else; see bucket.go.
type series struct {
	last  int64 // timestamp of the newest sample, 0 before the first
	start int64 // start timestamp of a counter, 0 when unknown

	raw    float64 // newest sample
	value  float64 // newest row
	level  float64 // weighted mean of rows
	spread float64 // weighted mean absolute deviation from it
	trend  float32 // weighted slope per second

	interval   float32 // learned milliseconds between samples
	jitter     float32 // weighted mean deviation from it, in intervals, each at most 1
	times      uint32  // how many times between samples were learned from
	rows       uint32
	generation uint32 // of the metadata its kind was decided by

	round uint16 // of the scan when it was last heard of
	kind  schema.SeriesKind
	state state
	falls uint8 // how often a guessed counter fell without starting again; of a value, rows of 1 in a row
	doubt uint8 // rows still in doubt; see doubts
	hasty uint8 // rows in which a second sample that comes too soon gives doubt
}

// state is a set of truths about a series.
type state uint16

const (
	stateLive      state = 1 << iota // the slot is in use
	stateAnnounced                   // downstream knows the reference
	stateFresh                       // the next row begins anew
	stateEnded                       // the series said it ends
	stateSilent                      // its silence has been reported
	stateBase                        // raw is a predecessor the next sample can be compared with
	stateGuessed                     // a counter by its name alone
	stateDemoted                     // it looked like a counter by its name, but does not behave like one
	stateBucket                      // a classic histogram's bucket: it gives no rows, its group does
	stateDerived                     // made up of a histogram; nobody sends it
	stateMute                        // its silence is another one's to report
	stateNative                      // it has sent native histograms
	stateNamed                       // a state by its name or metadata; see shows
	stateHeld                        // it has been 1 for stateRows in a row
	stateNumber                      // it has been neither 0 nor 1
	stateBehind                      // its newest samples were refused for being far too old
)

func (s *series) is(x state) bool { return s.state&x != 0 }
func (s *series) set(x state)     { s.state |= x }
func (s *series) clear(x state)   { s.state &^= x }

const (
	maxTimestamp = 253_402_300_799_999 // ms: the end of the year 9999
	longGap      = 300_000             // ms: Prometheus' lookback; across more a rate says nothing
	gapRatio     = 2.5                 // intervals without a sample that are a gap
	gapKnown     = 3                   // intervals to learn before gaps are told
	memory       = 16                  // rows the weighted means look back on
	regularTimes = 20                  // intervals to learn before silence is told
	regularLimit = 0.25                // mean jitter up to which a series is regular
)

// isGap tells whether time is missing before a sample that comes dt milliseconds after the one before.
func (s *series) isGap(dt int64) bool {
	return s.times >= gapKnown && float32(dt) > gapRatio*s.interval
}

// isRegular tells whether a series can be missed when it does not come.
func (s *series) isRegular() bool { return s.times >= regularTimes && s.jitter <= regularLimit }

// patience is how many milliseconds a regular series may be late before it is silent.
func (s *series) patience() int64 { return max(int64(5*s.interval), 60_000) + leap }

// learnInterval moves the learned interval towards dt: fast at first, later by a bounded step, so that it ends where
// as many times are longer as shorter and single gaps hardly move it.
func (s *series) learnInterval(dt int64) {
	d := float32(dt)
	if s.times == 0 {
		s.interval = d
	} else {
		off := d - s.interval
		s.jitter += (min(abs32(off)/max(s.interval, 1), 1) - s.jitter) / memory
		if s.times < 8 {
			limit := s.interval / 2
			s.interval += max(-limit, min(off, limit))
		} else {
			limit := s.interval / 16
			s.interval += max(-limit, min(off/4, limit))
		}
	}
	if s.times < math.MaxUint32 {
		s.times++
	}
}

// rate turns a counter's sample into a rate per second. Ok is false when there is nothing to compare it with.
func (s *series) rate(x *rawSample, dt int64, gap bool) (rate float64, reset, ok bool) {
	started := x.start
	if started > x.timestamp {
		started = 0 // cannot be
	}
	switch {
	case !s.is(stateBase) || gap && dt > longGap:
		// The first sample counts from its start, when that is known and not long ago.
		if age := x.timestamp - started; started > 0 && age > 0 && age <= longGap {
			return finite(x.value / seconds(age)), false, true
		}
		return 0, false, false
	case x.value < s.raw, started > s.start && started >= x.timestamp-dt:
		// A start behind the sample before is a new life even if the value grew meanwhile. One before it is the same
		// life told differently.
		return finite(x.value / seconds(dt)), true, true
	}
	return finite((x.value - s.raw) / seconds(dt)), false, true
}

// learnRow takes a row into the weighted means. dt is the time since the row before, 0 when that is unknown.
func (s *series) learnRow(value float64, dt int64) {
	if s.rows == 0 {
		s.level, s.spread, s.trend = value, 0, 0
	} else {
		weight := 1.0 / memory
		if s.rows < memory-1 {
			weight = 1 / float64(s.rows+1)
		}
		off := finite(value - s.level)
		s.level += weight * off
		s.spread += weight * (math.Abs(off) - s.spread)
		if dt > 0 {
			slope := finite((value - s.value) / seconds(dt))
			s.trend = float32Of(float64(s.trend) + weight*(slope-float64(s.trend)))
		}
	}
	s.value = value
	if s.rows < math.MaxUint32 {
		s.rows++
	}
}

// features describes the series as it was before a sample that comes dt milliseconds after the one before.
func (s *series) features(dt int64, dst *[schema.FeatureCount]float32) {
	dst[0], dst[1], dst[2] = float32Of(s.level), float32Of(s.spread), s.trend
	dst[3], dst[4] = s.interval/1000, 0
	if s.interval > 0 {
		dst[4] = float32(dt) / s.interval
	}
}

// restart forgets what was learned of the values, because they now mean something else.
func (s *series) restart() {
	s.rows, s.level, s.spread, s.trend, s.value = 0, 0, 0, 0, 0
	s.doubt, s.hasty, s.falls = 0, 0, 0
	s.clear(stateBase | stateAnnounced | stateHeld | stateNumber)
	s.set(stateFresh)
}

func seconds(ms int64) float64 { return float64(ms) / 1000 }

// finite brings infinities to the largest numbers there are, so that nothing downstream meets one; NaN becomes 0.
func finite(v float64) float64 {
	if v-v == 0 {
		return v
	}
	switch {
	case v > 0:
		return math.MaxFloat64
	case v < 0:
		return -math.MaxFloat64
	}
	return 0
}

func float32Of(v float64) float32 { return float32(max(-math.MaxFloat32, min(v, math.MaxFloat32))) }

func abs32(v float32) float32 { return max(v, -v) }

func (s *series) save(w *snap.Writer) {
	w.Uvarint(uint64(s.state))
	if !s.is(stateLive) {
		return
	}
	w.Varint(s.last)
	w.Varint(s.start)
	w.F64(s.raw)
	w.F64(s.value)
	w.F64(s.level)
	w.F64(s.spread)
	w.F32(s.trend)
	w.F32(s.interval)
	w.F32(s.jitter)
	w.Uvarint(uint64(s.times))
	w.Uvarint(uint64(s.rows))
	w.Uvarint(uint64(s.generation))
	w.Uvarint(uint64(s.round))
	w.Byte(byte(s.kind))
	w.Byte(s.falls)
	w.Byte(s.doubt)
	w.Byte(s.hasty)
}

func (s *series) load(r *snap.Reader) {
	s.state = state(r.Count(math.MaxUint16))
	if !s.is(stateLive) {
		return
	}
	s.last, s.start = r.Varint(), r.Varint()
	s.raw, s.value, s.level, s.spread = r.F64(), r.F64(), r.F64(), r.F64()
	s.trend, s.interval, s.jitter = r.F32(), r.F32(), r.F32()
	s.times = uint32(r.Count(math.MaxUint32))
	s.rows = uint32(r.Count(math.MaxUint32))
	s.generation = uint32(r.Count(math.MaxUint32))
	s.round = uint16(r.Count(math.MaxUint16))
	s.kind, s.falls = schema.SeriesKind(r.Byte()), r.Byte()
	s.doubt, s.hasty = r.Byte(), r.Byte()
}
