// Package forest finds samples that do not fit the shape of the series they are in: an isolation forest (Liu, Ting and
// Zhou, "Isolation Forest", ICDM 2008) over what a series does relative to its own profile, trained once for any number
// of series.
//
//	value ─► vector: residual, change, bend, mean, dispersion, lags, gap, ... ─► forest ─► rarity ─┐
//	  │          ▲                                                                                 max ─► score
//	  │       profile: level, spread, step, last values (learned after scoring)                    │
//	  ├─► residual in spreads ──────────────────────────────────────────────► rarity ─────────────┤
//	  └─► change in steps ──────────────────────────────────────────────────► rarity ─────────────┘
//
// The forest's score is calibrated by what it gave the training rows. It saturates: a value far beyond everything trained
// on is isolated no sooner than one just outside, and one feature of thirteen that is odd is drowned by the others. So
// residual and change alone are judged, too, by their own tails in training; that keeps worse values scoring higher, and
// gives the bounds. Inside the bounds a sample may score high by its shape. What a series makes of it in the end is the
// rarity in that series: some are rougher than those trained on, and their own tail is learned online.
//
// Measured against scikit-learn on the same rows, see package isolation and `make bench-peers`.
package forest
