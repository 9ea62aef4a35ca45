// Package backtest takes history through the very processors that run live, in event time, and says what they would
// have reported.
//
//	CSV files ──┐                                                            ┌─► <same path>.csv
//	Prometheus ─┴─► table ─► records ─┐                                      ├─► events.csv
//	              (one entity)        ├─► features ─► scoring ─► anomalies ──┼─► results.json
//	streams ──► records as stored ────┘      ▲           │                   ├─► report.html
//	              (one partition)            │           ├─► rows ───────────┤
//	labels ─► judge ─────────────────────────│───────────│───────────────────┘
//	                                         └ trainer ◄─┘
//
// Every entity has a chain of its own, so entities run side by side and no result depends on their order. A row's score
// depends on that row and earlier ones only.
package backtest
