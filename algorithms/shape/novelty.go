package shape

import "math"

const (
	// half is the novelty that scores 0.5: about one window in three thousand of a series without trouble.
	half = 0.2
	// creep is the share of the slack by which vigilance rises with each window that fits, fall the share of the mean
	// shortfall by which it drops with each that does not: a series that is often new is held to less.
	creep = 0.19
	fall  = 0.5
)

// novel judges the window that a new block completes, learns it, and returns the decades of its rarity.
func novel(s *series, value float64) (decades float64) {
	var w [window]uint8
	unpack(s[wordWindow], w[:])
	push(&w, level(s, value))
	s[wordWindow] = pack(w[:])
	var x pattern
	describe(&w, &x)
	i, fit, agree := nearest(s, &x)
	s[wordMatches]++
	s[wordMatch] += (fit - s[wordMatch]) / s[wordMatches]
	s[wordUpper] = min(mostVigilance, s[wordMatch])
	s[wordLower] = min(s[wordLower], s[wordUpper])
	switch {
	case fit >= s[wordUpper]:
		widen(s, i, &x)
		relax(s, fit)
	case fit >= s[wordLower]:
		add(s, i, &x)
		relax(s, fit)
	default:
		add(s, i, &x)
		short := float64(0.35*(s[wordUpper]-fit)/max(s[wordUpper], 1e-9)) + float64(0.65*(s[wordLower]-fit)/max(s[wordLower], 1e-9))
		decades = rarity(short + float64(1.5*(1-agree)))
		miss(s, fit)
	}
	return decades
}

// relax lets vigilance creep up after a window that fitted.
func relax(s *series, fit float64) {
	s[wordLower] += float64(creep * max(0, min(fit, s[wordUpper])-s[wordLower]))
}

// miss lowers vigilance after one that did not, though never below what novel windows usually reach.
func miss(s *series, fit float64) {
	s[wordMisses]++
	s[wordShort] += (s[wordLower] - fit - s[wordShort]) / s[wordMisses]
	s[wordMissed] += (fit - s[wordMissed]) / s[wordMisses]
	s[wordLower] = max(s[wordLower]-float64(fall*s[wordShort]), s[wordMissed])
}

// rarity turns novelty into decades: steep below what counts, so that the many windows which are a little new stay
// silent, and flatter above.
func rarity(novelty float64) float64 {
	r := max(0, novelty) / half
	if r < 1 {
		return 6 * r * r * r * r * r * r
	}
	return 6 * r * math.Sqrt(r)
}
