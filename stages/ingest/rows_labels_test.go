package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// The rows L1 to L6: label sets.

// bothVersions sends one sample with these labels in 1.0 and in 2.0, of a series met for the first time and then known:
// the exact repetition of a sample is taken like the first.
func bothVersions(t *testing.T, cfg Config, labels []string, want answer, stored ...string) (text string) {
	t.Helper()
	v1, v2 := newHarness(t, cfg), newHarness(t, cfg)
	var all []string
	for range 2 {
		all = append(all, stored...)
		a, text1 := v1.v1(series(labels, points(0)...))
		check(t, a, want)
		check(t, v1.stored(), all)
		a, text2 := v2.v2(v2Series{labels: labels, TimeSeries: up2("", 0).TimeSeries})
		check(t, a, want)
		check(t, v2.stored(), all)
		check(t, text1, text2)
		text = text1
	}
	return text
}

var good, bad = answer{204, 1, 0, 0}, answer{400, 0, 0, 0}

func TestL1_RepeatedNames(t *testing.T) {
	t.Parallel()
	text := bothVersions(t, Config{}, []string{"__name__", "up", "a", "1", "b", "2", "a", "3"}, bad)
	check(t, strings.Contains(text, `label "a" twice`), true)
	bothVersions(t, Config{}, []string{"__name__", "up", "__name__", "up"}, bad)
}

func TestL2_UnsortedLabelsAreOneSeries(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for i, labels := range [][]string{
		{"__name__", "up", "a", "1", "b", "2"}, {"b", "2", "a", "1", "__name__", "up"}, {"a", "1", "__name__", "up", "b", "2"},
		{"b", "2", "a", "1", "__name__", "up"}, {"__name__", "up", "a", "1", "b", "2"},
	} {
		a, _ := h.v1(series(labels, points(int64(2*i))...))
		check(t, a, good)
		a, _ = h.v2(v2Series{labels: labels, TimeSeries: up2("", int64(2*i+1)).TimeSeries})
		check(t, a, good)
	}
	check(t, h.g.Series("default"), 1)
	for i, line := range h.stored() {
		check(t, line, fmt.Sprintf(`up{a="1",b="2"} 1 @%d`, i))
	}
}

func TestL3_EmptyNamesAndValues(t *testing.T) {
	t.Parallel()
	bothVersions(t, Config{}, []string{"__name__", "up", "a", "", "b", "2"}, good, `up{b="2"} 1 @0`)
	bothVersions(t, Config{}, []string{"", "x", "__name__", "up"}, bad)
	bothVersions(t, Config{}, []string{"", "", "__name__", "up"}, bad)
}

func TestL4_TheMetricNameIsRequired(t *testing.T) {
	t.Parallel()
	bothVersions(t, Config{}, []string{"job", "x"}, bad)
	bothVersions(t, Config{}, []string{"__name__", "", "job", "x"}, bad)
	bothVersions(t, Config{}, nil, bad)
}

func TestL5_NamesAreUTF8(t *testing.T) {
	t.Parallel()
	bothVersions(t, Config{}, []string{"__name__", "http.requests total", "sträße", "ü"}, good,
		`{"http.requests total","sträße"="ü"} 1 @0`)
	bothVersions(t, Config{}, []string{"__name__", "up", "a", "\xff"}, bad)
	bothVersions(t, Config{}, []string{"__name__", "up", "\xc3(", "x"}, bad)
	bothVersions(t, Config{}, []string{"__name__", "\xed\xa0\x80"}, bad)
}

func TestL6_LimitsAreSaid(t *testing.T) {
	t.Parallel()
	cfg := Config{MaxLabels: 3, MaxNameBytes: 10, MaxValueBytes: 20}
	f := func(want string, labels ...string) {
		t.Helper()
		if text := bothVersions(t, cfg, labels, bad); !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
	n10, v20 := strings.Repeat("n", 10), strings.Repeat("v", 20)
	bothVersions(t, cfg, []string{"__name__", n10, "b", v20, n10, "2"}, good, n10+`{b="`+v20+`",`+n10+`="2"} 1 @0`)
	f("4 labels, the limit is 3", "__name__", "up", "a", "1", "b", "2", "c", "3")
	f("label name of 11 bytes, limit 10", "__name__", "up", n10+"x", "1")
	f("metric name of 11 bytes, limit 10", "__name__", n10+"x")
	f("label value of 21 bytes, limit 20", "__name__", "up", "a", v20+"x")
}

func TestL6_ASeriesLargerThanARecord(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxValueBytes: 1 << 18})
	huge := strings.Repeat("v", 1<<18)
	a, text := h.v1(series([]string{"__name__", "up", "a", huge, "b", huge, "c", huge}, points(0)...))
	check(t, a, bad)
	check(t, strings.Contains(text, "the limit is 524288"), true)
}
