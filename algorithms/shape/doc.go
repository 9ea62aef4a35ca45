// Package shape scores a series by whether it has ever looked like this before: online, in 152 words of state and
// without a training set. It finds what no spread can: a flat line where there should be a wave, a wave of another
// form, a level that is inside the range but was never held.
//
//	rows ─► blocks of a quarter of an hour ─► last eight blocks ─► 16 features ─► nearest prototype ─► novelty ─► score
//	   └──► range of everything so far ─────────────────────────────────────────────────────────────► break   ─► score
//
// A block is reduced to its mean, or to its peak when that stands out. The last eight, and their Haar wavelet
// coefficients with scale taken out, are matched against up to 32 prototypes by fuzzy adaptive resonance (Carpenter,
// Grossberg and Rosen, 1991; the vigilance that follows the series is an idea of Hole's ARTime, 2022). The first 128
// blocks only teach. A prototype that matches well enough widens to take the window in; a window that matches none is
// novel, and becomes a prototype, so that nothing is new twice.
//
// Beside it stands the simplest rule that works: a value that leaves the range of everything seen so far, by more than
// a twentieth of it.
//
// What is said once is not said again: after a verdict, the next 64 blocks must be half as novel again to count. A
// verdict lasts for five rows, so that rules which ask for several abnormal rows in a row see it.
//
// The range that shapes are measured in is fixed when teaching ends, at three times what was seen: a maximum of the
// future is never looked at. What this cannot see: a spike that is neither new in height nor long enough to form a block.
package shape
