package catalogue_test

import (
	"testing"

	"eddy/algorithms/catalogue"
	"eddy/algorithms/lawtest"
)

func TestEveryAlgorithmIsLawful(t *testing.T) {
	for _, a := range catalogue.All() {
		t.Run(a.Name(), func(t *testing.T) { lawtest.RunUnbanded(t, a, lawtest.History) })
	}
}

func TestNamesAreUniqueAndOrdered(t *testing.T) {
	t.Parallel()
	last := ""
	for _, a := range catalogue.All() {
		if a.Name() <= last {
			t.Errorf("%q stands behind %q", a.Name(), last)
		}
		last = a.Name()
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	f := func(name string, want bool) {
		t.Helper()
		a, ok := catalogue.Lookup(name)
		if ok != want || ok && a.Name() != name {
			t.Errorf("Lookup(%q) = %v, %v; want %v", name, a, ok, want)
		}
	}
	f("statistical", true)
	f("forest", true)
	f("lstm", true)
	f("Statistical", false)
	f("", false)
}
