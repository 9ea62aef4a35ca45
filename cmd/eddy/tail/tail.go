// Package tail writes anomaly events for people: one line each. It only formats; the command follows the stream.
package tail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"eddy/cmd/eddy/term"
	"eddy/schema"
)

// Format says how lines look.
type Format struct {
	Style    term.Style
	Location *time.Location // of the times; nil is UTC
}

// Parse reads an event as published.
func Parse(data []byte) (schema.Event, error) {
	var e schema.Event
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("not an event: %w", err)
	}
	if e.SpecVersion != "1.0" || e.Data.ID == "" {
		return e, fmt.Errorf("not an anomaly event: specversion %q, type %q", term.Clean(e.SpecVersion), term.Clean(e.Type))
	}
	return e, nil
}

// Line is one event in one line: time, severity, what happened, series, value against expectation, score, cause.
// Nothing an event says can break out of the line.
func (f Format) Line(e schema.Event) string {
	d := e.Data
	fields := []string{
		f.Style.Paint(term.Dim, f.clock(e.Time)),
		f.severity(d.Severity),
		f.transition(e.Type),
		f.Style.Paint(term.Bold, term.Clean(e.Subject)),
		f.deviation(d),
		"score " + strconv.FormatFloat(d.Score, 'f', 2, 64),
	}
	if e.Type == schema.TypeResolved {
		fields = append(fields, "after "+lasted(d.StartedAt, d.EndedAt))
	}
	return strings.Join(fields, "  ")
}

// JSON is the event as published, in one line.
func (f Format) JSON(data []byte) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return nil, fmt.Errorf("not an event: %w", err)
	}
	return term.CleanJSON(compact.Bytes()), nil
}

func (f Format) clock(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		return term.Clean(rfc3339)
	}
	location := f.Location
	if location == nil {
		location = time.UTC
	}
	return t.In(location).Format("2006-01-02 15:04:05")
}

func (f Format) severity(s schema.Severity) string {
	text := fmt.Sprintf("%-8s", term.Clean(string(s)))
	switch s {
	case schema.SeverityCritical:
		return f.Style.Paint(term.Red, text)
	case schema.SeverityWarning:
		return f.Style.Paint(term.Yellow, text)
	}
	return f.Style.Paint(term.Cyan, text)
}

func (f Format) transition(eventType string) string {
	word := strings.TrimSuffix(strings.TrimPrefix(eventType, "eddy.anomaly."), ".v1")
	text := fmt.Sprintf("%-8s", term.Clean(word))
	if eventType == schema.TypeResolved {
		return f.Style.Paint(term.Green, text)
	}
	return text
}

func (f Format) deviation(d schema.Anomaly) string {
	expected := fmt.Sprintf("expected %s [%s..%s]", Number(d.Expected), Number(d.Lower), Number(d.Upper))
	if d.Cause == schema.CauseSilence {
		return "silent, last " + Number(d.Value) + ", " + expected
	}
	text := Number(d.Value)
	if d.Feature == "rate" {
		text += "/s"
	}
	text += ", " + expected
	if d.Cause != schema.CauseMetric {
		text += " (" + term.Clean(string(d.Cause)) + ")"
	}
	return text
}

func lasted(from, until string) string {
	a, errA := time.Parse(time.RFC3339Nano, from)
	b, errB := time.Parse(time.RFC3339Nano, until)
	if errA != nil || errB != nil {
		return "?"
	}
	return b.Sub(a).Round(time.Second).String()
}

// Number writes a value with four significant digits and, from ten thousand on, a metric prefix.
func Number(v float64) string {
	if math.Abs(v) >= 1000 && math.Abs(v) < 9999.5 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	if math.Abs(v) < 1000 || math.Abs(v) >= 1e18 || math.IsNaN(v) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	scaled, prefix := v/1000, 0
	for math.Abs(scaled) >= 999.95 {
		scaled /= 1000
		prefix++
	}
	return strconv.FormatFloat(scaled, 'g', 4, 64) + "kMGTPE"[prefix:prefix+1]
}
