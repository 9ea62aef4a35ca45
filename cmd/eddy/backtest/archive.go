package backtest

import (
	"github.com/cespare/xxhash/v2"

	"eddy/algorithms"
	"eddy/schema"
)

// archive keeps what a detector is trained on: the rows of its series so far. Above its limit it keeps half of the
// series, chosen by their labels; of a single one the newer half. Both depend on the rows so far alone.
type archive struct {
	limit  int    // rows
	most   uint64 // series with a greater hash are not kept
	series map[string]*archivedSeries
	order  []*archivedSeries // as they came
	rows   int
	long   int   // rows of the longest series ever kept
	first  int64 // least and greatest timestamp of the rows that came
	last   int64
}

// archiveRows is the limit of an archive; a row takes 48 bytes.
const archiveRows = 1_000_000

type archivedSeries struct {
	labels string
	hash   uint64
	seen   int
	rows   []archived
}

type archived struct {
	at       int64
	value    float64
	features [schema.FeatureCount]float32
	gap      bool
}

func newArchive(limit int) *archive {
	return &archive{limit: limit, most: ^uint64(0), series: map[string]*archivedSeries{}}
}

// add keeps a row.
func (a *archive) add(labels schema.Labels, in *algorithms.Input) {
	if a.first == 0 {
		a.first = in.Timestamp
	}
	a.last = max(a.last, in.Timestamp)
	s, known := a.series[string(labels)]
	if !known {
		hash := xxhash.Sum64(labels)
		if hash > a.most {
			return
		}
		s = &archivedSeries{labels: string(labels), hash: hash}
		a.series[s.labels], a.order = s, append(a.order, s)
	}
	row := archived{at: in.Timestamp, value: in.Value, gap: in.Gap}
	copy(row.features[:], in.Features)
	s.rows = append(s.rows, row)
	s.seen++
	a.long = max(a.long, s.seen)
	if a.rows++; a.rows > a.limit {
		a.thin()
	}
}

// thin makes room.
func (a *archive) thin() {
	for a.rows > a.limit {
		if len(a.order) == 1 {
			s := a.order[0]
			half := len(s.rows) / 2
			s.rows = append(s.rows[:0], s.rows[half:]...)
			a.rows -= half
			return
		}
		a.most /= 2
		kept := a.order[:0]
		for _, s := range a.order {
			if s.hash > a.most {
				a.rows -= len(s.rows)
				delete(a.series, s.labels)
				continue
			}
			kept = append(kept, s)
		}
		clear(a.order[len(kept):])
		a.order = kept
	}
}

// dataset reads an archive.
type dataset struct {
	archive     *archive
	series, row int
	in          algorithms.Input
}

func (d *dataset) Next() (in *algorithms.Input, isNew, ok bool) {
	for d.series < len(d.archive.order) {
		s := d.archive.order[d.series]
		if d.row < len(s.rows) {
			r := &s.rows[d.row]
			d.in = algorithms.Input{Timestamp: r.at, Value: r.value, Gap: r.gap, Features: r.features[:]}
			d.row++
			return &d.in, d.row == 1, true
		}
		d.series, d.row = d.series+1, 0
	}
	return nil, false, false
}
