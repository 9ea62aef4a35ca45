package explain

import (
	"fmt"
	"math"

	"eddy/schema"
	"eddy/stages/anomalies"
)

// State is what a gate says.
type State string

// The states of a gate. One that was not reached has nothing to say: an earlier one was closed, or nothing is open.
const (
	Passed     State = "passed"
	Closed     State = "closed"
	NotReached State = "not reached"
)

// Gate is one of those between a sample and an event.
type Gate struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
}

// judge fills in the gates, and what follows from them.
func judge(x *Explanation, labels schema.Labels, w *watcher) {
	standing := w.chain.Standing(w.tenant, labels)
	g := gates{x: x}
	g.selected(labels, w)
	if r := x.Row; r != nil {
		g.warmup(r)
		g.direction(r)
		g.deviation(r)
		g.severity(r)
		g.rows(r, standing)
		g.resolve(r, standing)
	}
	if standing.Silent {
		x.Gates = append(x.Gates, Gate{"silence", Passed, "samples came regularly, and none has for too long"})
	}
	x.Reported, x.ID = standing.Open || standing.Silent, standing.ID
	x.Verdict = g.verdict(standing)
	if x.Row != nil && x.Row.Timestamp < x.Sample.Timestamp {
		x.Verdict += " (The newest sample has made no row: it is not a number, or repeats a time.)"
	}
	if later := w.seen[string(labels)].later; later > 0 {
		x.Verdict += fmt.Sprintf(" (The record holds %d later rows of the series, too; the counts of rows include them.)", later)
	}
}

// gates collects them in their order.
type gates struct {
	x      *Explanation
	closed bool // one that was asked is
}

func (g *gates) add(name string, pass bool, format string, args ...any) {
	state := Passed
	if !pass {
		state = Closed
	}
	if g.closed {
		state = NotReached
	}
	g.closed = g.closed || !pass
	g.x.Gates = append(g.x.Gates, Gate{name, state, fmt.Sprintf(format, args...)})
}

func (g *gates) selected(labels schema.Labels, w *watcher) {
	plan := w.chain.Plan()
	i := plan.First(labels)
	switch {
	case i < 0:
		g.add("selected", false, "no detector's match selects the series")
	case plan.Detectors[i].Ignore:
		g.add("selected", false, "detector %q selects the series and ignores it", plan.Detectors[i].Name)
	case g.x.Row == nil:
		g.add("selected", true, "by detector %q (%d of %d)", plan.Detectors[i].Name, i+1, len(plan.Detectors))
		g.add("scored", false, "no sample has made a row so far: a counter needs two of them, and NaN is none")
	default:
		g.add("selected", true, "by detector %q (%d of %d), algorithm %s", plan.Detectors[i].Name, i+1, len(plan.Detectors), plan.Detectors[i].Algorithm)
	}
}

func (g *gates) warmup(r *Row) {
	if r.Ready {
		g.add("warm-up", true, "the model has seen enough of the series")
	} else {
		g.add("warm-up", false, "the model is still learning the series")
	}
}

func (g *gates) direction(r *Row) {
	side := "as expected"
	switch {
	case r.value > r.expected:
		side = "above"
	case r.value < r.expected:
		side = "below"
	}
	want := r.detector.Direction
	pass := want != schema.DirectionUp && want != schema.DirectionDown ||
		want == schema.DirectionUp && r.value > r.expected || want == schema.DirectionDown && r.value < r.expected
	g.add("direction", pass, "the value is %s, the detector asks for %s", side, want)
}

func (g *gates) deviation(r *Row) {
	off := math.Abs(r.value - r.expected)
	g.add("min_deviation", !(off < r.detector.MinDeviation), "%s from what is expected, at least %s counts", Number(off), Number(r.detector.MinDeviation))
}

func (g *gates) severity(r *Row) {
	d := r.detector
	bounds := fmt.Sprintf("info from %s, warning from %s, critical from %s", Number(d.Info), Number(d.Warning), Number(d.Critical))
	if s := d.Severity(r.counted); s != "" {
		g.add("severity", true, "score %s is %s (%s)", r.Counted, s, bounds)
	} else {
		g.add("severity", false, "score %s is below all (%s)", r.Counted, bounds)
	}
}

func (g *gates) rows(r *Row, s anomalies.Standing) {
	n := r.detector.Rows(r.coarse)
	switch {
	case s.Open:
		g.closed = false // it was passed before
		g.add("for", true, "%d abnormal rows in a row have opened an anomaly at its time, since %s", n, instant(s.Started))
	case s.Abnormal > 0:
		g.add("for", false, "%d of %d abnormal rows in a row, since %s", s.Abnormal, n, instant(s.Started))
	default:
		g.add("for", false, "0 of %d abnormal rows in a row", n)
	}
}

func (g *gates) resolve(r *Row, s anomalies.Standing) {
	n := r.detector.ResolveAfter
	if !s.Open {
		g.x.Gates = append(g.x.Gates, Gate{"resolve", NotReached, "no anomaly of the values is open"})
		return
	}
	g.add("resolve", false, "%d of %d normal rows in a row: the anomaly stays open", s.Normal, n)
}

// verdict is the answer in a sentence.
func (g *gates) verdict(s anomalies.Standing) string {
	switch {
	case s.Open:
		return fmt.Sprintf("Reported: anomaly %s is open since %s, %s so far.", s.ID, instant(s.Started), s.Severity)
	case s.Silent:
		return fmt.Sprintf("Reported: the series is silent; anomaly %s is open since %s.", s.ID, instant(s.Started))
	}
	for _, gate := range g.x.Gates {
		if gate.State == Closed {
			return fmt.Sprintf("Not reported: %s: %s.", gate.Name, gate.Detail)
		}
	}
	return "Not reported."
}
