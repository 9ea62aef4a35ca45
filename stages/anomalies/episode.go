package anomalies

import (
	"eddy/schema"
	"eddy/stages"
)

// episode follows one cause of trouble in one series.
//
//	calm ─ abnormal ─► pending ─ abnormal, For in a row ─► open ─ normal, ResolveAfter in a row ─► calm
//	  ▲                   │                                 │ ▲
//	  └────── normal ─────┘                 worse, or 5 min └─┘ updated
type episode struct {
	open    bool
	streak  int            // abnormal rows in a row while not open
	normal  int            // normal rows in a row while open
	started int64          // timestamp of the first abnormal row
	said    int64          // timestamp of the newest event
	events  int            // so far
	because schema.RowFlag // of RowReset and RowIngest, what says why; see cause
	worst   schema.ScoreRow
	highest schema.Severity
}

// updateEvery is how many milliseconds an open episode stays without an event.
const updateEvery = 300_000

// step digests a row and returns the type of the event it causes, "" for none.
func (e *episode) step(d *stages.Detector, r *schema.ScoreRow) (eventType string) {
	severity := d.Severity(r.Score)
	if severity == "" {
		return e.calm(d, r)
	}
	if !e.open && e.streak == 0 {
		*e = episode{started: r.Timestamp, worst: *r, because: r.Flags & (schema.RowReset | schema.RowIngest)}
	} else if r.Score > e.worst.Score {
		e.worst = *r
	}
	rose := severity.Rank() > e.highest.Rank()
	if rose {
		e.highest = severity
	}
	e.normal = 0
	switch {
	case !e.open:
		e.because |= r.Flags & schema.RowIngest
		if e.streak++; e.streak >= d.Rows(r.Flags&schema.RowCoarse != 0) {
			return e.opened(r.Timestamp)
		}
	case rose:
		return e.updated(r.Timestamp)
	default:
		return e.due(r.Timestamp)
	}
	return ""
}

func (e *episode) calm(d *stages.Detector, r *schema.ScoreRow) string {
	e.streak = 0
	if !e.open {
		return ""
	}
	if e.normal++; e.normal >= d.ResolveAfter {
		return e.resolved(r.Timestamp)
	}
	return e.due(r.Timestamp)
}

// begin opens an episode at once.
func (e *episode) begin(d *stages.Detector, r *schema.ScoreRow) string {
	if e.open {
		return ""
	}
	*e = episode{started: r.Timestamp, worst: *r, highest: d.Severity(r.Score), because: r.Flags & schema.RowIngest}
	return e.opened(r.Timestamp)
}

// end resolves an episode that is open.
func (e *episode) end(timestamp int64) string {
	e.streak = 0
	if !e.open {
		return ""
	}
	return e.resolved(timestamp)
}

// cause says what kind of trouble an episode is, which is otherwise what is given. A reset counts right before its first
// row, doubt about the samples in any row until it opened.
func (e *episode) cause(otherwise schema.Cause) schema.Cause {
	switch {
	case e.because&schema.RowIngest != 0:
		return schema.CauseIngest
	case e.because&schema.RowReset != 0:
		return schema.CauseCounterReset
	}
	return otherwise
}

func (e *episode) due(timestamp int64) string {
	if timestamp-e.said < updateEvery {
		return ""
	}
	return e.updated(timestamp)
}

func (e *episode) opened(timestamp int64) string {
	e.open = true
	return e.tell(schema.TypeOpened, timestamp)
}

func (e *episode) updated(timestamp int64) string { return e.tell(schema.TypeUpdated, timestamp) }

func (e *episode) resolved(timestamp int64) string {
	e.open, e.streak, e.normal = false, 0, 0
	return e.tell(schema.TypeResolved, timestamp)
}

func (e *episode) tell(eventType string, timestamp int64) string {
	e.said = timestamp
	e.events++
	return eventType
}
