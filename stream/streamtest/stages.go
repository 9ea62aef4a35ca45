package streamtest

import (
	"encoding/binary"
	"fmt"
	"io"

	"eddy/schema"
	"eddy/stream"
)

// Chain and Events are two small stages whose every output depends on every input before it, so that one lost,
// doubled or reordered record changes all bytes behind it.

// ChainStage reads samples and emits blocks: for each record a running hash, but for every fifth record nothing.
// A record that reads "poison" makes it panic.
func ChainStage() stream.Stage {
	return stream.Stage{
		Name: "chain", Version: "1", FromSamples: true,
		Input:  hot(schema.KindSamples),
		Output: hot(schema.KindFeatures),
		Mark:   func(p int) string { return schema.PartitionSubject(schema.KindFeatures, schema.ClaimTenant, p) },
		New:    func(p int) stream.Processor { return &chain{partition: p} },
	}
}

// EventsStage reads the blocks of ChainStage and emits none to three events for each.
func EventsStage() stream.Stage {
	return stream.Stage{
		Name: "events", Version: "1", Events: true,
		Input: hot(schema.KindFeatures),
		Output: func(p int) stream.LogSpec {
			return stream.LogSpec{Stream: schema.AnomalyStream, Scope: schema.AnomalyScope(p)}
		},
		Mark: schema.AnomalyClaimSubject,
		New:  func(p int) stream.Processor { return &events{partition: p} },
	}
}

func hot(kind schema.Kind) func(int) stream.LogSpec {
	return func(p int) stream.LogSpec { return stream.LogSpec{Stream: schema.PartitionStream(kind, p)} }
}

// sum is the state of both: a running FNV-1a hash and a count.
type sum struct{ hash, count uint64 }

func (s *sum) add(root uint64, data []byte) {
	h := s.hash ^ 14695981039346656037 ^ root
	for _, c := range data {
		h = (h ^ uint64(c)) * 1099511628211
	}
	s.hash, s.count = h, s.count+1
}

func (s *sum) Snapshot(w io.Writer) error {
	return binary.Write(w, binary.LittleEndian, [2]uint64{s.hash, s.count})
}

func (s *sum) Restore(r io.Reader) error {
	var wire [2]uint64
	err := binary.Read(r, binary.LittleEndian, &wire)
	s.hash, s.count = wire[0], wire[1]
	return err
}

type chain struct {
	sum
	partition int
}

func (c *chain) Process(rec *stream.Record, out *stream.Output) error {
	if string(rec.Data) == "poison" {
		c.hash++ // leave a trace that a rebuild must wipe out
		panic("poison")
	}
	c.add(rec.Root, rec.Data)
	if c.count%5 != 0 {
		out.Emit(schema.PartitionSubject(schema.KindFeatures, rec.Tenant, c.partition), rec.Kind,
			binary.LittleEndian.AppendUint64(nil, c.hash))
	}
	return nil
}

type events struct {
	sum
	partition int
}

func (e *events) Process(rec *stream.Record, out *stream.Output) error {
	e.add(rec.Root, rec.Data)
	for i := range e.count % 4 {
		severity := []schema.Severity{schema.SeverityInfo, schema.SeverityWarning, schema.SeverityCritical}[i%3]
		out.Emit(schema.AnomalySubject(rec.Tenant, severity, e.partition), schema.EntryData,
			fmt.Appendf(nil, "root %d event %d of %d: %x", rec.Root, i, e.count, e.hash))
	}
	return nil
}
