package ingest

import (
	"fmt"
	"net/http"
	"strings"

	"eddy/schema"
)

// Version is a remote-write protocol version, as the Content-Type says.
type Version uint8

// The versions.
const (
	V1 Version = 1 // prometheus.WriteRequest
	V2 Version = 2 // io.prometheus.write.v2.Request
)

// Written counts what the log has, durably.
type Written struct{ Samples, Histograms, Exemplars int }

func (w *Written) add(o Written) {
	w.Samples += o.Samples
	w.Histograms += o.Histograms
	w.Exemplars += o.Exemplars
}

// points is the number of samples and histograms: what refusals are counted in.
func (w Written) points() int { return w.Samples + w.Histograms }

// Result says what became of a request that could be read.
type Result struct {
	Written Written
	// Duplicates counts what was left out because another replica of its sender is the elected one, and stores it.
	Duplicates Written
	// Refused says what will not be stored, and why.
	Refused Refusals
}

// Confirmed is what the sender is told to be written: what this request stored and what the elected replica does. A
// sender of 2.0 takes an answer that says nothing was written for one of a receiver that did not understand it.
func (r *Result) Confirmed() Written {
	c := r.Written
	c.add(r.Duplicates)
	return c
}

// Status is the HTTP status that tells a remote-write sender what to do: 204 stored, 202 nothing stored because all of
// it is another replica's, 400 do not send the refused part again, 429 a limit of the tenant is reached.
func (r *Result) Status() int {
	switch {
	case r.Refused.Quota:
		return http.StatusTooManyRequests
	case r.Refused.Count > 0:
		return http.StatusBadRequest
	case r.Duplicates != Written{} && r.Written == Written{}:
		return http.StatusAccepted
	}
	return http.StatusNoContent
}

// Refusals collects why parts of a request are refused; it holds a few examples however many there are.
type Refusals struct {
	// Count is how many samples and histograms are refused; a series or exemplar refused without any counts as one.
	Count int
	// Total is how many the request had.
	Total int
	// Quota is true when a limit of the tenant was among the reasons.
	Quota    bool
	inItems  int // of Count, how many are in Total already
	examples []string
}

const (
	maxExamples     = 5
	maxExampleBytes = 180
)

// full tells that no more examples are wanted, so that nobody formats one in vain.
func (r *Refusals) full() bool { return len(r.examples) >= maxExamples }

// add notes that n points of a series are refused.
func (r *Refusals) add(n int, labels schema.Labels, why string) {
	r.Count += max(n, 1)
	if !r.full() {
		r.examples = append(r.examples, clip(seriesText(labels), maxExampleBytes*2/3)+": "+clip(why, maxExampleBytes/3))
	}
}

// String is the text for the sender, below 1 KiB, its count first: senders log only the beginning.
func (r *Refusals) String() string {
	if r.Count == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d samples refused: ", r.Count, max(r.Total, r.Count))
	b.WriteString(strings.Join(r.examples, "; "))
	if r.Count > len(r.examples) {
		b.WriteString("; …")
	}
	return b.String()
}

// seriesText is the series in PromQL form. Very long label sets are cut first, for they come from strangers.
func seriesText(l schema.Labels) string {
	const enough = 4 << 10
	if len(l) <= enough {
		return l.String()
	}
	var short schema.Labels
	for len(l) > 0 {
		name, value, rest, err := l.Next()
		if err != nil || len(short)+len(name)+len(value) > enough {
			break
		}
		short = schema.AppendLabel(short, string(name), string(value))
		l = rest
	}
	return short.String()
}

// clip shortens s to n bytes at a character's boundary.
func clip(s string, n int) string {
	const dots = "…"
	if len(s) <= n {
		return s
	}
	n = max(n-len(dots), 0)
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + dots
}

// Error is a request refused, or failed, as a whole.
type Error struct {
	// Status is the HTTP status for the sender: 4xx never to send it again, but 408, 429 and 503 to try later.
	Status int
	Text   string
}

func (e *Error) Error() string { return e.Text }

func badRequest(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Text: fmt.Sprintf(format, args...)}
}

func overloaded(format string, args ...any) error {
	return &Error{Status: http.StatusServiceUnavailable, Text: fmt.Sprintf(format, args...)}
}
