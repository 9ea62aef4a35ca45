// Package chunk holds a growing array that never copies what it has: per-series columns of a million rows grow
// without a stall, and a small one stays small.
package chunk
