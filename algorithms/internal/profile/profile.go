// Package profile follows one series online: its level, its spread, the usual size of its steps, and its last values.
// Trained algorithms see a series relative to its own profile, so that one model serves series of any unit and size.
//
// All of it is exponentially weighted and robust in the sense of Huber, "Robust Estimation of a Location Parameter"
// (1964): a residual counts for at most a few spreads, so an outlier moves little, while a lasting change makes the
// spread grow by a bounded factor a sample until it is taken in, after about two half-lives for any size.
package profile

import "math"

const (
	wordCount  = iota // samples learned
	wordLevel         // weighted mean
	wordSpread        // weighted mean absolute residual
	wordWide          // the same with a long memory and a wide clip: what a mostly still series keeps of its moves
	wordStep          // weighted mean absolute first difference
	wordMoves         // how often the value changed at all
	wordLowest        // lowest value seen
	wordLast          // the last values, newest first, outliers clipped
	Words      = wordLast + Lags
)

// Lags is how many past values are kept.
const Lags = 8

// State is a series' profile; zero at first.
type State = [Words]float64

const (
	// Beyond is the largest magnitude that is learned; what lies outside is as good as infinite. Its square is finite.
	Beyond = 1e150

	meanToSigma = 1.2533 // of the mean absolute deviation of Gaussian noise
	clip        = 4      // units of a residual that are learned
	wideClip    = 20
	wideSlower  = 16
	wideShare   = 0.2 // of the long memory's spread is the least unit
	lagClip     = 6   // units that a past value may be away from the level
	stepShare   = 0.05
	free        = 8 // samples that are learned unclipped, because nothing is known yet
	// guessed is the relative spread assumed of a series that has never moved, known what is left of it once it has.
	guessed = 0.01
	known   = 1e-5
	least   = 1e-30 // keeps divisions defined for a series that is exactly zero
)

// Profile is the settings; it never changes.
type Profile struct{ rate float64 }

// New makes a profile in which a value has lost half its weight after halfLife samples.
func New(halfLife float64) Profile { return Profile{rate: 1 - math.Exp2(-1/halfLife)} }

// View is what a state says before the next sample: units are standard deviations of Gaussian noise.
type View struct {
	Count  float64
	Level  float64
	Unit   float64 // of residuals from the level
	Step   float64 // unit of first differences
	Last   *[Lags]float64
	Lowest float64
	still  bool // nothing is known of its noise
}

// Sane tells whether a state is one that Learn leaves behind. Others must be cleared.
func Sane(s *State) bool {
	sum := 0.0
	for _, w := range s {
		sum += float64(w * 0)
	}
	return sum == 0 && s[wordCount] >= 0 && s[wordSpread] >= 0 && s[wordWide] >= 0 && s[wordStep] >= 0 &&
		s[wordMoves] >= 0 && math.Abs(s[wordLevel]) <= 2*Beyond && s[wordSpread] <= 4*Beyond && s[wordWide] <= 4*Beyond
}

// Look reads the state.
func Look(s *State) View {
	v := View{Count: s[wordCount], Level: s[wordLevel], Lowest: s[wordLowest], Last: (*[Lags]float64)(s[wordLast:])}
	floor := max((guessed/(1+float64(s[wordMoves]*0.125))+known)*math.Abs(v.Level), least)
	unit := meanToSigma * max(s[wordSpread], wideShare*s[wordWide])
	v.still = unit <= floor
	v.Unit = max(unit, floor)
	v.Step = max(meanToSigma*s[wordStep], stepShare*v.Unit)
	return v
}

// Recall is the last values as they bear on x, newest first: after a gap nothing does, and all are x itself.
func (v *View) Recall(x float64, gap bool) [Lags]float64 {
	if !gap && v.Count >= Lags {
		return *v.Last
	}
	var last [Lags]float64
	n := 0
	if !gap {
		n = copy(last[:], v.Last[:int(v.Count)])
	}
	oldest := v.near(x)
	if n > 0 {
		oldest = last[n-1]
	}
	for i := n; i < Lags; i++ {
		last[i] = oldest
	}
	return last
}

// near is x, but not farther from the level than past values may be.
func (v *View) near(x float64) float64 {
	if v.still || v.Count < free {
		return x
	}
	return max(v.Level-float64(lagClip*v.Unit), min(v.Level+float64(lagClip*v.Unit), x))
}

// Learn takes a finite value, at most Beyond in magnitude, into the state that the view was read from.
func (p Profile) Learn(s *State, v View, x float64, gap bool) {
	if v.Count == 0 {
		*s = State{wordCount: 1, wordLevel: x, wordLowest: x, wordLast: x}
		return
	}
	rate := max(p.rate, 1/(v.Count+1))
	residual := x - v.Level
	narrow, wide := math.Inf(1), math.Inf(1)
	if v.Count >= free && !v.still {
		narrow, wide = clip*v.Unit, wideClip*v.Unit
	}
	near := max(-narrow, min(narrow, residual))
	s[wordLevel] += float64(rate * near)
	s[wordSpread] += float64(rate * (math.Abs(near) - s[wordSpread]))
	s[wordWide] += float64(max(p.rate/wideSlower, 1/(v.Count+1)) * (min(wide, math.Abs(residual)) - s[wordWide]))

	recent := v.near(x)
	last := v.Recall(x, gap)
	if !gap {
		step := math.Abs(recent - last[0])
		if v.Count >= free && !v.still {
			step = min(step, clip*v.Step)
		}
		s[wordStep] += float64(rate * (step - s[wordStep]))
	}
	if recent != v.Last[0] {
		s[wordMoves]++
	}
	copy(s[wordLast+1:], last[:Lags-1])
	s[wordLast] = recent
	s[wordLowest] = min(s[wordLowest], x)
	s[wordCount]++
}
