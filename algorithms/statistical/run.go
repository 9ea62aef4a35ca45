package statistical

import "math"

// A run is a row of abnormal samples. It may end by itself, which makes it a blip, or last until it is the new normal.

const (
	// blipLength is how many abnormal samples a blip may have.
	blipLength = 60
	// blipGrowth bounds what one blip teaches: its height counts up to so many units of deviation, or blipMore times the
	// tallest one known. Recurring blips are adopted one by one, a single glitch widens the band by little.
	blipGrowth = 4
	blipMore   = 2
	// blipDecay forgets blips with a half-life of about 2800 samples.
	blipDecay = 0.99975
	// remembered is the share of the present spread that counts as a blip: a bursty series keeps it through its silences.
	remembered = 0.3
)

// extendRun counts an abnormal sample and keeps what would be needed to accept it as the new normal.
func extendRun(s *series, x sample) {
	if s[wordRun] == 0 {
		learnTail(s, x.deviation)
		s[wordAlt], s[wordAltDev], s[wordPeak] = x.value, 0, 0
	}
	s[wordRun]++
	apart := x.value - s[wordAlt]
	s[wordAlt] += float64(altRate * apart)
	s[wordAltDev] += float64(altRate * (math.Abs(apart) - s[wordAltDev]))
	s[wordPeak] = max(s[wordPeak], math.Abs(x.residual))
}

// calmRun learns from a normal sample that a run, if there was one, is over: at once when it was short, else by halves.
func calmRun(s *series, b *band, x sample) {
	learnTail(s, x.deviation)
	s[wordBlip] = max(s[wordBlip]*blipDecay, remembered*math.Sqrt(s[wordVar]))
	if s[wordRun] == 0 {
		return
	}
	if s[wordRun] <= blipLength {
		tallest := max(blipGrowth*b.width, blipMore*s[wordBlip])
		if s[wordVar] <= b.floor*b.floor && s[wordBlip] < b.floor {
			tallest = math.Inf(1) // nothing is known of this series' noise: the blip is the first there is
		}
		s[wordBlip] = max(s[wordBlip], min(s[wordPeak], tallest))
		s[wordRun] = 0
		return
	}
	s[wordRun] = math.Floor(s[wordRun] * 0.5)
}

// adopt accepts the level of a long abnormal run, with the spread it had.
func adopt(s *series, last float64) {
	spread := s[wordAltDev]
	s[wordLevel], s[wordMemory] = s[wordAlt], last
	s[wordDrift], s[wordPull] = 0, 0
	s[wordVar] = max(s[wordVar], 2*spread*spread)
	s[wordMAD] = max(s[wordMAD], spread)
	s[wordRun] = 0
}
