// Package lstm foretells the next sample of a series and scores how far off it was: one LSTM layer (Hochreiter and
// Schmidhuber, "Long Short-Term Memory", 1997), trained once for any number of series on what they do relative to their
// own profile.
//
//	value ─► error = value - forecast ─► deviation = error / usual error ─► rarity ─► score
//	  │                                                                                  learned after scoring:
//	  └─► profile: level, spread, step ─► value, change, roughness ─► LSTM ─► the next forecast; usual error
//
// Everything the net sees and says is in spreads of the series. The usual error is each series' own, so one that the net
// foretells badly has wide bounds and one it knows has narrow ones. A deviation's rarity is read off those in training.
//
// Training (truncated backpropagation through time over windows of 64, Adam, clipped gradients) holds back the last
// fifth of the time range, of all series at the same moment, and stops when the net gets no better there.
package lstm
