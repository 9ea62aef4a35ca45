// Package e2e holds tests that run the built binary from outside, against real Prometheus and NATS. It imports nothing
// of ours: what it knows of eddy is the public contract.
package e2e
