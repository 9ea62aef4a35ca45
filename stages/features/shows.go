package features

import (
	"bytes"

	"eddy/schema"
)

// stateRows is how many rows of 1 in a row, and nothing but 0 and 1 ever, make a state of a series whose name does not
// say so.
const stateRows = 20

// shows takes note of a value, and tells whether the series is a state: it has never been anything but 0 and 1, and is
// called so or has been 1 for long. What is 1 now and then may as well count something; the model judges that. Not for a
// series with stateNumber.
func (s *series) shows(value float64) bool {
	if value != 0 && value != 1 {
		s.set(stateNumber)
		return false
	}
	is := s.is(stateNamed | stateHeld)
	switch {
	case value == 0:
		s.falls = 0
	case s.falls < stateRows:
		if s.falls++; s.falls == stateRows {
			s.set(stateHeld)
		}
	}
	return is
}

// state tells whether labels or metadata say that a series is a state: `up` and the like, `…_info`, and what OpenMetrics
// calls info or stateset.
func (m *metadata) state(labels schema.Labels) bool {
	name := labels.Get(schema.MetricName)
	switch m.typeOf(name) {
	case typeInfo, typeStateSet:
		return true
	}
	return string(name) == "up" || bytes.HasSuffix(name, []byte("_up")) || bytes.HasSuffix(name, []byte("_info"))
}
