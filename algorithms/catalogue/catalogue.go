package catalogue

import (
	"eddy/algorithms"
	"eddy/algorithms/ensemble"
	"eddy/algorithms/forest"
	"eddy/algorithms/lstm"
	"eddy/algorithms/seasonal"
	"eddy/algorithms/shape"
	"eddy/algorithms/statistical"
)

// All returns the built-in algorithms, ordered by name. The slice is the caller's.
func All() []algorithms.Algorithm {
	return []algorithms.Algorithm{
		ensemble.Algorithm{},
		forest.Algorithm{},
		lstm.Algorithm{},
		seasonal.Algorithm{},
		shape.Algorithm{},
		statistical.Algorithm{},
	}
}

// Lookup finds an algorithm by the name configuration uses.
func Lookup(name string) (algorithms.Algorithm, bool) {
	for _, a := range All() {
		if a.Name() == name {
			return a, true
		}
	}
	return nil, false
}
