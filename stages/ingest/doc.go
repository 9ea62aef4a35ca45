// Package ingest is where samples enter eddy: a Prometheus remote-write receiver, 1.0 and 2.0, that answers 2xx only
// once the samples log has everything.
//
//	request ─► negotiate ─► read, bounded ─► snappy, bounded ─► scan ─► items in 1.0 form
//	             415          413, 503          400             400        │
//	                                                                       ▼   under the tenant's lock
//	answer ◄─ log.Append ◄─ group commit, one a partition ◄─ chunks ◄─ admit: labels, order, limits
//	204, 400, 429, 503                                                  400, 429
//
// All memory of a request is lent by one budget before it is allocated, so small bodies that unfold into large ones are
// stopped on the way, one alone as well as many together. What is stored is the sender's own bytes: labels of a known
// series are compared, never parsed, and 2.0 is turned into 1.0 on the way, so one path serves both. A refused sample
// never takes the good ones of its request with it.
//
// Gateways are stateless: what is remembered per series (last timestamp, metric type) is a cache that may be empty at
// any time. The log begins here, so here is the only clock in front of it.
package ingest
