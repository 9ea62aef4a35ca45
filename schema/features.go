package schema

import (
	"encoding/binary"
	"math"
)

// FeatureCount is the number of feature columns.
const FeatureCount = 5

// FeatureNames names the feature columns of a FeatureBlock, in order. All but the last describe the series as it was
// before the row: level and spread (weighted mean, mean absolute deviation) in the row's unit, trend in that unit per
// second, interval (learned time between samples) in seconds; gap is the time since the sample before, in intervals.
func FeatureNames() []string { return []string{"level", "spread", "trend", "interval", "gap"} }

// FeatureInterval is the column of the interval.
const FeatureInterval = 3

// Series introduces a reference: before the first row that names it, and again when it comes to mean something else.
type Series struct {
	Ref    uint32
	Labels Labels
	Kind   SeriesKind
}

// FeatureBuilder collects a FeatureBlock, see features.proto. The zero value is ready; Reset keeps the memory.
type FeatureBuilder struct {
	series, refs, flags, timestamps, values, columns []byte
}

// AddSeries introduces a series.
func (b *FeatureBuilder) AddSeries(s Series) {
	b.series = appendHead(b.series, head{ref: s.Ref, labels: s.Labels, kind: s.Kind}, false)
}

// AddRow appends a row.
func (b *FeatureBuilder) AddRow(ref uint32, flags RowFlag, timestamp int64, value float64, features *[FeatureCount]float32) {
	b.refs = binary.LittleEndian.AppendUint32(b.refs, ref)
	b.flags = append(b.flags, byte(flags))
	b.timestamps = binary.LittleEndian.AppendUint64(b.timestamps, uint64(timestamp))
	b.values = binary.LittleEndian.AppendUint64(b.values, math.Float64bits(value))
	var row [4 * FeatureCount]byte
	for i, f := range features {
		binary.LittleEndian.PutUint32(row[4*i:], math.Float32bits(f))
	}
	b.columns = append(b.columns, row[:]...)
}

// Rows is the number of rows so far.
func (b *FeatureBuilder) Rows() int { return len(b.flags) }

// Empty tells whether there is nothing to write.
func (b *FeatureBuilder) Empty() bool { return len(b.flags) == 0 && len(b.series) == 0 }

// Size is about the length of the block so far, in bytes.
func (b *FeatureBuilder) Size() int { return len(b.series) + len(b.flags)*featureRowSize + 64 }

const featureRowSize = 4 + 1 + 8 + 8 + 4*FeatureCount

// AppendTo appends the block's bytes.
func (b *FeatureBuilder) AppendTo(dst []byte) []byte {
	dst = append(dst, b.series...)
	dst = appendColumn(dst, 2, b.refs)
	dst = appendColumn(dst, 3, b.flags)
	dst = appendColumn(dst, 4, b.timestamps)
	dst = appendColumn(dst, 5, b.values)
	return appendColumn(dst, 6, b.columns)
}

// Reset empties the builder and keeps its memory.
func (b *FeatureBuilder) Reset() {
	b.series, b.refs, b.flags = b.series[:0], b.refs[:0], b.flags[:0]
	b.timestamps, b.values, b.columns = b.timestamps[:0], b.values[:0], b.columns[:0]
}

// FeatureView reads a FeatureBlock in place; it aliases the bytes it was made from.
type FeatureView struct {
	block block
	heads int
}

// ParseFeatures validates a FeatureBlock; malformed bytes return ErrBlock. Accessors of the view cannot fail.
func ParseFeatures(data []byte) (FeatureView, error) {
	b, err := parseBlock(data, &columnWidths{2: 4, 3: 1, 4: 8, 5: 8, 6: 4 * FeatureCount})
	if err != nil {
		return FeatureView{}, err
	}
	n, err := checkHeads(b.head, false)
	if err != nil {
		return FeatureView{}, err
	}
	return FeatureView{block: b, heads: n}, nil
}

// Rows is the number of rows; SeriesCount that of series introduced.
func (v *FeatureView) Rows() int { return v.block.rows }

// SeriesCount is the number of series the block introduces.
func (v *FeatureView) SeriesCount() int { return v.heads }

// Series yields the series the block introduces.
func (v *FeatureView) Series(yield func(Series) bool) {
	for rest := v.block.head; len(rest) > 0; {
		var h head
		var err error
		if h, rest, err = nextHead(rest, false); err != nil || !yield(Series{Ref: h.ref, Labels: h.labels, Kind: h.kind}) {
			return
		}
	}
}

// Ref returns row i's series.
func (v *FeatureView) Ref(i int) uint32 { return binary.LittleEndian.Uint32(v.block.columns[2][4*i:]) }

// Flags returns row i's flags.
func (v *FeatureView) Flags(i int) RowFlag { return RowFlag(v.block.columns[3][i]) }

// Timestamp returns row i's time in Unix milliseconds.
func (v *FeatureView) Timestamp(i int) int64 {
	return int64(binary.LittleEndian.Uint64(v.block.columns[4][8*i:]))
}

// Value returns row i's value.
func (v *FeatureView) Value(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(v.block.columns[5][8*i:]))
}

// Features copies row i's features.
func (v *FeatureView) Features(i int, dst *[FeatureCount]float32) {
	row := v.block.columns[6][4*FeatureCount*i:][:4*FeatureCount]
	for j := range dst {
		dst[j] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*j:]))
	}
}
