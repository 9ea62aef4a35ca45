package shape

import "math"

const (
	// firstVigilance is what windows are held to while the first prototypes form.
	firstVigilance = 0.8
	// mostVigilance bounds what a calm series may demand: noise never fits perfectly.
	mostVigilance = 0.97
)

// teach turns the values of the first blocks into the range, prototypes and vigilance. The values go through twice: in
// order, to learn which fit worst, and then those first, so that the prototypes stand where the differences are.
func teach(s *series) {
	var values [taught]float64
	copy(values[:], s[wordTable:])
	clear(s[wordTable:])
	fixRange(s, &values)

	var patterns [taught]pattern
	var w [window]uint8
	n := 0
	for i, x := range values {
		push(&w, level(s, x))
		if i >= window-1 {
			describe(&w, &patterns[n])
			n++
		}
	}
	s[wordWindow] = pack(w[:])

	var order [taught]uint8
	var fits [taught]float64
	for i := range n {
		order[i] = uint8(i)
	}
	form(s, patterns[:n], order[:n], fits[:n])
	worstFirst(order[:n], fits[:n])
	mean := form(s, patterns[:n], order[:n], fits[:n])
	s[wordMatches], s[wordMatch] = float64(n), mean
	s[wordUpper] = min(mostVigilance, mean)
	s[wordLower] = s[wordUpper]
}

// fixRange fixes the range at three times what was seen, not below zero when nothing was. It also finds the median.
func fixRange(s *series, values *[taught]float64) {
	width := s[wordHighest] - s[wordLowest]
	bottom := s[wordLowest] - width
	if s[wordLowest] >= 0 {
		bottom = max(0, bottom)
	}
	s[wordBottom], s[wordTop] = bottom, s[wordHighest]+width
	sorted := *values
	for i := 1; i < taught; i++ { // insertion sort: it must not allocate
		for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	if span := s[wordTop] - s[wordBottom]; span > 0 {
		s[wordMedian] = math.Floor(float64((sorted[taught/2]-s[wordBottom])/span*levels) + 0.5)
	}
}

// form makes prototypes of patterns in an order, notes how each fitted, and returns the mean.
func form(s *series, patterns []pattern, order []uint8, fits []float64) (mean float64) {
	s[wordPrototypes] = 0
	for _, k := range order {
		p := &patterns[k]
		i, fit, _ := nearest(s, p)
		if i < 0 {
			fit = 1
		}
		if i >= 0 && fit >= firstVigilance {
			widen(s, i, p)
		} else {
			add(s, i, p)
		}
		fits[k] = fit
		mean += fit / float64(len(order))
	}
	return mean
}

// worstFirst orders patterns by how badly they fitted; equals keep their order.
func worstFirst(order []uint8, fits []float64) {
	for i := 1; i < len(order); i++ {
		for j := i; j > 0 && fits[order[j]] < fits[order[j-1]]; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
}
