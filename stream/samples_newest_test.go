package stream_test

import (
	"fmt"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stream"
)

func TestNewestRecordsOfTenants(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 2})
	ask := func(tenants ...string) (samples, records map[string]time.Time) {
		t.Helper()
		samples, records, err := js.Newest(t.Context(), tenants)
		if err != nil {
			t.Fatal(err)
		}
		return samples, records
	}
	if samples, records := ask(); len(samples)+len(records) != 0 {
		t.Errorf("of nothing: %v, %v", samples, records)
	}
	put := func(tenant string, partition int, control bool) time.Time {
		t.Helper()
		append := js.Samples().Append
		if control {
			append = js.Samples().AppendControl
		}
		if err := append(t.Context(), partition, schema.PartitionSubject(schema.KindSamples, tenant, partition), []byte("data")); err != nil {
			t.Fatal(err)
		}
		log, err := js.Log(t.Context(), stream.LogSpec{Stream: schema.PartitionStream(schema.KindSamples, partition)})
		if err != nil {
			t.Fatal(err)
		}
		m, err := log.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m.Time
	}
	equal := func(what string, got map[string]time.Time, tenant string, want time.Time) {
		t.Helper()
		if !got[tenant].Equal(want) {
			t.Errorf("%s of %s: %v, want %v", what, tenant, got[tenant], want)
		}
	}
	put("a", 0, false)
	sampled := put("a", 1, false)
	hidden := put("b", 0, false)
	told := put("a", 0, true)
	put("b", 0, true)
	samples, records := ask()
	equal("samples", samples, "a", sampled) // partition 1 still shows them
	equal("records", records, "a", told)
	equal("samples", samples, "b", time.Time{})
	if !records["b"].After(hidden) || len(records) != 2 {
		t.Errorf("records: %v", records)
	}
	if samples, records := ask("b", "nobody"); len(samples) != 0 || len(records) != 1 {
		t.Errorf("of b alone: %v, %v", samples, records)
	}
}

func TestNewestRecordsOfVeryManyTenants(t *testing.T) {
	t.Parallel()
	js := openEmbedded(t, t.TempDir(), stream.Layout{Partitions: 1})
	var names []string
	for i := range 2500 {
		names = append(names, fmt.Sprint("t", i))
		if err := js.Samples().Append(t.Context(), 0, schema.PartitionSubject(schema.KindSamples, names[i], 0), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, tenants := range [][]string{nil, names, names[:64]} {
		samples, _, err := js.Newest(t.Context(), tenants)
		if want := len(tenants); err != nil || len(samples) != want && !(len(samples) == 2500 && want != 64) {
			t.Errorf("asked for %d: %d, %v", want, len(samples), err)
		}
	}
}
