// Package backtest takes history through the very processors that run live, in event time, and says what they would
// have reported.
//
//	CSV files ─┐                                                    ┌─► <same path>.csv: score and label of each row
//	streams   ─┼─► table ─► records ─► features ─► scoring ─► anomalies ─┼─► events.csv
//	Prometheus ┘   (one entity)              │                      ├─► results.json
//	                                         └─► each row's verdict ├─► report.html
//	labels ─► judge ────────────────────────────────────────────────┘
//
// Every entity has a chain of its own, so entities run side by side and no result depends on their order. A row's score
// depends on that row and earlier ones only.
package backtest
