package schema

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type featureRow struct {
	Ref      uint32
	Flags    RowFlag
	Time     int64
	Value    float64
	Features [FeatureCount]float32
}

func featureBlock() (series []Series, rows []featureRow, data []byte) {
	series = []Series{
		{Ref: 7, Labels: LabelsFromMap(map[string]string{"__name__": "up", "job": "node"})},
		{Ref: 1 << 31, Labels: LabelsFromMap(map[string]string{"__name__": "http_requests_total"}), Kind: SeriesRate},
	}
	rows = []featureRow{
		{7, RowFresh, 1_700_000_000_000, 1, [5]float32{1, 2, 3, 4, 5}},
		{1 << 31, RowReset | RowGap, -5, -math.MaxFloat64, [5]float32{-1, 0, math.MaxFloat32, 0.5, 0}},
		{7, RowSilence, math.MaxInt64, 0, [5]float32{}},
	}
	var b FeatureBuilder
	for _, s := range series {
		b.AddSeries(s)
	}
	for _, r := range rows {
		b.AddRow(r.Ref, r.Flags, r.Time, r.Value, &r.Features)
	}
	return series, rows, b.AppendTo(nil)
}

func readFeatures(v *FeatureView) (series []Series, rows []featureRow) {
	for s := range v.Series {
		series = append(series, s)
	}
	for i := range v.Rows() {
		r := featureRow{Ref: v.Ref(i), Flags: v.Flags(i), Time: v.Timestamp(i), Value: v.Value(i)}
		v.Features(i, &r.Features)
		rows = append(rows, r)
	}
	return series, rows
}

func TestFeaturesRoundTrip(t *testing.T) {
	t.Parallel()
	wantSeries, wantRows, data := featureBlock()
	v, err := ParseFeatures(data)
	if err != nil {
		t.Fatal(err)
	}
	series, rows := readFeatures(&v)
	if diff := cmp.Diff(wantSeries, series); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Error(diff)
	}
	if v.SeriesCount() != 2 {
		t.Errorf("SeriesCount = %d", v.SeriesCount())
	}
}

func scoreBlock() (watches []Watch, rows []ScoreRow, data []byte) {
	watches = []Watch{
		{Ref: 3, Labels: LabelsFromMap(map[string]string{"__name__": "up"}), Detector: 300},
		{Ref: 9, Labels: LabelsFromMap(map[string]string{"__name__": "x_total"}), Kind: SeriesRate},
	}
	rows = []ScoreRow{
		{Ref: 3, Timestamp: 12, Value: 1, Expected: 2, Lower: 1.5, Upper: 3, Score: 0.75, Contributions: [4]float32{0.5, 0.25, 0.25}},
		{Ref: 9, Flags: RowLast | RowEnded, Timestamp: -1, Value: -math.MaxFloat64},
	}
	var b ScoreBuilder
	for _, w := range watches {
		b.AddWatch(w)
	}
	for i := range rows {
		b.AddRow(&rows[i])
	}
	return watches, rows, b.AppendTo(nil)
}

func readScores(v *ScoreView) (watches []Watch, rows []ScoreRow) {
	for w := range v.Watches {
		watches = append(watches, w)
	}
	for i := range v.Rows() {
		var r ScoreRow
		v.Row(i, &r)
		rows = append(rows, r)
	}
	return watches, rows
}

func TestScoresRoundTrip(t *testing.T) {
	t.Parallel()
	wantWatches, wantRows, data := scoreBlock()
	v, err := ParseScores(data)
	if err != nil {
		t.Fatal(err)
	}
	watches, rows := readScores(&v)
	if diff := cmp.Diff(wantWatches, watches); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Error(diff)
	}
}

func TestBlocksRefused(t *testing.T) {
	t.Parallel()
	_, _, features := featureBlock()
	_, _, scores := scoreBlock()
	f := func(name string, data []byte) {
		t.Helper()
		if _, err := ParseFeatures(data); !errors.Is(err, ErrBlock) {
			t.Errorf("%s: as features: %v", name, err)
		}
		if _, err := ParseScores(data); !errors.Is(err, ErrBlock) {
			t.Errorf("%s: as scores: %v", name, err)
		}
	}
	f("unknown field", []byte{8<<3 | 2, 0})
	f("wrong wire type", []byte{2<<3 | 0, 1})
	f("length beyond the end", []byte{2<<3 | 2, 200})
	f("columns of unequal length", []byte{2<<3 | 2, 4, 0, 0, 0, 0})
	f("half a reference", []byte{2<<3 | 2, 2, 0, 0})
	f("a column twice", []byte{3<<3 | 2, 1, 0, 3<<3 | 2, 1, 0})
	f("broken head", []byte{1<<3 | 2, 2, 1<<3 | 5, 0})
	f("columns doubled", append(append([]byte(nil), features...), features...))
	for n := 1; n < len(features); n++ {
		if v, err := ParseFeatures(features[:n]); err == nil && v.Rows() != 0 {
			t.Errorf("features cut at %d are accepted with %d rows", n, v.Rows())
		}
	}
	for n := 1; n < len(scores); n++ {
		if v, err := ParseScores(scores[:n]); err == nil && v.Rows() != 0 {
			t.Errorf("scores cut at %d are accepted with %d rows", n, v.Rows())
		}
	}
}

func TestBuilderIsReused(t *testing.T) { // not parallel: it counts the process's allocations
	var b FeatureBuilder
	var features [FeatureCount]float32
	buf := make([]byte, 0, 1<<16)
	n := testing.AllocsPerRun(10, func() {
		b.Reset()
		for i := range uint32(100) {
			b.AddRow(i, 0, 1, 2, &features)
		}
		buf = b.AppendTo(buf[:0])
		v, err := ParseFeatures(buf)
		if err != nil || v.Rows() != 100 {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

// FuzzFeatures: what parses can be read without a panic and survives a round trip.
func FuzzFeatures(f *testing.F) {
	_, _, data := featureBlock()
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ParseFeatures(data)
		if err != nil {
			return
		}
		series, rows := readFeatures(&v)
		var b FeatureBuilder
		for _, s := range series {
			b.AddSeries(s)
		}
		for i := range rows {
			b.AddRow(rows[i].Ref, rows[i].Flags, rows[i].Time, rows[i].Value, &rows[i].Features)
		}
		again, err := ParseFeatures(b.AppendTo(nil))
		if err != nil || again.Rows() != len(rows) || again.SeriesCount() != len(series) {
			t.Fatalf("round trip: %d rows, %d series, %v; want %d, %d", again.Rows(), again.SeriesCount(), err, len(rows), len(series))
		}
	})
}

// FuzzScores: what parses can be read without a panic and survives a round trip.
func FuzzScores(f *testing.F) {
	_, _, data := scoreBlock()
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ParseScores(data)
		if err != nil {
			return
		}
		watches, rows := readScores(&v)
		var b ScoreBuilder
		for _, w := range watches {
			b.AddWatch(w)
		}
		for i := range rows {
			b.AddRow(&rows[i])
		}
		again, err := ParseScores(b.AppendTo(nil))
		if err != nil || again.Rows() != len(rows) {
			t.Fatalf("round trip: %d rows, %v; want %d", again.Rows(), err, len(rows))
		}
	})
}
