// Package stream is the only door to NATS: the engine that runs processors over partitioned logs with exactly-once
// effect, the embedded server, and what they need of JetStream. Package streamtest holds the in-memory twin and the
// laws both must pass.
package stream
