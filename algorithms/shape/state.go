package shape

import "math"

// The words of one series' state.
const (
	wordCount      = iota // rows seen
	wordLast              // timestamp of the newest row, Unix milliseconds
	wordInterval          // mean milliseconds between rows, until the block is sized
	wordBlock             // rows in a block, 0 until it is known
	wordFill              // rows in the present block; negative: rows to skip before the first
	wordSum               // of the present block
	wordHigh              // largest of the present block
	wordLow               // smallest
	wordMean              // mean of all rows
	wordLowest            // smallest row ever
	wordHighest           // largest row ever
	wordBottom            // the range shapes are measured in: its bottom,
	wordTop               // its top,
	wordMedian            // and the level in it the series is mostly at
	wordWindow            // the last eight levels, a byte each
	wordBlocks            // blocks seen
	wordPrototypes        // how many prototypes there are
	wordMatches           // matches the mean rests on
	wordMatch             // mean of all matches with the nearest prototype
	wordUpper             // vigilance above which a prototype learns
	wordLower             // vigilance below which a window is novel
	wordMisses            // novel windows so far
	wordMissed            // mean of their matches
	wordShort             // mean of how far they fell short
	wordRest              // rows in which only what is clearly worse counts
	wordSaid              // decades of the newest verdict
	wordHold              // rows the newest verdict still lasts
	wordValue             // the row before
	wordStep              // mean absolute difference between rows
	wordBreaks            // breaks of the range since teaching ended
	wordTable             // while teaching: the blocks' values; later the prototypes, 4 words each
	stateLen       = wordTable + taught
)

const (
	taught     = 128 // blocks that only teach
	window     = 8   // blocks in a window
	features   = 2 * window
	sides      = 2 * features // each feature and its complement
	protoWords = sides / 8
	prototypes = taught / protoWords
	levels     = 80 // of the range
)

// series is the state of one series: an array, so that the compiler knows every index is inside.
type series = [stateLen]float64

// pattern is a window's features and their complements, or the least of those a prototype has taken in; each 0 to levels.
type pattern [sides]uint8

// load reads a prototype. Levels are at most 80, so eight of them never look like a NaN to whoever copies the state.
func (p *pattern) load(s *series, i int) {
	for w := range protoWords {
		unpack(s[wordTable+i*protoWords+w], p[8*w:8*w+8])
	}
}

func (p *pattern) store(s *series, i int) {
	for w := range protoWords {
		s[wordTable+i*protoWords+w] = pack(p[8*w : 8*w+8])
	}
}

func unpack(word float64, to []uint8) {
	b := math.Float64bits(word)
	for i := range 8 {
		to[i] = min(uint8(b>>(8*i)), levels)
	}
}

func pack(from []uint8) float64 {
	var b uint64
	for i := range 8 {
		b |= uint64(from[i]) << (8 * i)
	}
	return math.Float64frombits(b)
}
