package ingest

import (
	"testing"

	"eddy/schema"
)

func TestPartsOfAHistogramLiveTogether(t *testing.T) {
	t.Parallel()
	of := func(kv ...string) int {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return Partition("default", schema.LabelsFromMap(m), 32)
	}
	want := of("__name__", "rpc_seconds", "job", "a")
	for _, got := range []int{
		of("__name__", "rpc_seconds_bucket", "job", "a", "le", "0.5"), of("__name__", "rpc_seconds_bucket", "job", "a", "le", "+Inf"),
		of("__name__", "rpc_seconds_count", "job", "a"), of("__name__", "rpc_seconds_sum", "job", "a"),
	} {
		if got != want {
			t.Errorf("in partition %d; the native histogram is in %d", got, want)
		}
	}
}
