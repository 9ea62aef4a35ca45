package backtest

import (
	"time"

	"eddy/schema"
	"eddy/stages"
)

// Trial is what history is tried on.
type Trial struct {
	Policy    schema.Policy
	Catalogue stages.Catalogue
	Training  Training
}

// Training says when detectors whose algorithm needs training are trained, in event time. Until then they judge with the
// online ensemble. Nothing here is relative to the length of the history, which nobody knows while it happens.
type Training struct {
	// AfterRows of the series with the most rows, or, when it is 0, After of event time, come before the first training.
	AfterRows int
	After     time.Duration
	// Again is how much event time lies between two trainings; 0 trains once.
	Again time.Duration
}
