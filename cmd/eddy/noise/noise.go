// Package noise is randomness that can be repeated: pure functions of a key, for data that must be the same in every run.
package noise

import "math"

// Mix turns any key into 64 well-spread bits: the finaliser of SplitMix64.
// Source: https://prng.di.unimi.it/splitmix64.c
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Normal is roughly normal with mean 0 and variance 1, and never beyond 3.5: the scaled sum of four uniform numbers.
func Normal(key uint64) float64 {
	h := Mix(key)
	sum := float64(h&0xffff) + float64(h>>16&0xffff) + float64(h>>32&0xffff) + float64(h>>48)
	return (sum/0x10000 - 2) * math.Sqrt(3)
}

// String is a key for a name (FNV-1a), to be combined with others by exclusive or.
// Source: http://www.isthe.com/chongo/tech/comp/fnv/
func String(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}
