package stream

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"eddy/schema"
)

const (
	newestFilters = 64   // tenants beyond which a partition is asked for all of them: filters are compared with one another
	newestFetch   = 1000 // headers asked for at once
	newestKept    = 10 * time.Second
)

// Newest returns when each tenant's newest samples were stored, by the server's clock, and its newest record of either
// kind. In each partition it sees the last record of a tenant only, so a control record hides samples before it. It
// looks at the tenants named, at least; at all there are when none is.
func (j *JetStream) Newest(ctx context.Context, tenants []string) (samples, records map[string]time.Time, err error) {
	samples, records = map[string]time.Time{}, map[string]time.Time{}
	note := func(in map[string]time.Time, tenant string, at time.Time) {
		if at.After(in[tenant]) {
			in[tenant] = at
		}
	}
	for p := range j.layout.Partitions {
		err := j.lastOfEach(ctx, p, tenants, func(m Message) {
			tenant := schema.SubjectTenant(m.Subject)
			note(records, tenant, m.Time)
			if m.Header.Get(HeaderKind) != KindControl {
				note(samples, tenant, m.Time)
			}
		})
		if err != nil {
			return nil, nil, fmt.Errorf("partition %d: newest records of tenants: %w", p, err)
		}
	}
	return samples, records, nil
}

// lastOfEach calls fn with the last record of each tenant in a partition of samples, without its data.
func (j *JetStream) lastOfEach(ctx context.Context, partition int, tenants []string, fn func(Message)) error {
	if len(tenants) == 0 || len(tenants) > newestFilters {
		tenants = []string{"*"}
	}
	cfg := jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, AckPolicy: jetstream.AckNonePolicy,
		HeadersOnly: true, MemoryStorage: true, Replicas: 1, InactiveThreshold: newestKept}
	for _, tenant := range tenants {
		cfg.FilterSubjects = append(cfg.FilterSubjects, schema.PartitionSubject(schema.KindSamples, tenant, partition))
	}
	name := schema.PartitionStream(schema.KindSamples, partition)
	c, err := j.js.CreateConsumer(ctx, name, cfg)
	if err != nil {
		return err
	}
	info := c.CachedInfo()
	defer func() { _ = j.js.DeleteConsumer(ctx, name, info.Name) }() // else it goes by itself
	for left := int(info.NumPending); left > 0; {
		n, err := fetchSome(c, min(left, newestFetch), fn)
		if err != nil {
			return err
		}
		if n == 0 {
			return nothingLeft(ctx, c)
		}
		left -= n
	}
	return nil
}

// nothingLeft makes sure that fewer messages than expected are all: the others have got successors, or have expired.
func nothingLeft(ctx context.Context, c jetstream.Consumer) error {
	info, err := c.Info(ctx)
	if err == nil && info.NumPending > 0 {
		return fmt.Errorf("%d messages did not arrive", info.NumPending)
	}
	return err
}

// fetchSome calls fn with up to most messages that are there, and returns how many were.
func fetchSome(c jetstream.Consumer, most int, fn func(Message)) (n int, err error) {
	batch, err := c.FetchNoWait(most)
	if err != nil {
		return 0, err
	}
	for m := range batch.Messages() {
		md, err := m.Metadata()
		if err != nil {
			return n, err
		}
		n++
		fn(Message{Subject: m.Subject(), Sequence: md.Sequence.Stream, Time: md.Timestamp, Header: Header(m.Headers())})
	}
	return n, batch.Error()
}
