package scoring

import (
	"errors"
	"fmt"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages"
	"eddy/stream"
)

// ErrRecord wraps every refusal of a record's bytes.
var ErrRecord = errors.New("scoring: malformed record")

const (
	maxBlock   = 1_030_000 // bytes of a block: a message of the broker takes 1 MiB, less room for headers
	rowBytes   = 70
	watchBytes = 24
	maxRows    = 12_000  // of a block of features; the stage before writes at most about 8,500
	maxRef     = 1 << 24 // references of one tenant in one partition
)

// Processor is the scoring stage of one partition: a stream.Processor and stream.Snapshotter.
type Processor struct {
	partition int
	control   string
	catalogue stages.Catalogue

	plan     *stages.Plan
	models   []int              // by detector: its model
	distinct []*stages.Detector // by model: a detector that has it
	broken   error              // why there is no plan

	tenants map[string]*tenant
	order   []*tenant // in the order of their first record

	block    schema.ScoreBuilder
	out      []byte
	input    algorithms.Input
	verdict  algorithms.Verdict
	features [schema.FeatureCount]float32
	left     int // rows of the block still to judge

	observe                    func(*Observation) // nil: nobody looks
	metrics                    *counters
	scored, strangers, crowded int
}

var (
	_ stream.Processor   = (*Processor)(nil)
	_ stream.Snapshotter = (*Processor)(nil)
)

// New returns a partition's processor in its initial state, with the default policy in force. When the catalogue lacks
// what that needs, every Process returns the reason.
func New(partition int, catalogue stages.Catalogue) *Processor {
	p := &Processor{
		partition: partition,
		control:   schema.PartitionSubject(schema.KindScores, schema.ControlTenant, partition),
		catalogue: catalogue,
		tenants:   map[string]*tenant{},
	}
	p.input.Features = p.features[:]
	p.broken = p.enforce(schema.DefaultPolicy())
	return p
}

// Process turns one FeatureBlock into at most one ScoreBlock, or applies a control record and passes it on. It returns
// an error, and leaves the state as it was, for a record that is neither and for a policy that cannot be put in force.
func (p *Processor) Process(rec *stream.Record, out *stream.Output) error {
	if p.broken != nil {
		return p.broken
	}
	if rec.Kind == schema.EntryControl {
		return p.command(rec, out)
	}
	if err := schema.CheckTenant(rec.Tenant); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	v, err := schema.ParseFeatures(rec.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if v.Rows() > maxRows {
		return fmt.Errorf("%w: %d rows, at most %d can be", ErrRecord, v.Rows(), maxRows)
	}
	for x := range v.Series {
		if x.Ref >= maxRef {
			return fmt.Errorf("%w: reference %d, at most %d can be", ErrRecord, x.Ref, maxRef-1)
		}
	}
	t := p.tenant(rec.Tenant)
	for x := range v.Series {
		p.bind(t, x)
	}
	p.block.Reset()
	p.rows(t, &v)
	if p.block.Rows() > 0 {
		p.out = p.block.AppendTo(p.out[:0])
		out.Emit(t.subject, schema.EntryData, p.out)
	}
	p.count()
	return nil
}

func (p *Processor) command(rec *stream.Record, out *stream.Output) error {
	c, err := schema.ParseControl(rec.Data)
	if err != nil {
		return err
	}
	if rec.Tenant != schema.ControlTenant {
		return nil
	}
	if c.Type == schema.ControlPolicy {
		if err := p.enforce(*c.Policy); err != nil {
			return err
		}
	}
	out.Emit(p.control, schema.EntryControl, rec.Data)
	return nil
}

func (p *Processor) tenant(name string) *tenant {
	t := p.tenants[name]
	if t == nil {
		t = newTenant(name, p.partition)
		p.tenants[name] = t
		p.order = append(p.order, t)
	}
	return t
}
