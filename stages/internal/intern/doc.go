// Package intern turns byte keys, the label sets of series, into dense numbers and back. A million keys are a handful
// of large blocks without pointers, so the garbage collector does not see them, and senders that repeat their order
// are looked up by comparing, not by hashing.
//
//	key ─► prediction: is it the one after the last hit? ─yes─► ref
//	            │ no
//	            ▼
//	       hash ─► slots (hash, ref) ─► entries (where, length) ─► arena bytes == key ─► ref
package intern
