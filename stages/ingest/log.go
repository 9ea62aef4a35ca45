package ingest

import "context"

// Log is where samples go: one totally ordered log per partition. Both methods are called from several goroutines at
// the same time, also for one partition: Tick appends its control records beside the requests, which go one by one.
type Log interface {
	// Append returns nil once the record is durable. After an error it may be stored or not. Data is snappy of a
	// remote-write 1.0 WriteRequest; it belongs to the caller and may not be kept after Append has returned.
	Append(ctx context.Context, partition int, subject string, data []byte) error
	// AppendControl is Append for a control record, schema.Control as JSON.
	AppendControl(ctx context.Context, partition int, subject string, data []byte) error
}
