package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"eddy/cmd/eddy/prove"
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/replay"
	"eddy/stages/scoring"
)

// Explainer answers questions. All fields but Choose must be set.
type Explainer struct {
	// Verifier replays partitions; its NewChain is not used.
	Verifier prove.Verifier
	// NewChain makes the processors of a partition, in the given states: replay.Resume.
	NewChain   func(partition int, states []replay.State) (*replay.Chain, error)
	Partitions int
	// Choose, if set, tells in which partition a series is, so that it is looked for there first.
	Choose func(labels schema.Labels) int
}

// Question is what is asked.
type Question struct {
	Tenant   string
	Selector stages.Selector
	At       time.Time
}

// Explanation is the answer for one series.
type Explanation struct {
	Series    string `json:"series"`
	Tenant    string `json:"tenant"`
	Partition int    `json:"partition"`
	At        string `json:"at"`            // as asked, RFC 3339
	From      uint64 `json:"replayed_from"` // the first record of the replay
	Until     uint64 `json:"replayed_until"`
	Sample    Sample `json:"sample"` // the newest one up to then
	// Row is what was scored last; absent when nothing of the series was.
	Row   *Row   `json:"row,omitempty"`
	Gates []Gate `json:"gates"`
	// Events are those that the row's record caused.
	Events   []Event `json:"events"`
	Reported bool    `json:"reported"`             // an anomaly is open
	ID       string  `json:"anomaly_id,omitempty"` // of it
	Verdict  string  `json:"verdict"`              // in a sentence
	Digest   string  `json:"config_digest"`        // of the policy in force
}

// Event is one that was published.
type Event struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Severity schema.Severity `json:"severity"`
	sequence uint64
}

// The reasons why there is no answer.
var (
	// ErrNoSeries: nothing the selector matches has a sample up to then.
	ErrNoSeries = errors.New("the samples log holds no sample of such a series up to then: is the tenant right, and retention.samples long enough?")
	// ErrMany: the selector matches more series than anybody reads.
	ErrMany = errors.New("the selector matches too many series: name one, as events do in their subject")
)

const (
	maxSeries = 50
	// lately is how far back a series is looked for at first.
	lately = time.Hour
)

// Explain answers a question: one explanation a series, ordered by series.
func (e *Explainer) Explain(ctx context.Context, q Question) ([]Explanation, error) {
	for _, arrived := range []time.Time{q.At.Add(-lately), {}} {
		var all []Explanation
		for _, p := range e.order(q) {
			s, err := find(ctx, e.Verifier.Follow, q.Tenant, p, q.Selector, q.At.UnixMilli(), arrived)
			if err != nil {
				return nil, err
			}
			exact := s.exact()
			if len(s.hits) > 0 {
				found, err := e.partition(ctx, q, p, s)
				if err != nil {
					return nil, err
				}
				if all = append(all, found...); exact {
					break
				}
			}
			if len(all) > maxSeries {
				return nil, ErrMany
			}
		}
		if len(all) > 0 {
			slices.SortFunc(all, func(a, b Explanation) int { return slices.Compare([]byte(a.Series), []byte(b.Series)) })
			return all, nil
		}
	}
	return nil, ErrNoSeries
}

// order lists the partitions, the most likely one first.
func (e *Explainer) order(q Question) []int {
	list := make([]int, e.Partitions)
	for i := range list {
		list[i] = i
	}
	if labels, ok := q.Selector.Series(); ok && e.Choose != nil {
		first := e.Choose(labels)
		list[0], list[first] = first, 0
	}
	return list
}

// exact leaves the very series the selector names, if it was found, and tells whether it was.
func (s *search) exact() bool {
	labels, ok := s.selector.Series()
	hit, found := s.hits[string(labels)]
	if ok && found {
		s.hits = map[string]Sample{string(labels): hit}
	}
	return ok && found
}

// watcher looks on while a partition is replayed.
type watcher struct {
	tenant string
	at     int64
	chain  *replay.Chain
	seen   map[string]*seen
	events map[string][]Event // by series in PromQL form
}

// seen is what a replay shows of one series.
type seen struct {
	row   *Row
	later int // rows behind the moment: of records that hold earlier samples, too
}

// partition replays a partition and explains what was found in it.
func (e *Explainer) partition(ctx context.Context, q Question, partition int, s *search) ([]Explanation, error) {
	if len(s.hits) > maxSeries {
		return nil, ErrMany
	}
	w := &watcher{tenant: q.Tenant, at: q.At.UnixMilli()}
	before := s.until
	for _, hit := range s.hits {
		before = min(before, hit.Sequence)
	}
	v := e.Verifier
	v.NewChain = func(partition int, states []replay.State) (prove.Chain, error) {
		chain, err := e.NewChain(partition, states)
		if err != nil {
			return nil, err
		}
		w.begin(chain, s)
		return chain, nil
	}
	from, err := v.Rerun(ctx, partition, before, s.until, w.event)
	if err != nil {
		return nil, err
	}
	var all []Explanation
	for labels, hit := range s.hits {
		x := Explanation{
			Series: schema.Labels(labels).String(), Tenant: q.Tenant, Partition: partition, At: instant(w.at),
			From: from, Until: s.until, Sample: hit, Row: w.seen[labels].row, Digest: w.chain.Plan().Digest, Events: []Event{},
		}
		for _, event := range w.events[x.Series] {
			if event.sequence == hit.Sequence {
				x.Events = append(x.Events, event)
			}
		}
		judge(&x, schema.Labels(labels), w)
		all = append(all, x)
	}
	return all, nil
}

// begin looks on from the beginning of a chain.
func (w *watcher) begin(chain *replay.Chain, s *search) {
	w.chain, w.seen, w.events = chain, map[string]*seen{}, map[string][]Event{}
	for labels := range s.hits {
		w.seen[labels] = &seen{}
	}
	chain.Observe(w.observe)
}

func (w *watcher) observe(o *scoring.Observation) {
	s := w.seen[string(o.Labels)]
	if s == nil || o.Tenant != w.tenant {
		return
	}
	if o.Timestamp > w.at {
		s.later++
		return
	}
	s.row = newRow(o)
}

func (w *watcher) event(_ string, data []byte) {
	var e schema.Event
	if json.Unmarshal(data, &e) != nil || e.Data.Tenant != w.tenant {
		return
	}
	w.events[e.Subject] = append(w.events[e.Subject], Event{ID: e.ID, Type: e.Type, Severity: e.Data.Severity, sequence: e.Data.Sequence})
}

// instant writes Unix milliseconds as RFC 3339.
func instant(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func percent(share float32) string { return fmt.Sprintf("%.0f %%", 100*share) }
