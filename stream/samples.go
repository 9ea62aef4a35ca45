package stream

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"eddy/schema"
)

// Samples appends to the samples logs, where any number of gateways write without a fence: the log decides the order,
// and stages drop what they have seen.
type Samples struct{ j *JetStream }

// Samples returns the writer of samples.
func (j *JetStream) Samples() Samples { return Samples{j} }

// Append stores a record and returns once the log has it. ErrFull means that it takes no more for now, because it
// is full or because what it holds waits too long to be processed; after any other error the record may or may not be stored.
func (s Samples) Append(ctx context.Context, partition int, subject string, data []byte) error {
	if err := s.j.pressure.overloaded(partition); err != nil {
		return err
	}
	return s.publish(ctx, partition, &nats.Msg{Subject: subject, Data: data})
}

// AppendControl stores a control record (schema.Control as JSON) in the same order as the samples.
func (s Samples) AppendControl(ctx context.Context, partition int, subject string, data []byte) error {
	return s.publish(ctx, partition, &nats.Msg{Subject: subject, Data: data, Header: nats.Header{HeaderKind: {KindControl}}})
}

func (s Samples) publish(ctx context.Context, partition int, m *nats.Msg) error {
	stream := schema.PartitionStream(schema.KindSamples, partition)
	_, err := s.j.js.PublishMsg(ctx, m, jetstream.WithExpectStream(stream))
	return s.j.appended(stream, err)
}

// LastControl returns the newest control record for all tenants in a partition, or ErrNotFound.
func (j *JetStream) LastControl(ctx context.Context, partition int) (Message, error) {
	return (&jsLog{j: j, spec: LogSpec{
		Stream: schema.PartitionStream(schema.KindSamples, partition),
		Scope:  schema.PartitionSubject(schema.KindSamples, schema.ControlTenant, partition),
	}}).Last(ctx)
}
