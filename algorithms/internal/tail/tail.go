// Package tail turns a raw score into rarity: -log10 of the share of training rows that scored at least as high. Up to the
// 98 % quantile it reads the training scores' own quantiles; beyond, the excess follows a generalised Pareto law, as in
// Siffer et al., "Anomaly Detection in Streams with Extreme Value Theory" (KDD 2017), so rarity goes on growing where
// no training row ever was.
package tail

import (
	"errors"
	"math"
	"slices"

	"eddy/algorithms/internal/codec"
)

// knots is the number of quantiles kept, from the least score to the tail's threshold.
const knots = 10

// survivals are the shares of rows that score above each knot.
var survivals = [knots]float64{1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.07, 0.04, 0.02}

const (
	// The tail's shape is read off the quantiles above the threshold, so that one row in 200 may be an anomaly and not
	// count. A heavier tail than mostShape is put down to more anomalies than that. Of few rows no shape is believed: it is
	// drawn to 0 as if so many rows more had shown none.
	mostShape = 0.1
	mostBound = -0.25
	shapeless = 2000
	// reach is how much of a bounded tail is used; from there on rarity grows as fast as it does there.
	reach = 0.9
	// leastGap keeps the quantiles of scores that hardly vary apart, relative to the threshold.
	leastGap = 1e-6
	// largest bounds scores, so that products with them stay finite.
	largest = 1e12
)

// Tail is the distribution of a raw score. It never changes.
type Tail struct {
	quantiles    [knots]float64 // strictly increasing, >= 0
	decades      [knots]float64 // rarity at each
	scale, shape float64        // of the excess over the last quantile; > 0, mostBound to mostShape
}

// Fit reads the distribution off at least one score, each >= 0; it sorts them. The tail's scale is at least leastScale
// times its threshold: what is known of a million rows does not follow from the few there are. A tail may be taken for
// bounded only where the score is.
func Fit(scores []float64, leastScale float64, bounded bool) Tail {
	slices.Sort(scores)
	at := func(survival float64) float64 {
		i := int(float64(len(scores)) * (1 - survival))
		return max(0, min(largest, scores[max(0, min(len(scores)-1, i))]))
	}
	var t Tail
	for i, s := range survivals {
		t.quantiles[i] = at(s)
	}
	t.separate()
	threshold := t.quantiles[knots-1]
	near, far := at(0.01)-threshold, at(0.005)-threshold
	if shape := math.Log2((far - near) / near); shape > 0 || bounded && shape < 0 { // Pickands, 1975
		n := float64(len(scores))
		t.shape = max(mostBound, min(mostShape, shape)) * n / (n + shapeless)
	}
	unit := math.Log(4) // what far is of the scale, with no shape
	if t.shape != 0 {
		unit = (math.Pow(4, t.shape) - 1) / t.shape
	}
	t.scale = max(far/unit, leastScale*threshold, math.SmallestNonzeroFloat32)
	t.rare()
	return t
}

// separate makes the quantiles strictly increasing, from the last one down, and where that ends at 0 up again.
func (t *Tail) separate() {
	last := max(t.quantiles[knots-1], 1e-9)
	gap := float64(last * leastGap)
	t.quantiles[knots-1] = last
	for i := knots - 2; i >= 0; i-- {
		t.quantiles[i] = max(0, min(t.quantiles[i], t.quantiles[i+1]-gap))
	}
	for i := 1; i < knots-1; i++ {
		t.quantiles[i] = max(t.quantiles[i], t.quantiles[i-1]+gap)
	}
}

func (t *Tail) rare() {
	for i, s := range survivals {
		t.decades[i] = -math.Log10(s)
	}
}

// Rarity is the decades of rarity of a score: 0 below the least quantile, and increasing from there on.
func (t *Tail) Rarity(score float64) float64 {
	over := min(score, largest) - t.quantiles[knots-1]
	if over >= 0 {
		return t.decades[knots-1] + t.nats(over)/math.Ln10
	}
	for i := 1; i < knots; i++ {
		if score < t.quantiles[i] {
			low, high := t.quantiles[i-1], t.quantiles[i]
			return max(0, t.decades[i-1]+(t.decades[i]-t.decades[i-1])*(score-low)/(high-low))
		}
	}
	return 0 // NaN
}

// nats is the natural logarithm of how much rarer an excess over the threshold is than the threshold.
func (t *Tail) nats(over float64) float64 {
	switch {
	case t.shape == 0:
		return over / t.scale
	case t.shape > 0 || over <= t.end():
		return math.Log1p(t.shape*over/t.scale) / t.shape
	}
	return t.nats(t.end()) + (over-t.end())/(t.scale+float64(t.shape*t.end()))
}

// end is the excess up to which a bounded tail is used.
func (t *Tail) end() float64 { return -reach * t.scale / t.shape }

// Score is the inverse of Rarity, for decades > 0.
func (t *Tail) Score(decades float64) float64 {
	for i := 1; i < knots; i++ {
		if decades < t.decades[i] {
			share := (decades - t.decades[i-1]) / (t.decades[i] - t.decades[i-1])
			return t.quantiles[i-1] + float64(share*(t.quantiles[i]-t.quantiles[i-1]))
		}
	}
	nats := (decades - t.decades[knots-1]) * math.Ln10
	over := nats * t.scale
	if t.shape != 0 {
		over = math.Expm1(nats*t.shape) / t.shape * t.scale
	}
	if t.shape < 0 && !(over <= t.end()) {
		over = t.end() + float64((nats-t.nats(t.end()))*(t.scale+float64(t.shape*t.end())))
	}
	return t.quantiles[knots-1] + over
}

// Append writes the distribution behind b.
func (t *Tail) Append(b []byte) []byte {
	for _, q := range t.quantiles {
		b = codec.AppendFloat64(b, q)
	}
	return codec.AppendFloat64(codec.AppendFloat64(b, t.scale), t.shape)
}

// ErrTail says that bytes are no distribution.
var ErrTail = errors.New("not a distribution of scores")

// Read takes a distribution off the reader; one that Fit does not make is ErrTail.
func Read(r *codec.Reader) (t Tail, err error) {
	last := -1.0
	for i := range t.quantiles {
		q := r.Float64()
		if !(q > last && q >= 0 && q <= largest) {
			err = ErrTail
		}
		t.quantiles[i], last = q, q
	}
	t.scale, t.shape = r.Float64(), r.Float64()
	if !(t.scale > 0 && t.scale <= largest && t.shape >= mostBound && t.shape <= mostShape) {
		err = ErrTail
	}
	t.rare()
	return t, err
}
