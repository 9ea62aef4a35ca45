// Package stagetest helps the tests of processors: it builds records as ingest writes them, runs processors without an
// engine, and reads scripts of samples with the output they must give.
package stagetest
