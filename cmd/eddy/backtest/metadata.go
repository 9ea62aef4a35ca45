package backtest

import (
	"encoding/binary"
	"maps"
	"slices"
)

// metadataTypes are the numbers remote write has for the types of metrics; 0 is unknown.
func metadataTypes() []string {
	return []string{"unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"}
}

// appendMetadata appends the metadata fields of a WriteRequest: what a sender says of its metrics beside the samples.
func appendMetadata(b []byte, types map[string]string) []byte {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		number := slices.Index(metadataTypes(), types[name])
		if number <= 0 {
			continue
		}
		entry := append([]byte{1<<3 | 0, byte(number), 2<<3 | 2}, binary.AppendUvarint(nil, uint64(len(name)))...)
		entry = append(entry, name...)
		b = append(b, 3<<3|2)
		b = binary.AppendUvarint(b, uint64(len(entry)))
		b = append(b, entry...)
	}
	return b
}
