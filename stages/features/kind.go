package features

import (
	"bytes"

	"eddy/schema"
	"eddy/stages/internal/intern"
	"eddy/stages/internal/snap"
)

// metricType is the type a sender's metadata gives a metric family; the numbers are remote-write's.
type metricType uint8

const (
	typeUnknown metricType = iota
	typeCounter
	typeGauge
	typeHistogram
	typeGaugeHistogram
	typeSummary
	typeInfo
	typeStateSet
)

// metadata remembers the types of a tenant's metric families. Its generation changes when anything in it does, so that
// series learn about it the next time they are looked at.
type metadata struct {
	names      *intern.Table
	types      []metricType // by ref of names
	generation uint32
}

const (
	maxFamilies   = 100_000
	maxFamilyName = 1024
)

func newMetadata() metadata { return metadata{names: intern.New()} }

// learn takes a record's metadata in. Beyond maxFamilies a family stays unknown and its type is inferred.
func (m *metadata) learn(list []rawMetadata) {
	changed := false
	for _, x := range list {
		if x.kind == typeUnknown || x.kind > typeStateSet || len(x.name) == 0 || len(x.name) > maxFamilyName {
			continue
		}
		ref, ok := m.names.Lookup(x.name)
		if !ok {
			if m.names.Len() >= maxFamilies {
				continue
			}
			ref = m.names.Insert(x.name)
			m.types = append(m.types, typeUnknown)
		}
		if m.types[ref] != x.kind {
			m.types[ref], changed = x.kind, true
		}
	}
	if changed {
		m.generation++
	}
}

func (m *metadata) typeOf(name []byte) metricType {
	if ref, ok := m.names.Lookup(name); ok {
		return m.types[ref]
	}
	return typeUnknown
}

// kind decides what the values of a series are. Guessed says that a counter is one by its name alone, and that the
// name is one gauges have too.
func (m *metadata) kind(labels schema.Labels) (kind schema.SeriesKind, guessed bool) {
	name := labels.Get(schema.MetricName)
	switch m.typeOf(name) {
	case typeCounter:
		return schema.SeriesRate, false
	case typeUnknown:
	default:
		return schema.SeriesValue, false
	}
	family, suffix := splitSuffix(name)
	if suffix == "" {
		return schema.SeriesValue, false
	}
	switch m.typeOf(family) {
	case typeHistogram:
		return schema.SeriesRate, false
	case typeSummary:
		if suffix != "_bucket" {
			return schema.SeriesRate, false
		}
	case typeCounter: // OpenMetrics names a counter's family without the suffix
		if suffix == "_total" {
			return schema.SeriesRate, false
		}
	case typeGaugeHistogram:
		return schema.SeriesValue, false
	}
	return schema.SeriesRate, suffix == "_count" || suffix == "_sum"
}

// splitSuffix cuts the suffix of a counter off, "" when there is none.
func splitSuffix(name []byte) (family []byte, suffix string) {
	for _, suffix := range [...]string{"_total", "_count", "_sum", "_bucket"} {
		if len(name) > len(suffix) && bytes.HasSuffix(name, []byte(suffix)) {
			return name[:len(name)-len(suffix)], suffix
		}
	}
	return name, ""
}

func (m *metadata) save(w *snap.Writer) {
	m.names.Save(w)
	for _, t := range m.types {
		w.Byte(byte(t))
	}
	w.U32(m.generation)
}

func (m *metadata) load(r *snap.Reader) {
	m.names.Load(r)
	for range m.names.Cap() {
		if r.Err() != nil {
			return
		}
		m.types = append(m.types, metricType(r.Byte()))
	}
	m.generation = r.U32()
}
