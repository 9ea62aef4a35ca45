// Package streamtest holds the in-memory twin of JetStream, a broker that fails on purpose, and the laws of the engine
// that every broker must uphold. The twin passes the same laws as the real server; stages test against it.
package streamtest
