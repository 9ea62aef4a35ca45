package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// printJSON writes one indented object.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// parseMoment reads what --since, --from and --to accept: "now", a duration ago as 1h30m, or RFC 3339.
func parseMoment(text string, now time.Time) (time.Time, error) {
	if text == "now" {
		return now, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("%q is no moment: write now, 1h30m (ago) or 2026-11-24T12:00:00Z", text)
	}
	return t, nil
}
