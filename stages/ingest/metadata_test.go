package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

func describe(t testing.TB, all ...prompb.MetricMetadata) []byte {
	t.Helper()
	b, err := (&prompb.WriteRequest{Metadata: all}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func everywhere(line string) (out []string) {
	for p := range 4 {
		out = append(out, fmt.Sprintf("p%d %s", p, line))
	}
	return out
}

func TestMetadataOf1_0ReachesEveryPartitionOnce(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	counter := prompb.MetricMetadata{Type: prompb.MetricMetadata_COUNTER, MetricFamilyName: "reads", Help: "Reads."}
	f := func(want []string, all ...prompb.MetricMetadata) {
		t.Helper()
		before := len(h.sorted())
		a, _ := h.raw(typeV1, describe(t, all...))
		check(t, a, answer{204, 0, 0, 0})
		check(t, len(h.stored())-before, len(want))
		for _, line := range want {
			check(t, strings.Contains(strings.Join(h.stored(), "\n"), line), true)
		}
	}
	f(everywhere("reads COUNTER Reads."), counter)
	f(nil, counter)
	changed := counter
	changed.Type = prompb.MetricMetadata_GAUGE
	f(everywhere("reads GAUGE Reads."), changed)
	f(nil, prompb.MetricMetadata{MetricFamilyName: "unknown"})
	f(nil, prompb.MetricMetadata{Type: prompb.MetricMetadata_GAUGE})
	f(nil, prompb.MetricMetadata{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: strings.Repeat("x", 1025)})
}

func TestMetadataOf2_0ComesBeforeItsSamples(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	send := func(kind writev2.Metadata_MetricType, at int64) {
		t.Helper()
		a, _ := h.raw(typeV2, v2Raw(t, []string{"", "__name__", "up", "Is it up?"}, writev2.TimeSeries{LabelsRefs: []uint32{1, 2},
			Samples: []writev2.Sample{{Value: 1, Timestamp: base + at}}, Metadata: writev2.Metadata{Type: kind, HelpRef: 3}}))
		check(t, a, good)
	}
	send(writev2.Metadata_METRIC_TYPE_GAUGE, 0)
	send(writev2.Metadata_METRIC_TYPE_GAUGE, 1)
	send(writev2.Metadata_METRIC_TYPE_UNSPECIFIED, 2)
	send(writev2.Metadata_METRIC_TYPE_COUNTER, 3)
	own := fmt.Sprintf("p%d ", Partition("default", labelsOf(series([]string{"__name__", "up"})), 4))
	var got []string // of the partition the series is in
	for _, line := range h.stored() {
		if strings.HasPrefix(line, own) || strings.HasPrefix(line, "up") {
			got = append(got, strings.TrimPrefix(line, own))
		}
	}
	check(t, got, []string{"up GAUGE Is it up?", "up 1 @0", "up 1 @1", "up 1 @2", "up COUNTER Is it up?", "up 1 @3"})
}

func TestMetadataThatWasNotStoredIsAnnouncedAgain(t *testing.T) {
	t.Parallel()
	for _, fail := range []error{errors.New("down"), nil} {
		h := newHarness(t, Config{})
		h.log.setFail(func(int) error { return fail })
		s := up2("a", 0)
		s.Metadata.Type = writev2.Metadata_METRIC_TYPE_GAUGE
		_, _ = h.v2(s)
		h.log.setFail(nil)
		a, _ := h.v2(s)
		check(t, a, good)
		check(t, strings.Count(strings.Join(h.stored(), "\n"), "up GAUGE"), 4)
	}
}

func TestMetadataIsBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxMetadata: 10})
	var all []prompb.MetricMetadata
	for i := range 100 {
		all = append(all, prompb.MetricMetadata{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: fmt.Sprint("m", i), Help: strings.Repeat("h", 2000)})
	}
	a, _ := h.raw(typeV1, describe(t, all...))
	check(t, a, answer{204, 0, 0, 0})
	check(t, len(h.stored()), 40)
	check(t, strings.Contains(h.stored()[0], "hhh"), false) // a novel is left out
}
