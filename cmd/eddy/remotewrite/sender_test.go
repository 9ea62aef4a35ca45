package remotewrite

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestHeadersPerProtocol(t *testing.T) {
	t.Parallel()
	f := func(protocol Protocol, tenant, contentType, version string) {
		t.Helper()
		s := Sender{Protocol: protocol, Tenant: tenant}
		h := http.Header{}
		s.header(h)
		if h.Get("Content-Type") != contentType || h.Get("X-Prometheus-Remote-Write-Version") != version ||
			h.Get("X-Scope-OrgID") != tenant || h.Get("Content-Encoding") != "snappy" {
			t.Errorf("protocol %d: %v", protocol, h)
		}
	}
	f(V1, "", "application/x-protobuf", "0.1.0")
	f(V2, "demo", "application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0")
}

// answers is a transport that says each status in turn, then the last one for ever.
type answers struct {
	statuses []int
	calls    atomic.Int64
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(a.calls.Add(1)) - 1
	status := a.statuses[min(n, len(a.statuses)-1)]
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	res := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("because")), Request: r}
	if status == http.StatusServiceUnavailable {
		res.Header.Set("Retry-After", "2")
	}
	return res, nil
}

func TestPersistRetriesWhatMaySucceed(t *testing.T) {
	t.Parallel()
	f := func(statuses []int, wantStatus, wantRetried int) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			s := Sender{URL: "http://receiver/", Client: &http.Client{Transport: &answers{statuses: statuses}}}
			a, retried := s.Persist(t.Context(), []byte("x"))
			if a.Status != wantStatus || retried != wantRetried {
				t.Errorf("%v: got %v after %d retries, want %d after %d", statuses, a, retried, wantStatus, wantRetried)
			}
		})
	}
	f([]int{204}, 204, 0)
	f([]int{0, 503, 429, 200}, 200, 3)
	f([]int{500, 400}, 400, 1)
	f([]int{415}, 415, 0)
}

func TestPersistHonoursRetryAfterAndTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		transport := &answers{statuses: []int{503}}
		s := Sender{URL: "http://receiver/", Client: &http.Client{Transport: transport}}
		if a, _ := s.Persist(ctx, nil); a.OK() {
			t.Error("a receiver that refuses was believed")
		}
		if n := transport.calls.Load(); n != 3 { // at 0, 2 and 4 s
			t.Errorf("%d attempts in 5 s, asked for one each 2 s", n)
		}
	})
}

func TestSendOverHTTP(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		http.Error(w, "1 of 1 samples refused: "+string(body)+strings.Repeat("!", 4000), http.StatusBadRequest)
	}))
	defer server.Close()
	s := Sender{URL: server.URL, Client: NewClient(1)}
	a := s.Send(t.Context(), []byte("x"))
	if a.Status != 400 || !strings.HasPrefix(a.Message, "1 of 1 samples refused: x!") || len(a.Message) > 1<<10 {
		t.Errorf("got %d bytes: %.60s", len(a.Message), a.String())
	}
	if a := (&Sender{URL: "http://\x7f", Client: NewClient(1)}).Send(t.Context(), nil); a.Retriable() {
		t.Error("an impossible URL must not be tried again")
	}
}
