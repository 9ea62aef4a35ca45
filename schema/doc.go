// Package schema holds the nouns of eddy: tenants, subjects, labels, the records that travel between stages, and the
// anomaly event. Every other package speaks these words; this one imports none of ours.
//
// Wire forms are written down once, in the .proto files beside the Go code, and encoded here by hand so that the hot
// path reads columns in place instead of materialising objects.
package schema
