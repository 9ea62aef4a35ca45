package statistical

import (
	"math"

	"eddy/algorithms"
)

// These make the three measures of spread agree on Gaussian noise.
const (
	madToSigma = 1.4826
	iqrToSigma = 0.7413
)

const (
	// guessedSpread is the relative spread assumed of a series that has never moved; knownSpread is what is left of the
	// assumption once it has moved often.
	guessedSpread = 0.01
	knownSpread   = 1e-5
	// blipShare is how much of the last tall blip is taken for spread: a blip as tall is then 4 spreads, no alarm.
	blipShare = 0.15
	// leastSpread keeps divisions defined for a series that is exactly zero.
	leastSpread = 1e-30
	// agreement bounds how far MAD and IQR may fall below the standard deviation. A series that is mostly still
	// has a median residual of zero, and its every move would otherwise be infinitely rare.
	agreement = 0.3
)

// band is what is expected of the next sample: a centre, and the spread as each of the three measures sees it.
type band struct {
	expected        float64
	sigma, mad, iqr float64 // each in standard deviations of Gaussian noise
	width           float64 // one unit of deviation: the three taken together
	floor           float64 // what sigma is at least
}

// predict forms the band. After a gap the memory says nothing, and the spread is that of the level.
func predict(s *series, gap bool) (b band) {
	pull, variance, agree := s[wordPull], s[wordVar], agreement
	if gap {
		pull, variance, agree = 0, variance+s[wordSwing], 1
	}
	b.expected = s[wordLevel] + float64(pull*(s[wordMemory]-s[wordLevel])) + s[wordDrift]

	guess := guessedSpread/(1+float64(s[wordMoves]*0.125)) + knownSpread
	b.floor = max(guess*math.Abs(s[wordLevel]), blipShare*s[wordBlip], leastSpread)
	b.sigma = max(math.Sqrt(variance), b.floor)
	least := agree * b.sigma
	b.mad = max(madToSigma*s[wordMAD], least)
	b.iqr = max(iqrToSigma*(s[wordQ75]-s[wordQ25]), least)
	b.width = 3 / (1/b.sigma + 1/b.mad + 1/b.iqr)
	return b
}

// deviation is the mean of the residual in each of the three spreads.
func (b *band) deviation(residual float64) float64 {
	return min(math.Abs(residual)/b.width, farthest)
}

// contributions shares the score among the measures: the narrower its spread, the more a measure saw.
func (b *band) contributions(v *algorithms.Verdict) {
	share := b.width * (1.0 / 3)
	v.Contributions[0] = float32(share / b.sigma)
	v.Contributions[1] = float32(share / b.mad)
	v.Contributions[2] = float32(share / b.iqr)
}
