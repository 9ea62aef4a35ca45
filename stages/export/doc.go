// Package export makes the verdicts on every sample readable as series of their own, under the names that vmanomaly gave
// them, so that its users' dashboards and rules work:
//
//	scoring ─► Latest (one point a series) ─► GET /api/v1/scores (Prometheus text format)
//	                                     └──► remote write to a server of the user's
//
// anomaly_score, y, yhat, yhat_lower and yhat_upper carry all labels of the series; its name is in the label "for".
// anomaly_score is anomalous above 1, as vmanomaly's: it is the decades of rarity over the six that score 0.5. What is
// exported is the newest verdict: nothing decides by it, and nothing is replayed from it.
package export
