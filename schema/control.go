package schema

import (
	"encoding/json"
	"fmt"
)

// ControlType says what a control record changes.
type ControlType string

// The control records that exist so far.
const (
	// ControlPolicy replaces the detection policy of every tenant from this record on.
	ControlPolicy ControlType = "policy"
	// ControlTick says what time it is while a tenant sends nothing, so that silence can be noticed without a clock.
	ControlTick ControlType = "tick"
	// ControlReturned says that a tenant has sent samples again, in whatever partitions. It comes with the first of them
	// after ticks, or when there may have been some, into every partition.
	ControlReturned ControlType = "returned"
)

// Control is a record that travels inside a samples partition, in one order with the samples, so that every replay
// applies it at the same sequence. It is published as JSON with the header Eddy-Kind: control.
type Control struct {
	Type ControlType `json:"type"`
	// Policy is set for ControlPolicy.
	Policy *Policy `json:"policy,omitempty"`
	// Time is set for ControlTick and ControlReturned: Unix milliseconds.
	Time int64 `json:"time,omitempty"`
}

// ParseControl decodes a control record. An unknown type is no error: an older processor passes over what it does not know.
func ParseControl(data []byte) (Control, error) {
	var c Control
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("control record: %w", err)
	}
	if c.Type == ControlPolicy && c.Policy == nil {
		return c, fmt.Errorf("control record: type %q without a policy", c.Type)
	}
	return c, nil
}

// Encode returns the record's JSON.
func (c Control) Encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic("control record cannot be encoded: " + err.Error()) // only plain fields: cannot happen
	}
	return b
}
