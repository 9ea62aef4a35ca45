package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A configuration is applied as a whole, by signal or by request, or refused with the reason while the old one stays.
func TestReload(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("detectors: [{name: first}]\n")
	e := newEddy(t, "--config.file", file, "--partitions", "1")
	e.start()
	reload := func() (int, string) {
		t.Helper()
		resp, err := http.Post("http://"+e.web+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body := make([]byte, 4096)
		n, _ := resp.Body.Read(body)
		return resp.StatusCode, string(body[:n])
	}

	write("detectors:\n  - name: second\n    fro: 5\n")
	if code, text := reload(); code != http.StatusBadRequest || !strings.Contains(text, "eddy.yaml:3") {
		t.Errorf("unknown key: %d %s", code, text)
	}
	if got := e.metric("eddy_config_last_reload_successful"); got != 0 {
		t.Errorf("last reload successful = %v after a refusal", got)
	}
	write("detectors: [{name: second}]\npartitions: 7\n")
	if code, text := reload(); code != http.StatusOK { // the flag beats the file, so nothing that needs a restart has changed
		t.Errorf("good file: %d %s", code, text)
	}
	write("detectors: [{name: third}]\nretention: {samples: 1h}\n")
	if code, text := reload(); code != http.StatusBadRequest || !strings.Contains(text, "retention") {
		t.Errorf("a change that needs a restart: %d %s", code, text)
	}
	write("detectors: [{name: third}]\n")
	_ = e.process.Process.Signal(syscall.SIGHUP)
	_, js := connect(t, e.nats)
	eventually(t, "the third policy is in the log", 10*time.Second, func() bool { return strings.Join(policies(t, js), " ") == "first second third" })
	if got := e.metric("eddy_config_last_reload_successful"); got != 1 {
		t.Errorf("last reload successful = %v after SIGHUP", got)
	}
}

// policies returns the names of the first detector of each policy in the samples log, in order.
func policies(t *testing.T, js jetstream.JetStream) (names []string) {
	readStream(t, js, "EDDY_SAMPLES_0", []string{"eddy.samples.$control.0"}, func(m jetstream.Msg) {
		_, after, _ := strings.Cut(string(m.Data()), `"name":"`)
		name, _, _ := strings.Cut(after, `"`)
		names = append(names, name)
	})
	return names
}

// Without any sender there is life: eddy ingests its own metrics as tenant eddy.
func TestSelfScrape(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	if err := os.WriteFile(file, []byte("self_scrape: {interval: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEddy(t, "--config.file", file)
	e.start()
	_, js := connect(t, e.nats)
	eventually(t, "eddy's own samples are in the log", 15*time.Second, func() bool {
		found := 0
		for _, name := range streams(t, js, "EDDY_SAMPLES_") {
			readStream(t, js, name, []string{"eddy.samples.eddy.>"}, func(m jetstream.Msg) { found += len(decodeSamples(t, m)) })
		}
		return found > 100
	})
}

// A second eddy on the same directory is refused before it can do harm, and says what to do.
func TestTwoOnOneDirectory(t *testing.T) {
	t.Parallel()
	e := newEddy(t)
	e.start()
	second := newEddy(t)
	second.dir = e.dir
	second.launch()
	select {
	case <-second.process.exited:
	case <-time.After(20 * time.Second):
		t.Fatal("the second eddy runs")
	}
	log, err := os.ReadFile(second.process.Stderr.(*os.File).Name())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), "in use by another eddy") || !strings.Contains(string(log), "--data.dir") {
		t.Errorf("the second eddy says: %s", log)
	}
}
