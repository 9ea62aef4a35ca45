package backtest

import (
	"strconv"

	"eddy/algorithms"
)

// student is the model of a detector that is trained while history passes. Unlike a model that runs live it changes:
// between two records, at moments that depend on the records before them alone. What it knows of a series is its own;
// the state it is given holds the number of the series.
//
//	online ensemble ─► model 1 ─► model 2 ─► …
//
// A new model knows nothing of a series at first. Until it is ready for it, the one before it judges on.
type student struct {
	info   algorithms.Info
	online algorithms.Model
	models [2]algorithms.Model // the one before, and the newest; nil while there is none
	number int                 // of the newest; 0: none
	series []lesson
}

// lesson is what the models know of one series.
type lesson struct {
	online []float64
	states [2][]float64 // of the models, nil for one that is not asked any more
	number int          // of the newest model that has a state
}

var _ algorithms.Model = (*student)(nil)

func newStudent(a algorithms.Algorithm, detector int, online algorithms.Model) *student {
	return &student{online: online, info: algorithms.Info{
		Algorithm: a.Name(), Version: "backtest", Digest: "detector-" + strconv.Itoa(detector), Shape: true,
	}}
}

// advance makes a model the newest.
func (s *student) advance(m algorithms.Model) {
	s.models[0], s.models[1] = s.models[1], m
	s.number++
}

func (s *student) Info() algorithms.Info          { return s.info }
func (s *student) StateLen() int                  { return 1 }
func (s *student) MarshalBinary() ([]byte, error) { return s.online.MarshalBinary() }

func (s *student) Score(state []float64, in *algorithms.Input, v *algorithms.Verdict) {
	if state[0] == 0 {
		s.series = append(s.series, lesson{online: make([]float64, s.online.StateLen())})
		state[0] = float64(len(s.series))
	}
	l := &s.series[int(state[0])-1]
	s.promote(l)
	s.online.Score(l.online, in, v)
	if s.number == 0 {
		return
	}
	v.Contributions = [algorithms.MaxContributors]float32{} // their names are those of the algorithm that happens to judge
	for i, m := range s.models {
		if l.states[i] == nil {
			continue
		}
		var w algorithms.Verdict
		if m.Score(l.states[i], in, &w); w.Ready {
			*v = w
			v.Contributions = [algorithms.MaxContributors]float32{}
			if i == 1 {
				l.states[0] = nil // no longer needed
			}
		}
	}
}

// promote gives a series what it needs for the newest models.
func (s *student) promote(l *lesson) {
	if l.number == s.number {
		return
	}
	l.states[0] = nil
	if l.number > 0 && l.number == s.number-1 {
		l.states[0] = l.states[1]
	}
	l.states[1], l.number = make([]float64, s.models[1].StateLen()), s.number
}
