// Package demo is a small shop that can be watched: sixty series of six instances, three nodes, a database and a payment
// exporter, and a scripted story of what goes wrong with them. The fleet is a pure function of time, so the story can be
// told to a server live, or to the processors in memory by a test.
//
//	Fleet.Samples(t) ─► Play: history fast, then live ─► remote write ─► eddy ─► events ─► Judge: caught, missed, false
package demo
