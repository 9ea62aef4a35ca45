package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// configure writes a configuration file.
func configure(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A gateway knows no detectors. It must not put the default policy into force over that of the scoring processes.
func TestOnlyScoringProcessesDecideThePolicy(t *testing.T) {
	t.Parallel()
	address := startNATS(t, t.TempDir())
	external := []string{"--nats.url", "nats://" + address, "--partitions", "1"}
	scoring := newEddy(t, append(external, "--config.file", configure(t, "detectors: [{name: own}]\n"))...)
	scoring.start()
	gateway := newEddy(t, append(external, "--stages", "ingest")...)
	gateway.start()
	gateway.process.stop(syscall.SIGTERM)
	gateway.extra = append(gateway.extra, "--config.file", configure(t, "detectors: [{name: other}]\n"))
	gateway.start()
	_, js := connect(t, address)
	if got := strings.Join(policies(t, js), " "); got != "own" {
		t.Errorf("policies in the log: %s; want own", got)
	}
	log, err := os.ReadFile(gateway.process.Stderr.(*os.File).Name())
	if err != nil || !strings.Contains(string(log), "does not run the scoring stage") {
		t.Errorf("%v; the gateway says nothing of its detectors: %s", err, log)
	}
}
