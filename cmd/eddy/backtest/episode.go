package backtest

import (
	"math"
	"sort"
	"time"

	"eddy/schema"
)

// Episode is one anomaly from its opened event to its resolved one.
type Episode struct {
	Series   int
	Detector string
	Severity schema.Severity
	Cause    schema.Cause
	Started  int64 // Unix milliseconds, as all
	Opened   int64
	Resolved int64 // math.MaxInt64 while it is open
	Score    float64
}

// end is a resolved time that can be compared.
func (e Episode) end() int64 { return min(e.Resolved, math.MaxInt64-1) }

// ledger makes episodes of events.
type ledger struct {
	index func(subject string) (series int, known bool)
	list  []Episode
	known map[string]int // by anomaly
}

// add takes an event in. One of an anomaly whose beginning was not seen begins it, as seen from here.
func (l *ledger) add(e *schema.Event) {
	i, ok := l.known[e.Data.ID]
	if !ok {
		series, ok := l.index(e.Subject)
		if !ok {
			return
		}
		if l.known == nil {
			l.known = map[string]int{}
		}
		i = len(l.list)
		l.known[e.Data.ID] = i
		l.list = append(l.list, Episode{Series: series, Detector: e.Data.Detector, Cause: e.Data.Cause,
			Started: millis(e.Data.StartedAt), Opened: millis(e.Time), Resolved: math.MaxInt64})
		if e.Type != schema.TypeOpened {
			l.list[i].Opened = l.list[i].Started
		}
	}
	l.list[i].Severity, l.list[i].Score = e.Data.Severity, max(l.list[i].Score, e.Data.Score)
	if e.Type == schema.TypeResolved {
		l.list[i].Resolved = millis(e.Time)
	}
}

// episodes lists them in the order they opened; the ledger is done then.
func (l *ledger) episodes() []Episode {
	sort.SliceStable(l.list, func(i, j int) bool { return l.list[i].Opened < l.list[j].Opened })
	return l.list
}

func millis(rfc3339 string) int64 {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}
