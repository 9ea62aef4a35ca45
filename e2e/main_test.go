package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// eddyBinary is built once for all tests.
var eddyBinary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "eddy-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	eddyBinary = filepath.Join(dir, "eddy")
	build := exec.Command("go", "build", "-o", eddyBinary, "../cmd/eddy")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
