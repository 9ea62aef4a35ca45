package shape

import "math"

// pin holds a level that is close to the usual one at it, so that noise has no shape; in levels.
const pin = 6

// level places a block's value in the range, 0 to levels.
func level(s *series, x float64) uint8 {
	width := s[wordTop] - s[wordBottom]
	if !(width > 0) {
		return 0
	}
	share := max(0, min(1, (x-s[wordBottom])/width))
	l := math.Floor(float64(share*levels) + 0.5)
	if math.Abs(l-s[wordMedian]) < pin {
		l = s[wordMedian]
	}
	return uint8(max(0, min(l, levels))) // also for a state that is none
}

// push appends a level to the window, which forgets its oldest.
func push(w *[window]uint8, l uint8) {
	copy(w[:], w[1:])
	w[window-1] = l
}

// describe turns a window into features: its Haar wavelet coefficients with scale taken out, then its levels, then the
// complements of both.
func describe(w *[window]uint8, p *pattern) {
	var x [window]float64
	for i, l := range w {
		x[i] = float64(l)
	}
	stretch(&x)
	haar(&x)
	stretch(&x)
	for i := range window {
		p[i] = uint8(math.Floor(float64(x[i]*levels) + 0.5))
		p[window+i] = w[i]
	}
	for i := range features {
		p[features+i] = levels - p[i]
	}
}

// stretch brings values to 0..1; equal ones to 0.
func stretch(x *[window]float64) {
	low, high := x[0], x[0]
	for _, v := range x {
		low, high = min(low, v), max(high, v)
	}
	width := high - low
	for i := range x {
		if width > 0 {
			x[i] = (x[i] - low) / width
		} else {
			x[i] = 0
		}
	}
}

// haar replaces values by their full Haar transform: the mean first, then ever finer details, each later less earlier.
func haar(x *[window]float64) {
	var out [window]float64
	for n := window; n > 1; n /= 2 {
		for i := range n / 2 {
			a, b := x[2*i], x[2*i+1]
			out[i], out[n/2+i] = (a+b)/math.Sqrt2, (b-a)/math.Sqrt2
		}
		copy(x[:n], out[:n])
	}
}
