package statistical

import "math"

const (
	// clip is how many standard deviations of a residual are learned at most (Huber).
	clip = 3
	// reluctance is the share of the usual rate at which an abnormal sample is learned, and follow the share of its
	// residual that the memory follows: a smooth series would otherwise explain an outage by its own last value.
	reluctance = 0.25
	follow     = 0.3
	// pullRate is the step of the memory's pull; it takes some hundred samples to find it.
	pullRate = 0.01
	// spreadStep is the step of medians and quartiles, relative to the rate of the mean.
	spreadStep = 1.5
	// altRate is the memory of the candidate level: about ten samples.
	altRate = 0.1
)

// sample is a value that was judged and is about to be learned.
type sample struct {
	value     float64
	residual  float64
	deviation float64
	abnormal  bool
	gap       bool
}

// learn updates the state. Whatever the sample, it moves each word by a bounded share of the spread, and grows the
// spread by a bounded factor.
func (m *Model) learn(s *series, b *band, x sample) {
	rate := max(m.rate, 1/(s[wordCount]+1))
	near := max(-clip*b.sigma, min(clip*b.sigma, x.residual))
	step := near
	if x.abnormal {
		rate *= reluctance
		step *= follow
		extendRun(s, x)
	} else {
		calmRun(s, b, x)
	}
	memory := b.expected + step
	if x.gap && !x.abnormal {
		memory = x.value // nothing to be pulled towards: the past is too far away
	}
	if !x.abnormal {
		learnSpread(s, b, x.residual, near, rate)
		learnPull(s, b, near)
	}
	learnLevel(s, memory, near, rate)

	s[wordCount]++
	s[wordLowest] = min(s[wordLowest], x.value)
	if x.value != s[wordLast] {
		s[wordMoves]++
		s[wordLast] = x.value
	}
	if s[wordRun] >= m.adopt {
		adopt(s, x.value)
	}
}

// learnSpread follows the three measures of spread. Median and quartiles take steps towards the side the residual fell
// on; Copysign instead of a branch, because noise makes that branch unpredictable.
func learnSpread(s *series, b *band, residual, near, rate float64) {
	s[wordVar] += float64(rate * (float64(near*near) - s[wordVar]))
	step := min(0.1, spreadStep*rate)
	mad := s[wordMAD] * (1 + math.Copysign(step, math.Abs(residual)-s[wordMAD]))
	s[wordMAD] = max(mad, 0.1*b.sigma) // else a still series shrinks it so far that it takes ages to grow back
	step *= b.mad
	s[wordQ75] = max(0, s[wordQ75]+float64(step*(math.Copysign(0.5, residual-s[wordQ75])+0.25)))
	s[wordQ25] = min(0, s[wordQ25]+float64(step*(math.Copysign(0.5, residual-s[wordQ25])-0.25)))
}

// learnPull finds by normalised least mean squares how much of the memory's distance from the level is still there one
// sample later.
func learnPull(s *series, b *band, near float64) {
	before := s[wordMemory] - s[wordLevel]
	pull := s[wordPull] + float64(pullRate*near*before/(s[wordSwing]+float64(b.sigma*b.sigma)))
	s[wordPull] = max(0, min(1, pull))
}

// learnLevel follows the short-term memory, level and drift.
func learnLevel(s *series, memory, near, rate float64) {
	apart := memory - s[wordLevel]
	s[wordMemory] = memory
	s[wordSwing] += float64(rate * (float64(apart*apart) - s[wordSwing]))
	s[wordLevel] += float64(rate * apart)
	s[wordDrift] += float64(rate * (near - s[wordDrift]))
}
