package backtest

import "eddy/algorithms"

// outlook turns the scores of one series into what is asked of a file of scores: how much each row says that was not known
// before.
//
//	calm ─ score clearly above a half ─► news: 0.5 + score/2 ─► goes on: below 0.5, fading ─ calm for some rows ─► calm
//	                                        ▲                        │
//	                                        └────── clearly worse ───┘
//
// News stands in the upper half, so one threshold finds where anomalies begin. What goes on, and what fades, stands in
// the lower half, ordered by how bad it is, so that rows of an anomaly rank above normal ones.
type outlook struct {
	calm int     // rows in a row without oddness
	open bool    // an anomaly has been said
	peak float64 // its worst rarity so far, in decades
	held float64 // the fading score
}

const (
	newsAt   = 5   // decades from which on a row can be news
	oddAt    = 3   // decades below which a row is calm
	calmRows = 3   // calm rows that end an anomaly
	clearly  = 1.2 // how much worse is news again
	fading   = 0.1 // share of the distance by which the held score follows a lower one
)

// next takes the score of a row.
func (o *outlook) next(score float64) float64 {
	decades := algorithms.Rarity(score)
	if score > o.held {
		o.held = score
	} else {
		o.held += fading * (score - o.held)
	}
	if decades < oddAt {
		if o.calm++; o.calm >= calmRows {
			o.open, o.peak = false, 0
		}
	} else {
		o.calm = 0
	}
	if decades > newsAt && (!o.open || decades > clearly*o.peak) {
		o.open, o.peak = true, decades
		return 0.5 + score/2
	}
	return o.held / 2
}
