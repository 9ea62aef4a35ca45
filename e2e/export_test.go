package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Every verdict can be scraped, and is sent by remote write where configured.
func TestVerdictsAsSeries(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		if r.Header.Get("X-Scope-OrgID") == "eddy" && r.Header.Get("Content-Encoding") == "snappy" {
			sent.Add(n)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	text := "self_scrape: {interval: 1s}\nexport: {scrape: true, interval: 1s, remote_write_url: '" + receiver.URL + "/api/v1/write'}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEddy(t, "--config.file", file)
	e.start()
	eventually(t, "verdicts are exported", 20*time.Second, func() bool {
		response, err := http.Get("http://" + e.web + "/api/v1/scores?tenant=eddy")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return err == nil && strings.Contains(string(body), `y{for="go_goroutines",`) && sent.Load() > 0
	})
}
