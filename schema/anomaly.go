package schema

// Severity ranks anomalies; it is a token of the subject.
type Severity string

// The severities, least first.
const (
	SeverityInfo     Severity = "info"
	SeverityWarning  Severity = "warning"
	SeverityCritical Severity = "critical"
)

// Rank orders severities: 0 for none, 3 for critical.
func (s Severity) Rank() int {
	switch s {
	case SeverityInfo:
		return 1
	case SeverityWarning:
		return 2
	case SeverityCritical:
		return 3
	}
	return 0
}

// Direction says to which side a value left its expectation.
type Direction string

// The directions; DirectionBoth appears in policies only.
const (
	DirectionUp   Direction = "up"
	DirectionDown Direction = "down"
	DirectionBoth Direction = "both"
)

// Cause says what kind of trouble an anomaly is.
type Cause string

// The causes that are told apart. One is decided when an anomaly opens and stays.
const (
	CauseMetric  Cause = "metric"  // the value left its expectation
	CauseSilence Cause = "silence" // a regular series stopped without saying so
	// CauseCounterReset: the counter started again right before the first abnormal sample, as in a restart. A reset alone
	// is no anomaly; the rate after it is.
	CauseCounterReset Cause = "counter_reset"
	// CauseIngest: the samples themselves are doubtful. Two replicas send one series, so that its samples come at half the
	// interval or with two values for one time; its values are 60, 100, 1000 or 1024 times what they steadily were, or
	// that part of it, as after a change of unit; or its timestamps jump by more than a minute while others' do not. An
	// anomaly of a series that seems silent because its clock went back has no Direction.
	CauseIngest Cause = "ingest"
)

// The CloudEvents types of an anomaly's life.
const (
	TypeOpened   = "eddy.anomaly.opened.v1"
	TypeUpdated  = "eddy.anomaly.updated.v1"
	TypeResolved = "eddy.anomaly.resolved.v1"
)

// ContentType is the media type of a CloudEvent in structured mode.
const ContentType = "application/cloudevents+json"

// Event is an anomaly event: CloudEvents 1.0, structured mode.
// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
type Event struct {
	SpecVersion     string  `json:"specversion"` // always "1.0"
	ID              string  `json:"id"`          // stable across redelivery and replay
	Source          string  `json:"source"`      // /eddy/<tenant>/<detector>
	Type            string  `json:"type"`
	Subject         string  `json:"subject"` // the series in PromQL form
	Time            string  `json:"time"`    // RFC 3339, event time
	DataContentType string  `json:"datacontenttype"`
	Data            Anomaly `json:"data"`
}

// Anomaly is the state of one episode at the moment of an event. Times are RFC 3339 in UTC with milliseconds, event time.
type Anomaly struct {
	ID        string            `json:"anomaly_id"`
	Tenant    string            `json:"tenant"`
	Detector  string            `json:"detector"`
	Severity  Severity          `json:"severity"`
	Labels    map[string]string `json:"labels"`
	Timestamp string            `json:"timestamp"`
	StartedAt string            `json:"started_at"`
	EndedAt   string            `json:"ended_at,omitempty"`
	// Feature says what Value is: "value", or "rate" (per second) for counters.
	Feature string `json:"feature"`
	// Value, Expected, Lower and Upper are finite; for silence Value is the last one seen.
	Value    float64 `json:"value"`
	Expected float64 `json:"expected"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
	// Score is calibrated to [0,1]: see algorithms.Score.
	Score         float64            `json:"score"`
	Direction     Direction          `json:"direction,omitempty"`
	Cause         Cause              `json:"cause"`
	Contributions map[string]float64 `json:"contributions,omitempty"`
	Model         ModelRef           `json:"model"`
	Partition     int                `json:"partition"`
	Sequence      uint64             `json:"sequence"` // of the samples record, in EDDY_SAMPLES_<partition>
	ConfigDigest  string             `json:"config_digest"`
	// Latency is measured, not decided: it is the last member and no part of what `eddy verify` reproduces.
	Latency *Latency `json:"latency,omitempty"`
}

// ModelRef names the model that judged.
type ModelRef struct {
	Algorithm string `json:"algorithm"`
	Version   string `json:"version"`
	Digest    string `json:"digest"`
}

// Latency stamps when the record behind an event passed each stage: RFC 3339 with microseconds, wall clock.
type Latency struct {
	Accepted  string `json:"accepted"`
	Featured  string `json:"featured"`
	Scored    string `json:"scored"`
	Published string `json:"published"`
}
