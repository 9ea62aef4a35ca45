// Package features turns samples into rows of features: the second stage of the flow.
//
//	eddy.samples.<tenant>.<p>                                                    eddy.features.<tenant>.<p>
//	snappy WriteRequest ─► parse, check ─► ref of each series ─► value or rate ─► FeatureBlock
//	control record      ─────────┐              (intern)         level, spread, trend, interval, gap
//	                             │                                   ▲
//	                             └─► ticks ─► quiet tenants ─► silence rows ◄─ scan for overdue series
//
// Histograms come in between: their buckets are put together by scrape (see group), and the quantiles go on as series.
//
// A record is checked as a whole before anything changes, so a refused one leaves the state as it was. Time is event
// time: what "now" is follows from the samples' own timestamps (see clock), never from a wall clock.
package features
