package lstm

import (
	"math"

	"eddy/algorithms/internal/profile"
	"eddy/algorithms/internal/recurrent"
)

func featureNames() []string { return []string{"value", "change", "roughness"} }

// farthest bounds what the net sees and says, in spreads.
const farthest = 8

// inputs describe the last value of the series that view is of: its distance from the level and from the value before,
// in spreads, and how large the series' steps are beside its spread: 1.4 for noise, near 0 for a smooth curve. After a
// gap the value before is too far away to count.
func inputs(view *profile.View, fresh bool) (x [recurrent.Inputs]float32) {
	x[0] = bounded((view.Last[0] - view.Level) / view.Unit)
	if !fresh {
		x[1] = bounded((view.Last[0] - view.Last[1]) / view.Unit)
	}
	x[2] = bounded(view.Step/view.Unit - 1)
	return x
}

// bounded is v within farthest of 0; 0 for NaN.
func bounded(v float64) float32 {
	if v != v {
		return 0
	}
	return float32(max(-farthest, min(farthest, v)))
}

// inside tells whether a value can be learned: not NaN, not infinite, not as good as that.
func inside(x float64) bool { return math.Abs(x) <= profile.Beyond }

// usual is the usual error of a series' forecasts, in spreads: a weighted mean of absolute errors.
type usual struct{ mean, count float64 }

const (
	meanToSigma = 1.2533 // of the mean absolute deviation of Gaussian noise
	errorClip   = 4      // standard deviations of an error that are learned
	errorFree   = 8      // errors that are learned unclipped
	// leastError keeps a series that is foretold exactly from scoring its rounding.
	leastError = 0.02
)

// sigma is the usual error as a standard deviation; that of the level's residuals while there is no forecast.
func (u usual) sigma() float64 {
	if u.count == 0 {
		return 1
	}
	return max(meanToSigma*u.mean, leastError)
}

// learn takes an error in, at rate once there are many.
func (u usual) learn(e, rate float64) usual {
	e = math.Abs(e)
	if u.count >= errorFree {
		e = min(e, errorClip*u.sigma())
	}
	u.mean += float64(max(rate, 1/(u.count+1)) * (min(e, 1e9) - u.mean))
	u.count++
	return u
}
