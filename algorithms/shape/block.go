package shape

import "math"

const (
	// blockLen is the length of a block in milliseconds. A series with a longer interval has a block for each row.
	blockLen = 15 * 60_000
	// sized is how many rows are looked at to learn the interval.
	sized = 20
	// longest bounds a block for series that send many rows a second.
	longest = 1 << 20
	// standsOut is the share of the range by which a peak must differ from the mean of its block to be the block's value.
	standsOut = 0.1
)

// size learns the interval from the first rows and then fixes how many rows make a block. The first block of a series
// begins at a row that depends on its values: a fleet that starts together must not do its work in the same second.
func size(s *series, timestamp int64, x float64) {
	if dt := float64(timestamp) - s[wordLast]; s[wordCount] > 0 && dt > 0 {
		if s[wordInterval] == 0 {
			s[wordInterval] = dt
		}
		s[wordInterval] += (min(dt, 2*s[wordInterval]) - s[wordInterval]) / s[wordCount]
	}
	if s[wordCount] < sized {
		return
	}
	rows := math.Floor(blockLen / max(s[wordInterval], 1))
	s[wordBlock] = max(1, min(rows, longest))
	s[wordFill] = -float64(math.Float64bits(x) % uint64(s[wordBlock]))
}

// gather takes a row into the present block. Full says that it is complete and what its value is.
func gather(s *series, x float64) (value float64, full bool) {
	if s[wordFill] < 0 {
		s[wordFill]++
		return 0, false
	}
	if s[wordFill] == 0 {
		s[wordSum], s[wordHigh], s[wordLow] = 0, x, x
	}
	s[wordFill]++
	s[wordSum] += x
	s[wordHigh], s[wordLow] = max(s[wordHigh], x), min(s[wordLow], x)
	if s[wordFill] < s[wordBlock] {
		return 0, false
	}
	value = reduce(s)
	s[wordFill] = 0
	return value, true
}

// reduce is the peak of the block that is farther from the mean of all rows, if it stands out, else the block's mean.
func reduce(s *series) float64 {
	mean := s[wordSum] / s[wordFill]
	peak := s[wordHigh]
	if math.Abs(s[wordLow]-s[wordMean]) > math.Abs(s[wordHigh]-s[wordMean]) {
		peak = s[wordLow]
	}
	width := s[wordTop] - s[wordBottom]
	if s[wordBlocks] < taught {
		width = 3 * (s[wordHighest] - s[wordLowest])
	}
	if math.Abs(peak-mean) < standsOut*width {
		return mean
	}
	return peak
}
