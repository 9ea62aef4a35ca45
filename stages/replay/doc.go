// Package replay chains the deterministic stages in memory, for one partition and without a broker:
//
//	samples record ─► features ─► scoring ─► anomalies ─► events
//
// Because every stage is a function of its log, what comes out is byte for byte what the running system published,
// but for the measured latency. `eddy verify` and tests run on it. (`eddy replay` does not: it prints stored samples.)
package replay
