package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Policy is the part of the configuration that decides verdicts. It travels in-band (ControlPolicy), and its digest is
// stamped on every event, so a verdict can be reproduced with exactly the policy that made it.
type Policy struct {
	// Detectors are tried in order; the first whose Match selects a series scores it. A series that none selects is not scored.
	Detectors []Detector `json:"detectors" yaml:"detectors"`
}

// Detector binds a selection of series to an algorithm and to the rules that turn scores into events.
type Detector struct {
	// Name appears in events and in subjects: [A-Za-z0-9_-]{1,64}.
	Name string `json:"name" yaml:"name"`
	// Match is a PromQL vector selector as {__name__=~"http_.+"}; empty selects everything.
	Match string `json:"match,omitempty" yaml:"match"`
	// Ignore leaves the selected series unscored.
	Ignore bool `json:"ignore,omitempty" yaml:"ignore"`
	// Algorithm is a name of the catalogue; default "ensemble".
	Algorithm string `json:"algorithm" yaml:"algorithm"`
	// Parameters are the algorithm's own; unset ones take its defaults.
	Parameters map[string]float64 `json:"parameters,omitempty" yaml:"parameters"`
	// Direction is which deviations count: "both" (default), "up", "down".
	Direction Direction `json:"direction" yaml:"direction"`
	// MinDeviation is the least |value - expected| that counts, in the series' unit; default 0.
	MinDeviation float64 `json:"min_deviation,omitempty" yaml:"min_deviation"`
	// For is how many abnormal samples in a row open an episode; 0 (default) is 3, and 1 where samples come
	// CoarseInterval or more apart. See Rows.
	For int `json:"for" yaml:"for"`
	// ResolveAfter is how many normal samples in a row close it; default 5.
	ResolveAfter int `json:"resolve_after" yaml:"resolve_after"`
	// Info, Warning and Critical are the scores at which a severity begins; defaults 0.5, 0.65, 0.8.
	Info     float64 `json:"info" yaml:"info"`
	Warning  float64 `json:"warning" yaml:"warning"`
	Critical float64 `json:"critical" yaml:"critical"`
	// Silence says whether a regular series that stops is reported; default true.
	Silence *bool `json:"silence,omitempty" yaml:"silence"`
}

// DefaultDetector watches everything with the online ensemble.
func DefaultDetector() Detector {
	d := Detector{Name: "default"}
	d.SetDefaults()
	return d
}

// DefaultPolicy is what runs without configuration.
func DefaultPolicy() Policy { return Policy{Detectors: []Detector{DefaultDetector()}} }

// SetDefaults fills what was left unset.
func (d *Detector) SetDefaults() {
	if d.Algorithm == "" {
		d.Algorithm = "ensemble"
	}
	if d.Direction == "" {
		d.Direction = DirectionBoth
	}
	if d.ResolveAfter == 0 {
		d.ResolveAfter = 5
	}
	if d.Info == 0 {
		d.Info = 0.5
	}
	if d.Warning == 0 {
		d.Warning = max(0.65, d.Info)
	}
	if d.Critical == 0 {
		d.Critical = max(0.8, d.Warning)
	}
}

// Rows is how many abnormal rows in a row open an episode.
func (d *Detector) Rows(coarse bool) int {
	switch {
	case d.For > 0:
		return d.For
	case coarse:
		return 1
	}
	return 3
}

// ReportsSilence tells whether a series that stops is an anomaly for this detector.
func (d *Detector) ReportsSilence() bool { return d.Silence == nil || *d.Silence }

// Severity returns the severity a score reaches, "" below Info.
func (d *Detector) Severity(score float64) Severity {
	switch {
	case score >= d.Critical:
		return SeverityCritical
	case score >= d.Warning:
		return SeverityWarning
	case score >= d.Info:
		return SeverityInfo
	}
	return ""
}

// Digest identifies the policy: the first 16 hex digits of the SHA-256 of its JSON.
func (p Policy) Digest() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic("policy cannot be encoded: " + err.Error()) // only plain fields: cannot happen
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
