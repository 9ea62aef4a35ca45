package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"eddy/cmd/eddy/term"
	"eddy/schema"
)

// Judge compares events with what was injected. It belongs to one goroutine.
type Judge struct {
	begin  time.Time // of second 0 of the story, in event time
	faults []Fault
	caught []*Catch // per fault, nil while unnoticed
	also   []int    // further events per fault
	wrong  []schema.Event
}

// Catch is the first event that reported a fault.
type Catch struct {
	Event schema.Event
	After time.Duration // from the fault's beginning, in event time
}

// NewJudge judges events of a story whose second 0 is at begin.
func NewJudge(begin time.Time, faults []Fault) *Judge {
	return &Judge{begin: begin, faults: faults, caught: make([]*Catch, len(faults)), also: make([]int, len(faults))}
}

// Verdict is what an event was worth.
type Verdict uint8

// The verdicts.
const (
	Ignored Verdict = iota // before the story, or no opening
	Caught                 // the first to report its fault
	Again                  // one more about a fault already caught
	False                  // nothing was wrong there
)

// Add takes one event in and says what it was worth.
func (j *Judge) Add(e schema.Event) Verdict {
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil || e.Type != schema.TypeOpened || at.Before(j.begin) {
		return Ignored
	}
	second := int(at.Sub(j.begin) / time.Second)
	for i := range j.faults {
		f := &j.faults[i]
		if f.Quiet || !f.explains(e, second) {
			continue
		}
		if j.caught[i] != nil {
			j.also[i]++
			return Again
		}
		j.caught[i] = &Catch{Event: e, After: at.Sub(j.begin.Add(time.Duration(f.From) * time.Second))}
		return Caught
	}
	j.wrong = append(j.wrong, e)
	return False
}

// Shows tells whether an event belongs to the story and is worth a line; updates are not.
func (j *Judge) Shows(e schema.Event) bool {
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	return err == nil && !at.Before(j.begin) && e.Type != schema.TypeUpdated
}

func (f *Fault) explains(e schema.Event, second int) bool {
	if second < f.From || second >= f.Until+Grace {
		return false
	}
	return matches(f.Match, e.Data.Labels) || slices.Contains(f.Also, e.Data.Labels[schema.MetricName])
}

// Summary is the result of a story.
type Summary struct {
	Caught, Missed, False int
	Lines                 []string
}

// Summary says of every fault whether it was caught, and lists what was reported without a reason.
func (j *Judge) Summary() Summary {
	var s Summary
	for i, f := range j.faults {
		switch c := j.caught[i]; {
		case f.Quiet:
			s.Lines = append(s.Lines, fmt.Sprintf("%-17s %s", f.Name, j.quiet(f)))
		case c == nil:
			s.Missed++
			s.Lines = append(s.Lines, fmt.Sprintf("%-17s MISSED", f.Name))
		default:
			s.Caught++
			line := fmt.Sprintf("%-17s caught after %s: %s %s", f.Name, c.After.Round(time.Second), c.Event.Data.Severity, term.Clean(c.Event.Subject))
			if j.also[i] > 0 {
				line += fmt.Sprintf(" and %d more series", j.also[i])
			}
			s.Lines = append(s.Lines, line)
		}
	}
	s.False = len(j.wrong)
	for _, e := range j.wrong {
		s.Lines = append(s.Lines, fmt.Sprintf("%-17s %s at %s", "FALSE", term.Clean(e.Subject), term.Clean(e.Time)))
	}
	return s
}

// quiet says whether a chapter that must not page did not.
func (j *Judge) quiet(f Fault) string {
	for _, e := range j.wrong {
		at, err := time.Parse(time.RFC3339Nano, e.Time)
		if err == nil && f.explains(e, int(at.Sub(j.begin)/time.Second)) {
			return "PAGED, but nothing was wrong"
		}
	}
	return "rightly quiet"
}

// String is the summary for people.
func (s Summary) String() string {
	return fmt.Sprintf("%s\n\n%d caught, %d missed, %d false", strings.Join(s.Lines, "\n"), s.Caught, s.Missed, s.False)
}
