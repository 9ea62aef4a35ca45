package backtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"eddy/algorithms"
	"eddy/schema"
	"eddy/stages"
	"eddy/stages/scoring"
)

// trainer teaches the detectors of one chain while its records pass.
type trainer struct {
	rules   Training
	classes []*class // of the detectors that need training
	models  int      // trained so far
}

// class is one detector that needs training.
type class struct {
	detector  schema.Detector
	algorithm algorithms.Algorithm
	params    map[string]float64
	student   *student
	archive   *archive
	trained   int64 // event time of the newest training, 0 before the first
	retry     int   // rows from which on a training that had too little is tried again
}

// newTrainer returns the trainer of a trial, and the policy and the catalogue with which a chain is taught by it. For a
// policy that needs no training it is nil.
func newTrainer(trial Trial) (t *trainer, policy schema.Policy, catalogue stages.Catalogue) {
	t = &trainer{rules: trial.Training}
	policy = schema.Policy{Detectors: slices.Clone(trial.Policy.Detectors)}
	for i := range policy.Detectors {
		d := &policy.Detectors[i]
		a, ok := trial.Catalogue(d.Algorithm)
		if !ok || d.Ignore || !needsTraining(a) {
			continue
		}
		t.classes = append(t.classes, &class{detector: *d, algorithm: a, params: d.Parameters, archive: newArchive(archiveRows)})
		d.Parameters = maps.Clone(d.Parameters)
		if d.Parameters == nil {
			d.Parameters = map[string]float64{}
		}
		d.Parameters[detectorParameter] = float64(len(t.classes) - 1)
	}
	if len(t.classes) == 0 {
		return nil, trial.Policy, trial.Catalogue
	}
	catalogue = func(name string) (algorithms.Algorithm, bool) {
		a, ok := trial.Catalogue(name)
		if !ok || !slices.ContainsFunc(t.classes, func(c *class) bool { return c.algorithm.Name() == name }) {
			return a, ok
		}
		return trainee{Algorithm: a, numbered: true, untaught: func(detector int, params map[string]float64) (algorithms.Model, error) {
			return t.student(trial.Catalogue, detector, params)
		}}, true
	}
	return t, policy, catalogue
}

// student is a detector's, the same one for each stage that asks.
func (t *trainer) student(catalogue stages.Catalogue, number int, params map[string]float64) (algorithms.Model, error) {
	if number >= len(t.classes) {
		return nil, fmt.Errorf("detector %d is not among those to train", number)
	}
	c := t.classes[number]
	if c.student == nil {
		m, err := online(catalogue, params)
		if err != nil {
			return nil, err
		}
		c.student = newStudent(c.algorithm, number, m)
	}
	return c.student, nil
}

// observe keeps a row that a detector was asked about.
func (t *trainer) observe(o *scoring.Observation) {
	for _, c := range t.classes {
		if c.detector.Name == o.Detector.Name {
			c.archive.add(o.Labels, o.Input)
		}
	}
}

// teach trains the detectors whose time has come, by the rows so far.
func (t *trainer) teach(ctx context.Context) error {
	for _, c := range t.classes {
		if !c.due(&t.rules) {
			continue
		}
		m, err := c.algorithm.Train(ctx, c.params, &dataset{archive: c.archive})
		switch {
		case errors.Is(err, algorithms.ErrTooLittle):
			c.retry = c.archive.long*5/4 + 1
		case err != nil:
			return fmt.Errorf("detector %q cannot be trained: %w", c.detector.Name, err)
		default:
			c.student.advance(m)
			c.trained = c.archive.last
			t.models++
		}
	}
	return nil
}

// due tells whether it is time to train.
func (c *class) due(rules *Training) bool {
	a := c.archive
	switch {
	case a.long < max(1, c.retry):
		return false
	case c.trained > 0:
		return rules.Again > 0 && a.last-c.trained >= rules.Again.Milliseconds()
	case rules.AfterRows > 0:
		return a.long >= rules.AfterRows
	}
	return a.last-a.first >= rules.After.Milliseconds()
}
