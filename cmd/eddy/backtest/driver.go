package backtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"eddy/schema"
	"eddy/stages"
	"eddy/stages/replay"
	"eddy/stages/scoring"
	"eddy/stream"
)

// driver takes records through the stages under the tested policy.
type driver struct {
	chain   *replay.Chain
	trainer *trainer // nil when no detector needs training
	event   func(*schema.Event)
	skips   int   // records a stage could not digest
	failed  error // of decoding an event
}

// newDriver makes the stages of a partition, with the trial's policy in force. Judged is told of every row that is
// scored, event of every event.
func newDriver(ctx context.Context, partition int, trial Trial, judged func(*scoring.Observation), event func(*schema.Event)) (*driver, error) {
	trainer, policy, catalogue := newTrainer(trial)
	if _, err := stages.NewPlan(policy, catalogue); err != nil {
		return nil, err
	}
	d := &driver{chain: replay.NewChain(partition, catalogue), trainer: trainer, event: event}
	d.chain.Observe(func(o *scoring.Observation) {
		if trainer != nil {
			trainer.observe(o)
		}
		judged(o)
	})
	control := schema.Control{Type: schema.ControlPolicy, Policy: &policy}
	return d, d.process(ctx, &stream.Record{Tenant: schema.ControlTenant, Root: 1, Kind: schema.EntryControl, Data: control.Encode()})
}

// models is how many were trained.
func (d *driver) models() int {
	if d.trainer == nil {
		return 0
	}
	return d.trainer.models
}

// process takes one record. One that a stage cannot digest is counted and left out, as the engine does.
func (d *driver) process(ctx context.Context, rec *stream.Record) error {
	if d.trainer != nil {
		if err := d.trainer.teach(ctx); err != nil {
			return err
		}
	}
	err := d.chain.Process(rec, d.emitted)
	var skipped *replay.SkipError
	if errors.As(err, &skipped) {
		d.skips++
		err = nil
	}
	if err == nil {
		err = d.failed
	}
	return err
}

func (d *driver) emitted(_ string, data []byte) {
	var e schema.Event
	if err := json.Unmarshal(data, &e); err != nil {
		d.failed = fmt.Errorf("an event cannot be read: %w", err)
		return
	}
	d.event(&e)
}
