package shape

// match is how well a window fits a prototype, 0 to 1. Agree is the share of the newest block alone.
//
// It is fuzzy resonance's |min(x, w)| / |w|, cubed to spread it out, times the square of the same for the newest block: what
// just happened weighs more than what is about to leave the window.
func match(x, w *pattern) (fit, agree float64) {
	both, all := 0, 0
	for i := range sides {
		both += int(min(x[i], w[i]))
		all += int(w[i])
	}
	const newest = features - 1
	now := int(min(x[newest], w[newest])) + int(min(x[newest+features], w[newest+features]))
	ever := int(w[newest]) + int(w[newest+features])
	fit, agree = ratio(both, all), ratio(now, ever)
	return fit * fit * fit * agree * agree, agree
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// nearest finds the prototype that fits best; -1 when there is none.
func nearest(s *series, x *pattern) (index int, fit, agree float64) {
	index, fit = -1, -1
	var w pattern
	for i := range count(s) {
		w.load(s, i)
		if f, a := match(x, &w); f > fit {
			index, fit, agree = i, f, a
		}
	}
	return index, fit, agree
}

func count(s *series) int { return int(max(0, min(s[wordPrototypes], prototypes))) }

// widen lets a prototype take a window in.
func widen(s *series, i int, x *pattern) {
	var w pattern
	w.load(s, i)
	for k := range w {
		w[k] = min(w[k], x[k])
	}
	w.store(s, i)
}

// add makes a window a prototype; when there is no room, the nearest one takes it in. Forgetting one instead would make
// it new again one day.
func add(s *series, nearest int, x *pattern) {
	if n := count(s); n < prototypes {
		x.store(s, n)
		s[wordPrototypes] = float64(n + 1)
		return
	}
	widen(s, nearest, x)
}
