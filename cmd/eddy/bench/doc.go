// Package bench loads a remote-write receiver and reports what it took: accepted samples, refusals, latencies, the
// server's CPU and memory, and for eddy the time from sample to event. It measures any receiver that exposes
// process_cpu_seconds_total, so figures of different products compare.
//
//	series ─► blocks (one pre-encoded request each) ─► workers (one connection each) ─► receiver
//	                                                                          events ─► latency
package bench
