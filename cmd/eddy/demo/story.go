package demo

import "fmt"

// FaultKind says what a fault does to the series it touches.
type FaultKind uint8

// The kinds of fault.
const (
	Restart FaultKind = iota // counters begin again at 0; nobody should be paged
	Shift                    // values change
	Outage                   // up falls to 0, the other series end with a stale marker
	Silence                  // series just stop
)

// Fault is one chapter: something that happens to some series from one second of the story to another.
type Fault struct {
	Name  string // short, for the summary
	Story string // what happens, for the viewer
	Kind  FaultKind
	From  int // second of the story, inclusive
	Until int // exclusive
	// Match selects series by label; Also lists metrics that may rightly be reported besides.
	Match map[string]string
	Also  []string
	// Change gives the new value, the given number of seconds into the fault; nil leaves values alone.
	Change func(v float64, seconds int) float64
	// Extra is what a counter counts besides while the fault lasts, as a multiple of its usual rate.
	Extra float64
	// Quiet means that nothing may be reported.
	Quiet bool
}

// Grace is how many seconds after its end a fault may still be noticed: an absence is only seen after a while.
const Grace = 45

// End is the second at which the story is over.
const End = 520

// Story returns the chapters in order. They are far enough apart that every event belongs to one of them.
func Story() []Fault {
	return []Fault{
		{
			Name: "deploy", Kind: Restart, From: 20, Until: 20 + instances*5, Quiet: true,
			Story: "rolling deploy of the shop: every counter starts again at 0 (nothing is wrong)",
			Match: map[string]string{"job": "shop"},
		},
		{
			Name: "slow instance", Kind: Shift, From: 85, Until: 130,
			Story:  "requests of shop-2 take eight times as long",
			Match:  map[string]string{"__name__": "http_request_duration_p99_seconds", "instance": "shop-2:8080"},
			Change: func(v float64, _ int) float64 { return 8 * v },
		},
		{
			Name: "failing requests", Kind: Shift, From: 160, Until: 205,
			Story: "shop-6 answers one request in two with an error",
			Match: map[string]string{"__name__": "http_requests_total", "instance": "shop-6:8080", "code": "500"},
			Extra: 5,
		},
		{
			Name: "memory leak", Kind: Shift, From: 230, Until: 290,
			Story:  "shop-5 leaks memory, 20 MB more each second, until it is killed",
			Match:  map[string]string{"__name__": "process_resident_memory_bytes", "instance": "shop-5:8080"},
			Change: func(v float64, seconds int) float64 { return v + 2e7*float64(seconds+1) },
		},
		{
			Name: "outage", Kind: Outage, From: 320, Until: 360,
			Story:  "shop-4 is down: its target cannot be scraped",
			Match:  map[string]string{"instance": "shop-4:8080"},
			Change: func(float64, int) float64 { return 0 },
		},
		{
			Name: "silent exporter", Kind: Silence, From: 390, Until: 505,
			Story: "the payment exporter falls silent: nothing says that it is gone",
			Match: map[string]string{"job": "payments"},
		},
	}
}

func (f *Fault) active(t int) bool { return t >= f.From && t < f.Until }

// touches tells whether the fault selects a series.
func (f *Fault) touches(s *Series) bool { return matches(f.Match, s.tags) }

func matches(match, labels map[string]string) bool {
	for name, value := range match {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// restart returns the second in which a series' process starts again, if the fault restarts it: a deploy goes from one
// instance to the next, the end of an outage is a start.
func (f *Fault) restart(s *Series) (int, bool) {
	if !f.touches(s) {
		return 0, false
	}
	switch f.Kind {
	case Outage:
		return f.Until, true
	case Restart:
		instance := 0
		if _, err := fmt.Sscanf(s.tags["instance"], "shop-%d:", &instance); err != nil {
			return 0, false // what the shop as a whole counts lives in its database
		}
		return f.From + (instance-1)*5, true
	}
	return 0, false
}
