package ingest

import (
	"bytes"

	"eddy/schema"
	"eddy/stages/internal/intern"
)

// familyHash is the hash of what a series has in common with the other parts of its histogram: its labels without `le`,
// and its name without _bucket, _count or _sum. So the parts of a classic histogram live in one partition, where they are
// put together, and a native one of the same labels beside them. Of all other series it is the hash of the labels.
func familyHash(labels schema.Labels) uint64 {
	name := labels.Get(schema.MetricName)
	family := name
	for _, suffix := range [...]string{"_bucket", "_count", "_sum"} {
		if len(name) > len(suffix) && bytes.HasSuffix(name, []byte(suffix)) {
			family = name[:len(name)-len(suffix)]
		}
	}
	if len(family) == len(name) {
		return intern.Hash(labels)
	}
	var room [1 << 10]byte
	key := schema.Labels(room[:0])
	for rest := labels; len(rest) > 0; {
		name, value, after, err := rest.Next()
		if err != nil {
			return intern.Hash(labels)
		}
		switch rest = after; string(name) {
		case "le":
		case schema.MetricName:
			key = schema.AppendLabel(key, schema.MetricName, string(family))
		default:
			key = schema.AppendLabel(key, string(name), string(value))
		}
	}
	return intern.Hash(key)
}
