// Package statistical scores a series by z-score, MAD and IQR: online, robust, in 21 words of state and without a
// training set. It is the algorithm that watches everything from the first sample.
//
//	value ─► residual = value - expected ─► deviation ─► rarity ─► score
//	              ▲                             ▲           ▲
//	         level, memory, drift      zscore, mad, iqr    tail           learned after scoring, from clipped residuals
//
// Expected is a slow level, plus the share of the last value's distance from it that this series keeps (near 0 for
// noise, near 1 for a smooth curve), plus a drift. So ramps and daily curves are followed, and noise is averaged.
//
// Deviation is the mean of three: the residual in clipped standard deviations, in MADs and in interquartile ranges.
// Each spread has a floor: a share of the level while the series has hardly ever moved, a share of the last tall blip
// that went away by itself, and a share of the standard deviation.
//
// Rarity comes from the series' own tail of deviations (peaks over threshold, exponential excess), so a heavy-tailed
// latency needs a farther outlier than a quiet temperature. Early on everything is wider, because little is known.
//
// Nothing is learned without bound: a residual counts for at most three spreads, an abnormal one at a fraction of the
// rate; only the first of a run teaches the tail; and a new level is accepted as a whole after `adopt` abnormal samples
// in a row. What this cannot see: a leak of less than one to two standard deviations a sample, because the level
// follows it; and what is odd only for the time of day.
package statistical
