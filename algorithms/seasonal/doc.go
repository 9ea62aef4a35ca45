// Package seasonal scores a series by its distance from what is usual at this time of day: online, in 61 words of
// state and without a training set.
//
//	value ─► residual = value - (profile + offset) ─► in mean absolute residuals ─► rarity ─► score
//	                               ▲                              ▲
//	               48 half hours of the day (UTC),     one slow spread for the whole series
//	               each a slow mean
//
// The profile is only used where it explains the series: its mean absolute error must be by 30 % smaller than that of a
// plain slow mean (the strength of seasonality of Wang, Smith and Hyndman, 2006, with absolute errors for robustness).
// Everywhere else the series is held against its recent mean, so that this is never worse than no season at all.
//
// Two choices were measured and matter more than they look. The spread is one for all times of day: spreads of its own
// for each half hour rest on few samples and hide what is odd at night. And it is learned from unclipped residuals:
// after an outage it stays wide for a while, which is what keeps the next hours from being reported as well.
//
// What this cannot see: a week (a Sunday is held against all days), and what drifts slower than the offset, whose
// memory is fifty samples.
package seasonal
