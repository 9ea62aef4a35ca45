package schema

// MaxRecordEntries is how many series a record of the samples log has at most, how many samples and native histograms
// together, and how many metadata entries. Ingest writes no more; the features stage refuses more.
const MaxRecordEntries = 8192
