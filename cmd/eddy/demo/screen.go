package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"eddy/cmd/eddy/tail"
	"eddy/cmd/eddy/term"
	"eddy/schema"
)

// Screen shows what is injected on the left and what eddy says on the right. It is safe for concurrent use.
type Screen struct {
	Out      io.Writer
	Style    term.Style
	Location *time.Location

	mu sync.Mutex
}

// left is the width of the injected column.
const left = 34

// Title draws the head of the two columns.
func (s *Screen) Title() {
	s.row("time", "injected", "what eddy says", term.Bold)
}

// Injected shows the beginning of a chapter.
func (s *Screen) Injected(at time.Time, f Fault) {
	lines := wrap("▶ "+f.Story, left)
	s.row(s.clock(at), lines[0], "", term.Cyan)
	for _, line := range lines[1:] {
		s.row("", "  "+line, "", term.Cyan)
	}
}

// Over shows the end of a chapter.
func (s *Screen) Over(at time.Time, f Fault) {
	s.row(s.clock(at), "■ "+f.Name+" is over", "", term.Dim)
}

// Event shows one event.
func (s *Screen) Event(e schema.Event, v Verdict) {
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil {
		return
	}
	word, style := string(e.Data.Severity)+" "+transition(e.Type), term.Yellow
	switch {
	case e.Type == schema.TypeResolved:
		style = term.Green
	case v == False:
		word, style = "FALSE "+word, term.Red
	case v == Caught:
		style = term.Red
	}
	s.row(s.clock(at), "", term.Clean(word)+" "+term.Clean(e.Subject)+" "+found(e.Data), style)
}

func transition(eventType string) string {
	return strings.TrimSuffix(strings.TrimPrefix(eventType, "eddy.anomaly."), ".v1")
}

func found(d schema.Anomaly) string {
	if d.Cause == schema.CauseSilence {
		return "is silent"
	}
	return fmt.Sprintf("%s, expected %s..%s", tail.Number(d.Value), tail.Number(d.Lower), tail.Number(d.Upper))
}

func (s *Screen) clock(at time.Time) string {
	location := s.Location
	if location == nil {
		location = time.UTC
	}
	return at.In(location).Format("15:04:05")
}

func (s *Screen) row(clock, injected, said, style string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pad := strings.Repeat(" ", max(0, left+2-utf8.RuneCountInString(injected)))
	line := fmt.Sprintf("%-8s  %s%s│ %s", clock, s.Style.Paint(style, injected), pad, s.Style.Paint(style, said))
	fmt.Fprintln(s.Out, strings.TrimRight(line, " "))
}

// wrap breaks text into lines of at most width runes, at spaces.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
