package schema

import (
	"encoding/binary"
	"math"
)

// ContributionCount is how many contributors' shares a score row carries.
const ContributionCount = 4

// Watch introduces a series that is watched from here on, or says that a watched one is now another detector's.
type Watch struct {
	Ref      uint32
	Labels   Labels
	Kind     SeriesKind
	Detector uint32 // index into the policy in force
}

// ScoreRow is one row of a ScoreBlock.
type ScoreRow struct {
	Ref       uint32
	Flags     RowFlag
	Timestamp int64 // Unix milliseconds
	// Value is what was seen, Expected the most likely, Lower and Upper bound the normal.
	Value, Expected, Lower, Upper float64
	// Score is what is left of the algorithm's after the detector's direction and least deviation.
	Score         float64
	Contributions [ContributionCount]float32
}

// ScoreBuilder collects a ScoreBlock, see scores.proto. The zero value is ready; Reset keeps the memory.
type ScoreBuilder struct {
	watch, refs, flags, timestamps, values, scores, contributions []byte
}

// AddWatch introduces a watched series.
func (b *ScoreBuilder) AddWatch(w Watch) {
	b.watch = appendHead(b.watch, head{ref: w.Ref, labels: w.Labels, kind: w.Kind, detector: w.Detector}, true)
}

// AddRow appends a row.
func (b *ScoreBuilder) AddRow(r *ScoreRow) {
	b.refs = binary.LittleEndian.AppendUint32(b.refs, r.Ref)
	b.flags = append(b.flags, byte(r.Flags))
	b.timestamps = binary.LittleEndian.AppendUint64(b.timestamps, uint64(r.Timestamp))
	for _, f := range [4]float64{r.Value, r.Expected, r.Lower, r.Upper} {
		b.values = binary.LittleEndian.AppendUint64(b.values, math.Float64bits(f))
	}
	b.scores = binary.LittleEndian.AppendUint64(b.scores, math.Float64bits(r.Score))
	for _, f := range r.Contributions {
		b.contributions = binary.LittleEndian.AppendUint32(b.contributions, math.Float32bits(f))
	}
}

// Rows is the number of rows so far.
func (b *ScoreBuilder) Rows() int { return len(b.flags) }

// Size is about the length of the block so far, in bytes.
func (b *ScoreBuilder) Size() int { return len(b.watch) + len(b.flags)*scoreRowSize + 64 }

const scoreRowSize = 4 + 1 + 8 + 32 + 8 + 16

// AppendTo appends the block's bytes.
func (b *ScoreBuilder) AppendTo(dst []byte) []byte {
	dst = append(dst, b.watch...)
	dst = appendColumn(dst, 2, b.refs)
	dst = appendColumn(dst, 3, b.flags)
	dst = appendColumn(dst, 4, b.timestamps)
	dst = appendColumn(dst, 5, b.values)
	dst = appendColumn(dst, 6, b.scores)
	return appendColumn(dst, 7, b.contributions)
}

// Reset empties the builder and keeps its memory.
func (b *ScoreBuilder) Reset() {
	b.watch, b.refs, b.flags, b.timestamps = b.watch[:0], b.refs[:0], b.flags[:0], b.timestamps[:0]
	b.values, b.scores, b.contributions = b.values[:0], b.scores[:0], b.contributions[:0]
}

// ScoreView reads a ScoreBlock in place; it aliases the bytes it was made from.
type ScoreView struct{ block block }

// ParseScores validates a ScoreBlock; malformed bytes return ErrBlock. Accessors of the view cannot fail.
func ParseScores(data []byte) (ScoreView, error) {
	b, err := parseBlock(data, &columnWidths{2: 4, 3: 1, 4: 8, 5: 32, 6: 8, 7: 16})
	if err != nil {
		return ScoreView{}, err
	}
	if _, err := checkHeads(b.head, true); err != nil {
		return ScoreView{}, err
	}
	return ScoreView{block: b}, nil
}

// Rows is the number of rows.
func (v *ScoreView) Rows() int { return v.block.rows }

// Watches yields the series the block introduces.
func (v *ScoreView) Watches(yield func(Watch) bool) {
	for rest := v.block.head; len(rest) > 0; {
		h, after, err := nextHead(rest, true)
		if err != nil || !yield(Watch{Ref: h.ref, Labels: h.labels, Kind: h.kind, Detector: h.detector}) {
			return
		}
		rest = after
	}
}

// Row copies row i.
func (v *ScoreView) Row(i int, r *ScoreRow) {
	c := &v.block.columns
	r.Ref = binary.LittleEndian.Uint32(c[2][4*i:])
	r.Flags = RowFlag(c[3][i])
	r.Timestamp = int64(binary.LittleEndian.Uint64(c[4][8*i:]))
	values := c[5][32*i:][:32]
	r.Value = math.Float64frombits(binary.LittleEndian.Uint64(values))
	r.Expected = math.Float64frombits(binary.LittleEndian.Uint64(values[8:]))
	r.Lower = math.Float64frombits(binary.LittleEndian.Uint64(values[16:]))
	r.Upper = math.Float64frombits(binary.LittleEndian.Uint64(values[24:]))
	r.Score = math.Float64frombits(binary.LittleEndian.Uint64(c[6][8*i:]))
	shares := c[7][16*i:][:16]
	for j := range r.Contributions {
		r.Contributions[j] = math.Float32frombits(binary.LittleEndian.Uint32(shares[4*j:]))
	}
}
