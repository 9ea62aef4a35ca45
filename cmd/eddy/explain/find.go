package explain

import (
	"context"
	"errors"
	"time"

	"eddy/cmd/eddy/samples"
	"eddy/schema"
	"eddy/stages"
	"eddy/stream"
)

// Follow reads a stream: stream.Client.Follow.
type Follow func(ctx context.Context, name string, filters []string, from stream.Start, fn func(stream.Message) error) error

// Sample is a raw sample as it was sent.
type Sample struct {
	Timestamp int64   `json:"timestamp"` // Unix milliseconds
	Value     Number  `json:"value"`
	Sequence  uint64  `json:"sequence"` // of its record in EDDY_SAMPLES_<partition>
	Age       float64 `json:"age_seconds"`
}

// search looks for the newest samples up to a moment of the series a selector matches.
type search struct {
	selector stages.Selector
	at       int64
	known    map[string]bool // by labels: whether they match
	hits     map[string]Sample
	passed   map[string]bool // found a later sample of it, too
	until    uint64          // the last record with something up to the moment
}

// find searches a partition's log for a tenant's samples, from a moment of arrival on; zero is the log's beginning.
func find(ctx context.Context, follow Follow, tenant string, partition int, selector stages.Selector, at int64, arrived time.Time) (*search, error) {
	s := &search{selector: selector, at: at, known: map[string]bool{}, hits: map[string]Sample{}, passed: map[string]bool{}}
	filters := []string{schema.PartitionSubject(schema.KindSamples, tenant, partition)}
	err := follow(ctx, schema.PartitionStream(schema.KindSamples, partition), filters, stream.Start{Time: arrived, UntilNow: true}, s.record)
	if err != nil && !errors.Is(err, errFound) {
		return nil, err
	}
	return s, ctx.Err()
}

// errFound ends a search.
var errFound = errors.New("found")

func (s *search) record(m stream.Message) error {
	if m.Header.Get(stream.HeaderKind) == stream.KindControl {
		if c, err := schema.ParseControl(m.Data); err == nil && c.Time > 0 && c.Time <= s.at {
			s.until = m.Sequence
		}
		return nil
	}
	early := false
	err := samples.Walk(m.Data, func(labels schema.Labels, timestamp int64, value float64) error {
		if timestamp <= s.at {
			early = true
		}
		s.sample(labels, timestamp, value, m.Sequence)
		return nil
	})
	if errors.Is(err, samples.ErrRecord) {
		return nil // no stage could read it either
	}
	if early {
		s.until = m.Sequence
	} else if len(s.hits) > 0 && len(s.passed) == len(s.hits) {
		return errFound
	}
	return err
}

func (s *search) sample(labels schema.Labels, timestamp int64, value float64, sequence uint64) {
	matches, known := s.known[string(labels)]
	if !known {
		matches = s.selector.Matches(labels)
		s.known[string(labels)] = matches
	}
	if !matches {
		return
	}
	hit, found := s.hits[string(labels)]
	switch {
	case timestamp > s.at:
		if found {
			s.passed[string(labels)] = true
		}
	case !found || timestamp > hit.Timestamp:
		s.hits[string(labels)] = Sample{Timestamp: timestamp, Value: Number(value), Sequence: sequence, Age: float64(s.at-timestamp) / 1000}
	}
}
