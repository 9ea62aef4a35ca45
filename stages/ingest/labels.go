package ingest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"

	"eddy/schema"
)

// pair is one label while a set is put in order.
type pair struct{ name, value []byte }

// parseLabel reads a Label message, in any shape protobuf allows; fields of later versions are passed over.
func parseLabel(b []byte) (name, value []byte, err error) {
	for len(b) > 0 {
		var f field
		if b, err = nextField(b, &f); err != nil {
			return nil, nil, err
		}
		switch {
		case f.num == 1 && f.wire == wireBytes:
			name = f.bytes
		case f.num == 2 && f.wire == wireBytes:
			value = f.bytes
		case f.num <= 2:
			return nil, nil, errWire
		}
	}
	return name, value, nil
}

// maxLabelFraming is what appendLabel appends around name and value, at most.
const maxLabelFraming = 3 * (1 + maxLengthBytes)

// appendLabel appends one label as schema.AppendLabel does.
func appendLabel(dst, name, value []byte) []byte {
	inner := 2 + uvarintLen(uint64(len(name))) + len(name) + uvarintLen(uint64(len(value))) + len(value)
	dst = append(dst, 1<<3|wireBytes)
	if inner < 0x80 { // then so are both lengths
		dst = append(dst, byte(inner), 1<<3|wireBytes, byte(len(name)))
		dst = append(dst, name...)
		dst = append(dst, 2<<3|wireBytes, byte(len(value)))
		return append(dst, value...)
	}
	dst = binary.AppendUvarint(dst, uint64(inner))
	dst = appendBytes(dst, 1, name)
	return appendBytes(dst, 2, value)
}

// canon puts label sets into the one form eddy knows a series by. It is used for series met for the first time, and
// reuses its memory.
type canon struct {
	cfg     *Config
	pairs   []pair
	key     schema.Labels
	cluster []byte // value of the cluster label, nil without one
	replica []byte // value of the replica label, nil without one
}

// parse reads raw label fields, sorts them and drops empty values. The result is valid until the next call. A fault is
// why the set is refused; it never ends in a malformed key.
func (c *canon) parse(raw []byte) (key schema.Labels, fault string) {
	c.pairs, c.cluster, c.replica = c.pairs[:0], nil, nil
	for len(raw) > 0 {
		var f field
		var err error
		if raw, err = nextField(raw, &f); err != nil || f.num != 1 || f.wire != wireBytes {
			return nil, "malformed labels"
		}
		name, value, err := parseLabel(f.bytes)
		if err != nil {
			return nil, "malformed labels"
		}
		if len(value) == 0 && len(name) > 0 {
			continue // the same as an absent label
		}
		c.pairs = append(c.pairs, pair{name, value})
	}
	slices.SortStableFunc(c.pairs, func(a, b pair) int { return bytes.Compare(a.name, b.name) })
	if fault := c.check(); fault != "" {
		return nil, fault
	}
	c.findReplica()
	c.key = c.key[:0]
	for _, p := range c.pairs {
		if c.replica == nil || string(p.name) != c.cfg.HA.ReplicaLabel {
			c.key = appendLabel(c.key, p.name, p.value)
		}
	}
	return c.key, ""
}

// check validates the sorted labels.
func (c *canon) check() (fault string) {
	if len(c.pairs) > c.cfg.MaxLabels {
		return fmt.Sprintf("%d labels, the limit is %d", len(c.pairs), c.cfg.MaxLabels)
	}
	named := false
	for i, p := range c.pairs {
		metric := string(p.name) == schema.MetricName
		named = named || metric
		switch {
		case len(p.name) == 0:
			return "empty label name"
		case !utf8.Valid(p.name):
			return "label name is not UTF-8"
		case !utf8.Valid(p.value):
			return fmt.Sprintf("value of label %q is not UTF-8", clip(string(p.name), 24))
		case i > 0 && bytes.Equal(p.name, c.pairs[i-1].name):
			return fmt.Sprintf("label %q twice", clip(string(p.name), 32))
		case len(p.name) > c.cfg.MaxNameBytes:
			return fmt.Sprintf("label name of %d bytes, limit %d", len(p.name), c.cfg.MaxNameBytes)
		case metric && len(p.value) > c.cfg.MaxNameBytes:
			return fmt.Sprintf("metric name of %d bytes, limit %d", len(p.value), c.cfg.MaxNameBytes)
		case len(p.value) > c.cfg.MaxValueBytes:
			return fmt.Sprintf("label value of %d bytes, limit %d", len(p.value), c.cfg.MaxValueBytes)
		}
	}
	if !named {
		return "no metric name (" + schema.MetricName + ")"
	}
	return ""
}

// findReplica notes cluster and replica. Only series with both belong to a pair of senders.
func (c *canon) findReplica() {
	if c.cfg.HA.Disabled {
		return
	}
	var cluster, replica []byte
	for _, p := range c.pairs {
		switch string(p.name) {
		case c.cfg.HA.ClusterLabel:
			cluster = p.value
		case c.cfg.HA.ReplicaLabel:
			replica = p.value
		}
	}
	if cluster != nil && replica != nil {
		c.cluster, c.replica = cluster, replica
	}
}
