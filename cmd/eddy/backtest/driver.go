package backtest

import (
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
	chain     *replay.Chain
	catalogue stages.Catalogue
	event     func(*schema.Event)
	skips     int   // records a stage could not digest
	failed    error // of decoding an event
}

// newDriver makes the stages of a partition. Judged is told of every row that is scored, event of every event.
func newDriver(partition int, catalogue stages.Catalogue, judged func(*scoring.Observation), event func(*schema.Event)) *driver {
	d := &driver{chain: replay.NewChain(partition, catalogue), catalogue: catalogue, event: event}
	d.chain.Observe(judged)
	return d
}

// enforce puts a policy into force, as a record of that sequence would.
func (d *driver) enforce(root uint64, policy schema.Policy) error {
	control := schema.Control{Type: schema.ControlPolicy, Policy: &policy}
	return d.process(&stream.Record{Tenant: schema.ControlTenant, Root: root, Kind: schema.EntryControl, Data: control.Encode()})
}

// process takes one record. One that a stage cannot digest is counted and left out, as the engine does.
func (d *driver) process(rec *stream.Record) error {
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
