package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the result of a run. Fields that could not be measured are zero and left out.
type Report struct {
	Series      int `json:"series"`
	PerRequest  int `json:"samples_per_request"`
	Connections int `json:"connections"`
	Protocol    int `json:"protocol"`

	CreateSeconds    float64 `json:"create_seconds"` // the first sample of every series
	CreateCPUSeconds float64 `json:"create_server_cpu_seconds,omitempty"`
	CreatedPerSecond float64 `json:"series_created_per_second"`

	Seconds           float64   `json:"seconds"` // of the measured part
	Accepted          int64     `json:"samples_accepted"`
	AcceptedPerSecond float64   `json:"samples_accepted_per_second"`
	Requests          int64     `json:"requests"`
	Retried           int64     `json:"requests_retried,omitempty"`
	Refused           []Refusal `json:"refused,omitempty"`
	RequestP50        float64   `json:"request_p50_seconds"`
	RequestP99        float64   `json:"request_p99_seconds"`

	CPUPerMillion       float64 `json:"server_cpu_seconds_per_million_samples,omitempty"`
	SettleSeconds       float64 `json:"settle_seconds,omitempty"` // until the server had worked off what it accepted
	RSSBytes            float64 `json:"server_rss_bytes,omitempty"`
	StateBytesPerSeries float64 `json:"state_bytes_per_series,omitempty"`
	ServerError         string  `json:"server_metrics_error,omitempty"`

	Events       int64   `json:"events,omitempty"`
	Opened       int64   `json:"events_opened,omitempty"`
	EventP50     float64 `json:"sample_to_event_p50_seconds,omitempty"`
	EventP99     float64 `json:"sample_to_event_p99_seconds,omitempty"`
	EventsFailed string  `json:"events_error,omitempty"`
}

// Refusal counts requests that were not taken, by reason.
type Refusal struct {
	Status   int    `json:"status"` // 0: no answer
	Requests int64  `json:"requests"`
	Example  string `json:"example"`
}

// JSON writes the report as one indented object.
func (r Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Table writes the report for people.
func (r Report) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("series", "%s, %d samples a request, %d connections, remote write %d", count(float64(r.Series)), r.PerRequest, r.Connections, r.Protocol)
	row("series created", "%s/s (%.2f s, server CPU %.2f s)", count(r.CreatedPerSecond), r.CreateSeconds, r.CreateCPUSeconds)
	row("samples accepted", "%s/s (%s in %.1f s)", count(r.AcceptedPerSecond), count(float64(r.Accepted)), r.Seconds)
	row("requests", "%s, p50 %s, p99 %s, retried %d", count(float64(r.Requests)), short(r.RequestP50), short(r.RequestP99), r.Retried)
	for _, f := range r.Refused {
		row("refused", "%d × %s: %s", f.Requests, statusWord(f.Status), firstLine(f.Example))
	}
	if r.ServerError != "" {
		row("server", "not measured: %s", firstLine(r.ServerError))
	} else {
		row("server CPU", "%.3f s per million samples (worked off %.0f s after the last)", r.CPUPerMillion, r.SettleSeconds)
		row("server memory", "%.0f MiB resident", r.RSSBytes/(1<<20))
	}
	if r.StateBytesPerSeries > 0 {
		row("state", "%.0f bytes a series", r.StateBytesPerSeries)
	}
	switch {
	case r.EventsFailed != "":
		row("events", "not measured: %s", firstLine(r.EventsFailed))
	case r.Events > 0:
		row("events", "%d, of them %d opened; sample to event p50 %s, p99 %s", r.Events, r.Opened, short(r.EventP50), short(r.EventP99))
	}
	return t.Flush()
}

func (l *load) refusalList() []Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Refusal
	for _, r := range l.refusals {
		list = append(list, *r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Status < list[j].Status })
	return list
}

func statusWord(status int) string {
	if status == 0 {
		return "no answer"
	}
	return fmt.Sprintf("HTTP %d", status)
}

// count writes a number with thousands separators.
func count(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// short writes seconds with three digits and a fitting unit.
func short(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", seconds*1000)
	}
	return fmt.Sprintf("%.3g s", seconds)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if len(line) > 160 {
		line = line[:160] + "…"
	}
	return line
}
