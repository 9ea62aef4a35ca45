package forest

import (
	"math"
	"slices"

	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/profile"
	"eddy/schema"
)

// The features of the vector, in order. Values are in spreads of the series and squashed; see vector.
const (
	residual   = iota // value - level
	offset            // value - level, both as the feature stage has them
	change            // value - last value, in usual steps
	step              // value - last value
	bend              // change - last change, in usual steps
	trend             // change per interval, by the feature stage
	mean              // mean of the last 8 values, this one included, - level
	dispersion        // mean absolute deviation from that mean, in usual steps
	lag1              // last value - level
	lag2              //
	lag4              //
	lag8              //
	gap               // time since the last sample in intervals, logarithm
	dimension
)

// The contributors, in order: what a feature is about.
const (
	aboutLevel = iota
	aboutChange
	aboutShape
	aboutArrival
	aboutCount
)

func contributors() []string { return []string{"level", "change", "shape", "arrival"} }

func featureNames() []string {
	return []string{"residual", "offset", "change", "step", "bend", "trend", "mean", "dispersion", "lag1", "lag2", "lag4", "lag8", "gap"}
}

// about groups features into contributors.
func about(feature int) int {
	switch feature {
	case residual, offset, mean:
		return aboutLevel
	case change, step, bend, trend:
		return aboutChange
	case gap:
		return aboutArrival
	}
	return aboutShape
}

// columns are where the feature stage keeps what the vector takes from it; -1 where it does not.
type columns struct{ level, spread, trend, interval, gap int }

func findColumns() columns {
	names := schema.FeatureNames()
	at := func(name string) int { return slices.Index(names, name) }
	return columns{at("level"), at("spread"), at("trend"), at("interval"), at("gap")}
}

// vector describes x, finite, as the next value of the series that view and last are of.
func (c *columns) vector(view *profile.View, last *[profile.Lags]float64, x float64, features []float32) (out isolation.Vector) {
	perUnit, perStep := 1/view.Unit, 1/view.Step
	apart := x - view.Level
	out[residual] = squash(apart * perUnit)
	out[change] = squash((x - last[0]) * perStep)
	out[step] = squash((x - last[0]) * perUnit)
	out[bend] = squash((x - 2*last[0] + last[1]) * perStep)
	out[lag1] = squash((last[0] - view.Level) * perUnit)
	out[lag2] = squash((last[1] - view.Level) * perUnit)
	out[lag4] = squash((last[3] - view.Level) * perUnit)
	out[lag8] = squash((last[7] - view.Level) * perUnit)

	middle := x
	for _, l := range last[:7] {
		middle += l
	}
	middle = float64(middle * (1.0 / 8))
	around := math.Abs(x - middle)
	for _, l := range last[:7] {
		around += math.Abs(l - middle)
	}
	out[mean] = squash((middle - view.Level) * perUnit)
	out[dispersion] = squash(around * (1.0 / 8) * perStep)
	c.staged(&out, x, features)
	return out
}

// staged fills in what the feature stage knows; without it these features stay 0, as they then were in training.
func (c *columns) staged(out *isolation.Vector, x float64, features []float32) {
	f := func(i int) (float64, bool) {
		if i < 0 || i >= len(features) {
			return 0, false
		}
		v := float64(features[i])
		return v, math.Abs(v) <= math.MaxFloat32 // not NaN
	}
	level, okLevel := f(c.level)
	spread, okSpread := f(c.spread)
	spread = max(spread, 1e-6*math.Abs(level), 1e-30)
	if okLevel && okSpread {
		out[offset] = squash((x - level) / spread)
	}
	slope, okSlope := f(c.trend)
	interval, okInterval := f(c.interval)
	if okSpread && okSlope && okInterval {
		out[trend] = squash(slope * interval / spread)
	}
	if since, ok := f(c.gap); ok {
		out[gap] = squash(math.Log(max(since, 1e-3)))
	}
}

// bend of the squash: values well below are kept, those well above are all but the same.
const knee = 8

// squash maps any number into (-knee, knee), keeping order; NaN to 0. A forest splits a range evenly, and without this
// one glitch in training would leave most splits to itself.
func squash(z float64) float32 {
	z = max(-1e6, min(1e6, z))
	if z != z {
		return 0
	}
	return float32(z / (1 + float64(math.Abs(z)*(1.0/knee))))
}
