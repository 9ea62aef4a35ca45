package schema

import (
	"encoding/binary"
	"errors"
	"sort"
	"strconv"
	"strings"
)

// Labels is a label set in wire form: the concatenated `labels` fields of a remote-write 1.0 TimeSeries
// (tag 0x0a, length, Label{1: name, 2: value}), sorted by name, no name twice, no empty value. Two sets are equal when
// their bytes are. A series is identified by (tenant, Labels) everywhere in eddy.
type Labels []byte

// MetricName is the reserved label that holds a metric's name.
const MetricName = "__name__"

// ErrLabels is returned for bytes that are not a label set in wire form.
var ErrLabels = errors.New("labels: malformed wire form")

const (
	tagLabel      = 1<<3 | 2
	tagLabelName  = 1<<3 | 2
	tagLabelValue = 2<<3 | 2
)

// AppendLabel appends one label in wire form. The caller keeps the order.
func AppendLabel(dst Labels, name, value string) Labels {
	inner := 1 + uvarintLen(uint64(len(name))) + len(name) + 1 + uvarintLen(uint64(len(value))) + len(value)
	dst = append(dst, tagLabel)
	dst = binary.AppendUvarint(dst, uint64(inner))
	dst = append(dst, tagLabelName)
	dst = binary.AppendUvarint(dst, uint64(len(name)))
	dst = append(dst, name...)
	dst = append(dst, tagLabelValue)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// LabelsFromMap builds the wire form of a map; empty values are dropped.
func LabelsFromMap(m map[string]string) Labels {
	names := make([]string, 0, len(m))
	for name, value := range m {
		if value != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var l Labels
	for _, name := range names {
		l = AppendLabel(l, name, m[name])
	}
	return l
}

// Next splits the first label off. The returned slices alias l. At the end of l all results are nil; malformed bytes
// return ErrLabels.
func (l Labels) Next() (name, value []byte, rest Labels, err error) {
	if len(l) == 0 {
		return nil, nil, nil, nil
	}
	if l[0] != tagLabel {
		return nil, nil, nil, ErrLabels
	}
	body, rest, ok := lengthPrefixed(l[1:])
	if !ok {
		return nil, nil, nil, ErrLabels
	}
	for len(body) > 0 {
		var field []byte
		tag := body[0]
		if tag != tagLabelName && tag != tagLabelValue {
			return nil, nil, nil, ErrLabels
		}
		if field, body, ok = lengthPrefixed(body[1:]); !ok {
			return nil, nil, nil, ErrLabels
		}
		if tag == tagLabelName {
			name = field
		} else {
			value = field
		}
	}
	return name, value, rest, nil
}

// Get returns the value of a label, nil when it is absent or l is malformed.
func (l Labels) Get(name string) []byte {
	for len(l) > 0 {
		n, v, rest, err := l.Next()
		if err != nil {
			return nil
		}
		if string(n) == name {
			return v
		}
		l = rest
	}
	return nil
}

// Map copies the set into a map; what cannot be parsed is left out.
func (l Labels) Map() map[string]string {
	m := map[string]string{}
	for len(l) > 0 {
		n, v, rest, err := l.Next()
		if err != nil {
			break
		}
		m[string(n)] = string(v)
		l = rest
	}
	return m
}

// String writes the set in PromQL form: name{a="1",b="2"}, or {"odd name",a="1"} when the name needs quotes (UTF-8
// names as Prometheus 3 quotes them).
func (l Labels) String() string {
	var b strings.Builder
	name := string(l.Get(MetricName))
	quoted := name != "" && !isLegacyMetricName(name)
	if !quoted {
		b.WriteString(name)
	}
	n := 0
	open := func() {
		if n == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		n++
	}
	if quoted {
		open()
		b.WriteString(strconv.Quote(name))
	}
	for len(l) > 0 {
		k, v, rest, err := l.Next()
		if err != nil {
			break
		}
		l = rest
		if string(k) == MetricName {
			continue
		}
		open()
		if isLegacyLabelName(string(k)) {
			b.Write(k)
		} else {
			b.WriteString(strconv.Quote(string(k)))
		}
		b.WriteByte('=')
		b.WriteString(strconv.Quote(string(v)))
	}
	if n > 0 {
		b.WriteByte('}')
	} else if name == "" {
		b.WriteString("{}")
	}
	return b.String()
}

func isLegacyMetricName(s string) bool { return isIdentifier(s, true) }
func isLegacyLabelName(s string) bool  { return isIdentifier(s, false) }

func isIdentifier(s string, colon bool) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || colon && c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(s) > 0
}

// lengthPrefixed splits a length-delimited field's content off.
func lengthPrefixed(b []byte) (content, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	end := used + int(n)
	return b[used:end:end], b[end:], true
}

func uvarintLen(v uint64) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}
