// Package anomalies turns scores into episodes and tells of their life: the fourth stage of the flow.
//
//	eddy.scores.<tenant>.<p>                                     eddy.anomalies.<tenant>.<severity>.<p>
//	watch ─► whose rows these are
//	rows  ─► episode of each watched series and cause ─► opened, updated, resolved (CloudEvents)
//	control record ─► new plan; episodes of detectors that are gone are resolved
//
// An episode's events speak of its worst row so far: value, expectation, score and timestamp belong together. All
// times are event time; the event's own time is that of the row that caused it.
package anomalies
