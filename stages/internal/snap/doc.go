// Package snap writes and reads the snapshots of processors: a sequence of numbers and byte strings without any
// description, whose layout the processor's version stands for. Errors stick, so a caller checks once, at the end.
package snap
