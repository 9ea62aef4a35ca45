package statistical

import "math"

// The words of one series' state. During warm-up the words from wordLevel on hold the values seen so far instead.
const (
	wordCount    = iota // samples learned; decides between warm-up, haste and routine
	wordLevel           // slow level
	wordMemory          // the last value, pulled towards what was expected of it
	wordPull            // how much of the memory's distance from the level survives a step: 0 white noise, 1 random walk
	wordSwing           // mean square of that distance
	wordDrift           // mean of the residual: what a steady ramp leaves over
	wordVar             // clipped variance of the residual
	wordMAD             // median of the absolute residual
	wordQ25             // quartiles of the residual, <= 0 and >= 0
	wordQ75             //
	wordTail            // threshold of the deviation's tail: its 98 % quantile
	wordExcess          // mean excess of the deviation over the threshold
	wordExcesses        // how many excesses that mean rests on
	wordMoves           // how often the value changed at all
	wordLast            // the value before
	wordLowest          // lowest value seen
	wordBlip            // size of the tallest recent blip that ended by itself
	wordRun             // abnormal samples in a row, leaky
	wordPeak            // largest residual of that run
	wordAlt             // level of the run: what will be normal if it lasts
	wordAltDev          // mean absolute distance from it
	stateLen
)

// buffered is how many values the first estimates are made of.
const buffered = 16

// series is the state of one series: an array, so that the compiler knows every index is inside.
type series = [stateLen]float64

// warm buffers a value while there are too few to estimate anything.
func warm(s *series, x float64) {
	n := int(s[wordCount])
	s[wordLevel+n] = x
	s[wordCount]++
	if n+1 == buffered {
		begin(s)
	}
}

// begin turns the buffer into first estimates.
func begin(s *series) {
	var seen, sorted, apart [buffered]float64
	copy(seen[:], s[wordLevel:])
	sorted = seen
	sort(&sorted)
	level := quantile(&sorted, 0.5)
	moves := 0.0
	for i, x := range seen {
		apart[i] = math.Abs(x - level)
		if i > 0 && x != seen[i-1] {
			moves++
		}
	}
	sort(&apart)
	mad := quantile(&apart, 0.5)
	q25, q75 := quantile(&sorted, 0.25), quantile(&sorted, 0.75)
	spread := max(madToSigma*mad, (q75-q25)*iqrToSigma, trimmedMean(&apart))

	*s = series{
		wordCount: buffered, wordLevel: level, wordMemory: seen[buffered-1], wordLast: seen[buffered-1],
		wordSwing: spread * spread, wordVar: spread * spread, wordMAD: mad,
		wordQ25: q25 - level, wordQ75: q75 - level,
		wordTail: priorTail, wordExcess: priorExcess, wordExcesses: priorExcesses,
		wordMoves: moves, wordLowest: sorted[0],
	}
}

// sort is an insertion sort: the buffer is short, and it must not allocate.
func sort(a *[buffered]float64) {
	for i := 1; i < buffered; i++ {
		for j := i; j > 0 && a[j] < a[j-1]; j-- {
			a[j], a[j-1] = a[j-1], a[j]
		}
	}
}

// quantile interpolates between the order statistics of a sorted buffer.
func quantile(sorted *[buffered]float64, p float64) float64 {
	at := float64(p * (buffered - 1))
	i := int(at)
	if i >= buffered-1 {
		return sorted[buffered-1]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}

// trimmedMean leaves out the largest quarter, so that an outlier during warm-up does not blind the series.
func trimmedMean(sorted *[buffered]float64) float64 {
	const kept = buffered * 3 / 4
	sum := 0.0
	for _, v := range sorted[:kept] {
		sum += v / kept
	}
	return sum
}
