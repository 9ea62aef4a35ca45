package remotewrite

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Sender posts compressed requests. It is safe for concurrent use; its fields are set before the first Send.
type Sender struct {
	URL      string
	Tenant   string // sent as X-Scope-OrgID unless empty
	Protocol Protocol
	Client   *http.Client
}

// Answer is what a receiver said.
type Answer struct {
	Status     int           // HTTP status, or 0 when there was no answer
	Message    string        // the first bytes of the body of a refusal, or the transport's error
	RetryAfter time.Duration // as the receiver asked, or 0
	Written    int           // samples the receiver says it wrote, or -1 when it does not say
}

// OK reports whether the samples were taken.
func (a Answer) OK() bool { return a.Status/100 == 2 }

// Retriable reports whether the same request may succeed later.
func (a Answer) Retriable() bool {
	return a.Status == 0 || a.Status == http.StatusTooManyRequests || a.Status/100 == 5
}

// NewClient returns a client that keeps one connection open per worker.
func NewClient(connections int) *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			MaxIdleConns:        connections,
			MaxIdleConnsPerHost: connections,
			MaxConnsPerHost:     connections,
			DisableCompression:  true,
			WriteBufferSize:     64 << 10,
		},
	}
}

// Send posts one body once.
func (s *Sender) Send(ctx context.Context, body []byte) Answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{Status: http.StatusBadRequest, Message: err.Error(), Written: -1} // a URL that can never work
	}
	s.header(req.Header)
	res, err := s.Client.Do(req)
	if err != nil {
		return Answer{Message: err.Error(), Written: -1}
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again
	a := Answer{Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After")), Written: -1}
	if n, err := strconv.Atoi(res.Header.Get("X-Prometheus-Remote-Write-Samples-Written")); err == nil && n >= 0 {
		a.Written = n
	}
	if !a.OK() {
		a.Message = strings.TrimSpace(string(text))
	}
	return a
}

func (s *Sender) header(h http.Header) {
	h.Set("Content-Encoding", "snappy")
	h.Set("User-Agent", "eddy")
	if s.Protocol == V2 {
		h.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
		h.Set("X-Prometheus-Remote-Write-Version", "2.0.0")
	} else {
		h.Set("Content-Type", "application/x-protobuf")
		h.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	}
	if s.Tenant != "" {
		h.Set("X-Scope-OrgID", s.Tenant)
	}
}

// Persist sends until the body is taken, refused for good, or ctx ends: what Prometheus does, so that a receiver that
// restarts loses nothing. Retried counts the attempts that failed.
func (s *Sender) Persist(ctx context.Context, body []byte) (a Answer, retried int) {
	wait := 30 * time.Millisecond
	for {
		a = s.Send(ctx, body)
		if a.OK() || !a.Retriable() || ctx.Err() != nil {
			return a, retried
		}
		retried++
		pause := max(a.RetryAfter, wait/2+rand.N(wait/2)) // jitter: senders that failed together must not return together
		wait = min(2*wait, 5*time.Second)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return a, retried
		case <-timer.C:
		}
	}
}

// String is one line for a log or a table.
func (a Answer) String() string {
	if a.Status == 0 {
		return "no answer: " + a.Message
	}
	return fmt.Sprintf("HTTP %d: %s", a.Status, a.Message)
}

// retryAfter reads seconds; the other form, a date, is rare enough to be treated as "soon". A minute at most: a typing
// slip in a receiver must not stop a sender for a day.
func retryAfter(v string) time.Duration {
	seconds, err := strconv.Atoi(v)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 60)) * time.Second
}
