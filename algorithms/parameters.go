package algorithms

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// Resolve checks given against a parameter space and returns one value per parameter, in the order of the space, with
// defaults where nothing was given. The error names every fault: unknown names, values out of bounds, NaN, fractions
// where an integer belongs.
func Resolve(space []Parameter, given map[string]float64) ([]float64, error) {
	values := make([]float64, len(space))
	var faults []error
	known := make(map[string]bool, len(space))
	for i, p := range space {
		known[p.Name] = true
		v, ok := given[p.Name]
		if !ok {
			v = p.Default
		}
		if err := p.Check(v); err != nil {
			faults = append(faults, err)
		}
		values[i] = v
	}
	for _, name := range sortedNames(given) {
		if !known[name] {
			faults = append(faults, fmt.Errorf("parameter %q is unknown", name))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return values, nil
}

// Check tells whether v is a value the parameter may take.
func (p Parameter) Check(v float64) error {
	switch {
	case !(v >= p.Min && v <= p.Max): // also NaN
		return fmt.Errorf("parameter %q is %v; it must be %v to %v", p.Name, v, p.Min, p.Max)
	case p.Integer && v != math.Trunc(v):
		return fmt.Errorf("parameter %q is %v; it must be a whole number, %v to %v", p.Name, v, p.Min, p.Max)
	}
	return nil
}

// sortedNames keeps the order of faults independent of the map's.
func sortedNames(m map[string]float64) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
