package stream_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/rs/zerolog"

	"eddy/schema"
	"eddy/stream"
	"eddy/stream/streamtest"
)

// copier emits what it reads, padded or cut to a size: the cost of a stage without its work.
type copier struct {
	subject string
	size    int
	buf     []byte
}

func (c *copier) Process(rec *stream.Record, out *stream.Output) error {
	if cap(c.buf) < c.size {
		c.buf = make([]byte, c.size)
	}
	out.Emit(c.subject, rec.Kind, c.buf[:c.size])
	return nil
}

// BenchmarkEngine is what the log and the engine cost a record of 1,000 samples (28 KB as compressed by ingest) on its
// way through a stage that writes 45 KB, as features does. Divide by 1,000 for the cost per sample.
func BenchmarkEngine(b *testing.B) {
	server, err := stream.StartEmbedded(stream.EmbeddedConfig{Dir: b.TempDir(), SyncAlways: true, MaxStore: 20 << 30, Log: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Stop()
	client, err := stream.DialEmbedded(b.Context(), server)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	js, err := stream.Open(b.Context(), client, stream.Layout{Partitions: 1}, zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	stage := streamtest.ChainStage()
	stage.New = func(p int) stream.Processor {
		return &copier{subject: schema.PartitionSubject(schema.KindFeatures, "bench", p), size: 45_000}
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = stream.NewRunner(js, stage, 0, "bench", stream.Config{}, nil, zerolog.Nop()).Run(ctx)
	}()
	record := make([]byte, 28_000)
	b.ResetTimer()
	go func() {
		for i := range b.N {
			binary.LittleEndian.PutUint64(record, uint64(i))
			if err := js.Samples().Append(ctx, 0, schema.PartitionSubject(schema.KindSamples, "bench", 0), record); err != nil {
				b.Error(err)
				return
			}
		}
	}()
	for got := 0; got < b.N; {
		err := js.Follow(ctx, schema.PartitionStream(schema.KindFeatures, 0), nil, stream.Start{}, func(m stream.Message) error {
			for rest := m.Data; len(rest) > 0; got++ {
				var err error
				if _, rest, err = schema.NextEntry(rest); err != nil {
					return err
				}
			}
			if got >= b.N {
				return context.Canceled
			}
			return nil
		})
		if err != nil {
			break
		}
	}
	b.StopTimer()
	cancel()
	<-done
}
