package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
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

// Samples were accepted until the log was full, and nobody processed them. An eddy with another policy starts all the
// same, so that its stages can drain the log; it says why it is not ready, and the policy follows when there is room.
func TestStartsOnAFullLog(t *testing.T) {
	t.Parallel()
	common := "nats: {max_store: 10MiB}\nself_scrape: {disabled: true}\npartitions: 1\n"
	e := newEddy(t, "--config.file", configure(t, common), "--stages", "ingest")
	e.start()
	fill(t, "http://"+e.web+"/api/v1/write")
	e.process.stop(syscall.SIGTERM)

	e.extra = []string{"--config.file", configure(t, common+"detectors: [{name: own}]\n")}
	e.launch()
	status := func(method, path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+e.web+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, ""
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	eventually(t, "eddy says why it is not ready", 30*time.Second, func() bool {
		code, says := status(http.MethodGet, "/-/ready")
		return code == http.StatusServiceUnavailable && strings.Contains(says, "the policy is not in force")
	})
	if code, says := status(http.MethodPost, "/-/reload"); code != http.StatusServiceUnavailable || !strings.HasPrefix(says, "accepted") {
		t.Errorf("reload: %d %s", code, says)
	}
	if got := e.metric("eddy_policy_pending_partitions"); got != 1 {
		t.Errorf("%v partitions lack the policy", got)
	}
	_, js := connect(t, e.nats)
	log := samplesLog(t, js)
	if err := log.Purge(t.Context(), jetstream.WithPurgeSequence(log.CachedInfo().State.LastSeq/2)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "eddy is ready", 60*time.Second, func() bool { return get(t, "http://"+e.web+"/-/ready") == "ready" })
	if got := strings.Join(policies(t, js), " "); got != "own" {
		t.Errorf("policies in the log: %s", got)
	}
}

// fill sends samples until the log takes no more, not even of one series.
func fill(t *testing.T, url string) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	load := fleet{series: 1500, from: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	for load.steps = 0; load.steps < 5000; load.steps++ {
		switch status := post(client, url, load.request(load.steps)); {
		case status == http.StatusServiceUnavailable && load.series == 1:
			return
		case status == http.StatusServiceUnavailable:
			load.series = 1
		case status/100 != 2:
			t.Fatalf("step %d: status %d", load.steps, status)
		}
	}
	t.Fatal("the log is never full")
}
