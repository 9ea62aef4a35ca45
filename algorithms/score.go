package algorithms

import "math"

// scoreHalf is the number of decades of rarity that score 0.5.
const scoreHalf = 6

// Score turns a tail probability into the calibrated score every algorithm reports: with L = -log10(p), the rarity in
// decades, score = L / (L + 6). So 0.5 means "a sample of normal data deviates this much once in a million",
// 0.65 once in 10^11, 0.8 once in 10^24; the scale never saturates, so worse always scores higher.
//
// p is the probability, under the model's own estimate of the series' normal behaviour, of a deviation at least this large.
func Score(p float64) float64 { return ScoreFromRarity(-math.Log10(p)) }

// ScoreFromRarity is Score for a rarity given in decades; it is the form to use where p would underflow.
func ScoreFromRarity(decades float64) float64 {
	if !(decades > 0) { // also NaN
		return 0
	}
	if math.IsInf(decades, 1) {
		return 1
	}
	decades = float64(decades) // or the caller's last product may be fused with the sum on some processors
	return decades / (decades + scoreHalf)
}

// Rarity is the inverse of ScoreFromRarity, in decades.
func Rarity(score float64) float64 {
	if score >= 1 {
		return math.Inf(1)
	}
	return scoreHalf * score / (1 - score)
}
