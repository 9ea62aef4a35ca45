package backtest

import (
	"math"
	"sort"
)

// Grace is how much of a series' beginning is not judged: it is what the detectors learn from.
type Grace struct {
	Share float64 // of the rows; default 0.15
	Rows  int     // at most so many; default 750
}

// rows is how many of n rows are free.
func (g Grace) rows(n int) int { return min(int(g.Share*float64(n)), g.Rows) }

// Score is what came out for one entity, beside its labels when there are any.
type Score struct {
	Entity   string         `json:"entity"`
	Rows     int            `json:"rows"`
	Days     float64        `json:"days"`
	Series   int            `json:"series"`
	Episodes int            `json:"episodes"` // opened behind the grace
	Severity map[string]int `json:"by_severity,omitempty"`
	Labelled bool           `json:"labelled"`
	// Windows, Caught and False are 0 without labels. Caught windows met an open anomaly; a false episode met no window.
	Windows int     `json:"windows,omitempty"`
	Caught  int     `json:"caught,omitempty"`
	False   int     `json:"false,omitempty"`
	Micros  float64 `json:"us_per_row"`               // processing time, training included
	Models  int     `json:"models_trained,omitempty"` // on the way

	curve []point
}

// point is one moment in the outlooks of an entity: how high, and whether it finds window (from 1) or is a false alarm (0).
type point struct {
	score  float64
	window int
}

// judge holds an outcome against its labels.
func judge(o *Outcome, labels Labels, grace Grace) Score {
	t := o.Table
	s := Score{Entity: t.Entity, Rows: len(t.Times), Series: len(t.Series), Severity: map[string]int{}, Models: o.Models}
	if o.Judged > 0 {
		s.Micros = float64(o.Took.Microseconds()) / float64(o.Judged)
	}
	if len(t.Times) == 0 {
		return s
	}
	free := grace.rows(len(t.Times))
	begin := t.Times[min(free, len(t.Times)-1)]
	s.Days = float64(t.Times[len(t.Times)-1]-begin) / 86_400_000
	windows, known := labels.windows(t)
	s.Labelled = known
	windows = behind(windows, begin)
	s.Windows = len(windows)
	caught := make([]bool, len(windows))
	for _, e := range o.Episodes() {
		if e.Opened < begin {
			continue
		}
		s.Episodes++
		s.Severity[string(e.Severity)]++
		if !meets(windows, caught, e) && known {
			s.False++
		}
	}
	for _, c := range caught {
		if c {
			s.Caught++
		}
	}
	if known {
		s.curve = curve(o, windows, free)
	}
	return s
}

// behind keeps the windows that end behind a moment.
func behind(windows []Window, begin int64) (kept []Window) {
	for _, w := range windows {
		if w.To >= begin {
			kept = append(kept, w)
		}
	}
	return kept
}

// meets marks the windows an episode touches and tells whether there is one.
func meets(windows []Window, caught []bool, e Episode) (any bool) {
	for i, w := range windows {
		if w.within(e.Opened, e.end()) {
			caught[i], any = true, true
		}
	}
	return any
}

// curve lists the rows that say news, each with the window it lies in.
func curve(o *Outcome, windows []Window, free int) (points []point) {
	for k := free; k < len(o.Table.Times); k++ {
		best := 0.0
		for i := range o.Rows {
			best = max(best, o.Rows[i][k].Outlook)
		}
		if best <= 0.5 {
			continue
		}
		p := point{score: best}
		for i, w := range windows {
			if w.within(o.Table.Times[k], o.Table.Times[k]) {
				p.window = i + 1
			}
		}
		points = append(points, p)
	}
	return points
}

// Total sums the scores up.
type Total struct {
	Entities int     `json:"entities"`
	Rows     int     `json:"rows"`
	Series   int     `json:"series"`
	Episodes int     `json:"episodes"`
	Windows  int     `json:"windows"`
	Caught   int     `json:"caught"`
	False    int     `json:"false"`
	Recall   float64 `json:"recall"`    // of windows
	Precise  float64 `json:"precision"` // of episodes of labelled entities
	F1       float64 `json:"f1"`
	// FalseFortnight is the median over labelled entities of false episodes in two weeks.
	FalseFortnight float64 `json:"false_per_series_fortnight_median"`
	// FalseMean is the same as a mean.
	FalseMean float64 `json:"false_per_series_fortnight_mean"`
	Micros    float64 `json:"us_per_row"`
	Models    int     `json:"models_trained,omitempty"`
	Curve     []PR    `json:"curve,omitempty"`
}

// PR is a point of the precision/recall curve over all entities: what a threshold on the scores of news would find.
type PR struct {
	Threshold float64 `json:"threshold"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

func sum(scores []Score) Total {
	t := Total{Entities: len(scores)}
	var fortnights []float64
	judgedEpisodes, micros := 0, 0.0
	for _, s := range scores {
		t.Rows, t.Series, t.Episodes = t.Rows+s.Rows, t.Series+s.Series, t.Episodes+s.Episodes
		t.Windows, t.Caught, t.False = t.Windows+s.Windows, t.Caught+s.Caught, t.False+s.False
		t.Models += s.Models
		micros += s.Micros * float64(s.Rows)
		if !s.Labelled {
			continue
		}
		judgedEpisodes += s.Episodes
		if s.Days > 0 {
			fortnights = append(fortnights, float64(s.False)/float64(max(1, s.Series))*14/s.Days)
		}
	}
	t.Recall = share(t.Caught, t.Windows)
	t.Precise = share(judgedEpisodes-t.False, judgedEpisodes)
	if t.Recall+t.Precise > 0 {
		t.F1 = 2 * t.Recall * t.Precise / (t.Recall + t.Precise)
	}
	t.FalseFortnight, t.FalseMean = median(fortnights), mean(fortnights)
	if t.Rows > 0 {
		t.Micros = micros / float64(t.Rows)
	}
	t.Curve = precisionRecall(scores, t.Windows)
	return t
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func mean(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	total := 0.0
	for _, x := range v {
		total += x
	}
	return total / float64(len(v))
}

// precisionRecall sweeps a threshold over all news of all labelled entities.
func precisionRecall(scores []Score, windows int) []PR {
	type found struct {
		point
		entity int
	}
	var all []found
	for i, s := range scores {
		for _, p := range s.curve {
			all = append(all, found{p, i})
		}
	}
	if windows == 0 || len(all) == 0 {
		return nil
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].score > all[j].score })
	seen := map[[2]int]bool{}
	wrong := 0
	var list []PR
	step := max(1, len(all)/400)
	for i, f := range all {
		if f.window == 0 {
			wrong++
		} else {
			seen[[2]int{f.entity, f.window}] = true
		}
		if i%step == 0 || i == len(all)-1 {
			right := len(seen)
			list = append(list, PR{Threshold: math.Round(f.score*1e4) / 1e4, Precision: share(right, right+wrong), Recall: share(right, windows)})
		}
	}
	return list
}

// Missed is how many windows nothing was said in.
func (t Total) Missed() int { return t.Windows - t.Caught }
