package ingest

import (
	"io"
	"net/http"
	"strconv"
)

// Paths are where senders of different schools expect a receiver. Each also exists below /t/{tenant}.
func Paths() []string {
	return []string{"/api/v1/write", "/api/v1/push", "/api/v1/receive", "/api/prom/push"}
}

// Register adds the receiver's paths to a mux.
func (g *Gateway) Register(mux *http.ServeMux) {
	for _, path := range Paths() {
		mux.Handle(path, g)
		mux.Handle("/t/{tenant}"+path, g)
	}
}

// Handler returns a handler of Paths alone.
func (g *Gateway) Handler() http.Handler {
	mux := http.NewServeMux()
	g.Register(mux)
	return mux
}

// ServeHTTP answers one write request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := g.now()
	result, version, err := g.serve(r)
	status := result.Status()
	text := result.Refused.String()
	if err != nil {
		status, text = statusOf(err), err.Error()
	}
	g.metrics.answered(status, g.now().Sub(begun))
	h := w.Header()
	switch version {
	case V1:
		h.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	case V2:
		h.Set("X-Prometheus-Remote-Write-Version", "2.0.0")
	}
	written := result.Confirmed()
	h.Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(written.Samples))
	h.Set("X-Prometheus-Remote-Write-Histograms-Written", strconv.Itoa(written.Histograms))
	h.Set("X-Prometheus-Remote-Write-Exemplars-Written", strconv.Itoa(written.Exemplars))
	switch status {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(retryAfter(r.Header.Get("Retry-Attempt"))))
	}
	if text == "" {
		w.WriteHeader(status)
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // a sender that has left needs no answer
}

// serve does everything but answering. Version is 0 until it is agreed.
func (g *Gateway) serve(r *http.Request) (Result, Version, error) {
	if r.Method != http.MethodPost {
		return Result{}, 0, &Error{Status: http.StatusMethodNotAllowed, Text: "use POST"}
	}
	version, err := negotiate(r.Header)
	if err != nil {
		return Result{}, 0, err
	}
	tenant, err := tenantOf(r)
	if err != nil {
		return Result{}, version, err
	}
	decoded, print, err := g.receive(r, version)
	if err != nil {
		return Result{}, version, err
	}
	defer g.giveBack(&g.bodies, decoded, keepDecoded)
	result, err := g.Push(r.Context(), tenant, decoded.b, version)
	if err == nil {
		g.recognise(&result, tenant, print)
	}
	return result, version, err
}

// receive reads and decompresses the body; the caller gives it back. What came is let go at once, but for its
// fingerprint, and memory for what it becomes is not held while a slow sender is still at it.
func (g *Gateway) receive(r *http.Request, version Version) (*buffer, fingerprint, error) {
	wire := g.borrow(&g.wires)
	defer g.giveBack(&g.wires, wire, keepWire)
	if err := wire.read(r, g.cfg.MaxBodyBytes); err != nil {
		return nil, fingerprint{}, err
	}
	decoded := g.borrow(&g.bodies)
	if err := decoded.decode(wire.b, g.cfg.MaxDecodedBytes); err != nil {
		g.giveBack(&g.bodies, decoded, keepDecoded)
		return nil, fingerprint{}, err
	}
	return decoded, fingerprintOf(version, wire.b), nil
}

// recognise turns the refusal of an exact repetition into the answer the sender should have had, and remembers what
// was stored whole.
func (g *Gateway) recognise(r *Result, tenant string, f fingerprint) {
	t := g.find(tenant)
	switch {
	case t == nil:
	case r.Refused.Count > 0 && !r.Refused.Quota:
		if written, ok := t.stored.find(f); ok {
			*r = Result{Written: written}
		}
	case r.Refused.Count == 0 && r.Written != Written{}:
		t.stored.add(f, r.Confirmed(), g.now().UnixMilli())
	}
}

// retryAfter is how many seconds a sender should wait: longer with every attempt it says it has made.
func retryAfter(attempt string) int {
	const longest = 5 // doublings: 32 s
	n, err := strconv.Atoi(attempt)
	if err != nil || n < 0 {
		return 1
	}
	return 1 << min(n, longest)
}
