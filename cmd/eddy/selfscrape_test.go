package main

import (
	"errors"
	"net"
	"testing"
)

func TestInstancesOfTwoMachinesDiffer(t *testing.T) {
	t.Parallel()
	f := func(name string, err error, address, want string) {
		t.Helper()
		listen, lookup := net.ResolveTCPAddr("tcp", address)
		if lookup != nil {
			t.Fatal(lookup)
		}
		if got := instance(func() (string, error) { return name, err }, listen); got != want {
			t.Errorf("%s on %q: got %s, want %s", address, name, got, want)
		}
	}
	f("a", nil, "127.0.0.1:7420", "a:7420")
	f("b", nil, "127.0.0.1:7420", "b:7420")
	f("a", nil, "[::]:80", "a:80")
	f("", nil, "127.0.0.1:7420", "127.0.0.1:7420")
	f("a", errors.New("unknown"), "[::1]:7420", "[::1]:7420")
}
