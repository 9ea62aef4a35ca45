// Package explain says of a series and a moment what was expected and why, and which of the gates between a score and an
// anomaly event it passed. It answers for what was reported as well as for what was not.
//
//	samples logs ─► find: which partition, which record ─► replay up to there ─► last row of the series ─► gates
package explain
