// Package ensemble asks three algorithms and combines what they say: statistical (is this value far from the last
// ones?), seasonal (is it far from what is usual at this hour?) and shape (has the series ever looked like this?). It is
// online, takes 237 words of state, and is the default.
//
//	statistical ─┐
//	             ├─ geometric mean of rarities ─► soft cap ─┐
//	seasonal ────┘                                          ├─ the larger ─► score
//	shape ──────────────────────────────────────────────────┘
//
// The first two judge the same thing, a value, so both must find it odd: their geometric mean is high only when neither
// shrugs. It was measured against mean, minimum and maximum. Shape judges something else and speaks for itself.
//
// One row far out is weak evidence for people who run systems, however far: scrapes hiccup. So rarity beyond six
// decades is capped softly, two decades higher at first and two more for each further abnormal row in a row. A spike is
// at most information; what lasts becomes critical within a few samples.
package ensemble
