package ingest

import (
	"unicode/utf8"

	"eddy/schema"
)

const (
	maxMetaText  = 1024      // bytes of help or unit that are kept
	maxMetaBytes = 256 << 10 // of one metadata record
)

// metas is a record of metadata being filled.
type metas struct {
	fields  []byte // of a WriteRequest
	entries int
}

// announce publishes what a sender says of a metric to every partition, once: series of one metric are everywhere.
// What is not a legal metric is left out, for its samples are refused anyway.
func (p *push) announce(m *metadata) {
	t := p.t
	if m.kind == 0 || len(m.name) == 0 || len(m.name) > p.g.cfg.MaxNameBytes || !utf8.Valid(m.name) {
		return
	}
	known, ok := t.kinds[string(m.name)]
	if ok && known == m.kind || !ok && len(t.kinds) >= p.g.cfg.MaxMetadata {
		return
	}
	name := string(m.name)
	t.kinds[name] = m.kind
	p.named = append(p.named, name)
	n := len(p.metas)
	if n == 0 || len(p.metas[n-1].fields) > maxMetaBytes || p.metas[n-1].entries == schema.MaxRecordEntries {
		p.metas = append(p.metas, metas{})
		n++
	}
	last := &p.metas[n-1]
	last.fields = appendMetadata(last.fields, m)
	last.entries++
}

// announceSeries is announce for metadata that came with a series; 2.0 means the series' own name.
func (p *push) announceSeries(it *item, state *seriesState) {
	state.kind = it.meta.kind
	it.meta.name = schema.Labels(it.key).Get(schema.MetricName)
	p.announce(&it.meta)
}

// size is how many bytes appendMetadata appends, at most.
func (m *metadata) size() int {
	return 2*(1+maxLengthBytes) + 2 + len(m.name) + 2*(1+maxLengthBytes) + min(len(m.help), maxMetaText) + min(len(m.unit), maxMetaText)
}

// appendMetadata appends a MetricMetadata as field 3 of a WriteRequest.
func appendMetadata(dst []byte, m *metadata) []byte {
	text := func(b []byte) []byte {
		if len(b) > maxMetaText || !utf8.Valid(b) {
			return nil
		}
		return b
	}
	entry := appendVarint(nil, 1, uint64(m.kind))
	entry = appendBytes(entry, 2, m.name)
	if help := text(m.help); len(help) > 0 {
		entry = appendBytes(entry, 4, help)
	}
	if unit := text(m.unit); len(unit) > 0 {
		entry = appendBytes(entry, 5, unit)
	}
	return appendBytes(dst, 3, entry)
}
