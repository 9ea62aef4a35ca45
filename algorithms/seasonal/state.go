package seasonal

// The words of one series' state.
const (
	wordCount     = iota // samples learned
	wordFirst            // timestamp of the first one, Unix milliseconds
	wordLast             // timestamp of the newest one
	wordInterval         // mean milliseconds between samples
	wordSlow             // slow mean of the values, of half a day or so
	wordNear             // mean of the last fifty values, followed by clipped steps
	wordOffset           // the same of values less profile
	wordSpread           // mean absolute distance from wordNear
	wordSpreadDay        // mean absolute distance from profile plus offset
	wordErrorSlow        // mean absolute error of the slow mean alone
	wordErrorDay         // and of the profile alone: together they tell how seasonal the series is
	wordSeen             // set of the bins that have a level, a bit each
	wordLevels           // the profile: the mean of each half hour of the day
	stateLen      = wordLevels + bins
)

const (
	bins   = 48
	day    = 86_400_000 // milliseconds
	binLen = day / bins
)

// series is the state of one series: an array, so that the compiler knows every index is inside.
type series = [stateLen]float64

// binOf returns the bin a time of day falls in; times before 1970 count backwards.
func binOf(timestamp int64) int { return int(timeOfDay(timestamp) / binLen) }

func timeOfDay(timestamp int64) int64 {
	t := timestamp % day
	if t < 0 {
		t += day
	}
	return t
}

// seen tells whether a bin has a level. Up to 53 bits are exact in a float64.
func (m *Model) seen(s *series, bin int) bool { return uint64(s[wordSeen])>>bin&1 == 1 }

// usual is what the profile says of a moment: the level between the middles of two bins, and the lower and the higher of
// the two. A job that starts at nine every day is at nine sharp neither what the half hour before is like, nor that
// after; anything between the two is usual then.
type usual struct {
	level, low, high float64
	known            bool
}

// profile looks a moment up. A series too coarse to have a value in each bin has the one of its own bin.
func (m *Model) profile(s *series, timestamp int64) usual {
	bin := binOf(timestamp)
	if !m.seen(s, bin) {
		return usual{}
	}
	own := s[wordLevels+bin]
	u := usual{level: own, low: own, high: own, known: true}
	if s[wordInterval] >= binLen/2 {
		return u
	}
	t := timeOfDay(timestamp) - binLen/2
	if t < 0 {
		t += day
	}
	before := int(t / binLen)
	after := (before + 1) % bins
	if !m.seen(s, before) || !m.seen(s, after) {
		return u
	}
	share := float64(t-int64(before)*binLen) / binLen
	a, b := s[wordLevels+before], s[wordLevels+after]
	return usual{level: a + float64(share*(b-a)), low: min(a, b), high: max(a, b), known: true}
}

// apart is how far x is from what is usual, 0 between low and high.
func (u *usual) apart(x float64) float64 { return x - max(u.low, min(u.high, x)) }
