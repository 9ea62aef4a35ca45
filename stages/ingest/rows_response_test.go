package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// The rows R1 to R10: what the sender is told.

func TestR1_AllWrittenIs204WithoutBody(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	a, text := h.v1(up("a", 0), up("b", 0))
	check(t, a, answer{204, 2, 0, 0})
	check(t, text, "")
	a, text = h.v2(up2("c", 0), up2("d", 0, 1))
	check(t, a, answer{204, 3, 0, 0})
	check(t, text, "")
}

func TestR2_AnythingNotWrittenIsNot2xxAndSaysSo(t *testing.T) {
	t.Parallel()
	nameless := series([]string{"instance", "a"}, points(0)...)
	h := newHarness(t, Config{})
	a, text := h.v1(nameless)
	check(t, a, answer{400, 0, 0, 0})
	check(t, text, "1 of 1 samples refused: {instance=\"a\"}: no metric name (__name__)\n")
	a, text = h.v2(v2Series{labels: []string{"instance", "a"}, TimeSeries: up2("", 0).TimeSeries})
	check(t, a, answer{400, 0, 0, 0})
	check(t, text, "1 of 1 samples refused: {instance=\"a\"}: no metric name (__name__)\n")
}

func TestR3_TheCountComesFirstAndTheTextStaysShort(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	var all []prompb.TimeSeries
	for i := range 2000 {
		at := int64(0)
		if i%2 == 1 {
			at = 3600_000
		}
		all = append(all, series([]string{"__name__", "up", "instance", fmt.Sprint(i), "path", strings.Repeat("ü", 400)}, points(at)...))
	}
	a, text := h.v1(all...)
	check(t, a, answer{400, 1000, 0, 0})
	if !strings.HasPrefix(text, `1000 of 2000 samples refused: up{instance="1",path="ü`) {
		t.Errorf("text begins %.80s", text)
	}
	if len(text) > 1024 || strings.Count(text, "too far ahead") != maxExamples {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

func TestR4_WrittenHeadersAreExact(t *testing.T) {
	t.Parallel()
	exemplar := writev2.Exemplar{Value: 1, Timestamp: base}
	withExemplar := up2("e", 0)
	withExemplar.Exemplars = []writev2.Exemplar{exemplar, {Value: 2}} // the second has no timestamp
	f := func(want answer, all ...v2Series) {
		t.Helper()
		h := newHarness(t, Config{})
		a, text := h.v2(all...)
		if a != want {
			t.Errorf("got %+v, want %+v: %s", a, want, text)
		}
		check(t, len(h.stored()), want.Samples+want.Histograms+want.Exemplars)
	}
	f(answer{204, 3, 1, 0}, up2("a", 0, 1), up2("b", 0), hist2("h", goodHistogram()))
	f(answer{400, 1, 0, 0}, up2("a", 0), up2("a", -1))
	f(answer{400, 1, 0, 1}, withExemplar)
	f(answer{400, 0, 0, 0}, up2("a", 3600_000))
	f(answer{400, 0, 1, 0}, hist2("h", goodHistogram()), hist2("h", goodHistogram(func(g *writev2.Histogram) { g.Schema = -9 })))

	h := newHarness(t, Config{})
	h.log.setFail(func(int) error { return errors.New("down") })
	a, _ := h.v2(up2("a", 0))
	check(t, a, answer{503, 0, 0, 0})
	a, _ = h.raw(typeV2, []byte("no protobuf"))
	check(t, a, answer{400, 0, 0, 0})
}

func TestR4_WrittenCountsWhatTheLogTookWhenPartitionsFail(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	h.log.setFail(func(p int) error {
		if p == 0 {
			return errors.New("partition 0 is down")
		}
		return nil
	})
	var all []v2Series
	for i := range 200 {
		all = append(all, up2(fmt.Sprint(i), 0))
	}
	a, text := h.v2(all...)
	check(t, a, answer{503, len(h.stored()), 0, 0})
	if a.Samples == 0 || a.Samples == 200 || !strings.Contains(text, "1 of 4 records: partition 0 is down") {
		t.Errorf("%+v: %s", a, text)
	}
}

func TestR5_TheGoodOnesOfARequestAreKept(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	a, text := h.v1(up("a", 0), series([]string{"instance", "x"}, points(0)...), up("b", 0, 1, 1, 2))
	check(t, a, answer{400, 4, 0, 0})
	check(t, h.sorted(), []string{`up{instance="a"} 1 @0`, `up{instance="b"} 1 @0`, `up{instance="b"} 2 @1`, `up{instance="b"} 4 @2`})
	check(t, strings.HasPrefix(text, "2 of 6 samples refused: "), true)
}

func TestR6_InvalidSamplesAre400(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for _, at := range []int64{-base, -base - 1, 700_000} {
		a, _ := h.v1(up("a", at))
		check(t, a, answer{400, 0, 0, 0})
		a, _ = h.v2(up2("a", at))
		check(t, a, answer{400, 0, 0, 0})
	}
}

func TestR7_WhatMaySucceedLaterIsNotRefusedForGood(t *testing.T) {
	t.Parallel()
	f := func(cfg Config, fail error, want int) {
		t.Helper()
		h := newHarness(t, cfg)
		h.log.setFail(func(int) error { return fail })
		a, w := h.raw(typeV1, marshalV1(t, up("a", 0), up("b", 0)))
		check(t, a.Status, want)
		if (want == 503 || want == 429) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("status %d with Retry-After %q", want, w.Header().Get("Retry-After"))
		}
	}
	f(Config{}, nil, 204)
	f(Config{}, errors.New("full"), 503)
	f(Config{MaxSeries: 1}, nil, 429)
	f(Config{MaxRequestSeries: 1}, nil, 400)
}

func TestR8_OverloadIs503QuotaIs429BothSayWhen(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxSeries: 2})
	a, w := h.raw(typeV1, marshalV1(t, up("a", 0), up("b", 0), up("c", 0)))
	check(t, a, answer{429, 2, 0, 0})
	for _, want := range []string{"1 of 3 samples refused", "tenant default", "2 active series", "limit is 2"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q is not in %s", want, w.Body)
		}
	}
	wait := func(attempt string) string {
		r := request(typeV1, snappy.Encode(nil, marshalV1(t, up("c", 0))))
		r.Header.Set("Retry-Attempt", attempt)
		_, w := h.do(r)
		return w.Header().Get("Retry-After")
	}
	for attempt, want := range map[string]string{"": "1", "1": "2", "3": "8", "99": "32", "-1": "1", "x": "1"} {
		check(t, wait(attempt), want)
	}
	h.g.budget.take(int(h.g.budget.limit))
	a, w = h.raw(typeV1, marshalV1(t, up("a", 1)))
	check(t, a, answer{503, 0, 0, 0})
	check(t, w.Header().Get("Retry-After"), "1")
}

func TestR9_AnExactRepeatAfterAFailureIsAccepted(t *testing.T) {
	t.Parallel()
	for _, broken := range []int{0, 1, 2, 3} {
		h := newHarness(t, Config{})
		h.log.setFail(func(p int) error {
			if p == broken {
				return errors.New("down")
			}
			return nil
		})
		var all []prompb.TimeSeries
		for i := range 100 {
			all = append(all, up(fmt.Sprint(i), 0, 10, 20))
		}
		a, _ := h.v1(all...)
		check(t, a.Status, 503)
		h.log.setFail(nil)
		a, text := h.v1(all...)
		if want := (answer{204, 300, 0, 0}); a != want {
			t.Errorf("partition %d: %+v %s", broken, a, text)
		}
	}
}

func TestR9_AnExactRepeatAfterAQuotaIsAccepted(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxSeries: 1})
	a, _ := h.v1(up("a", 0, 10), up("b", 0))
	check(t, a, answer{429, 2, 0, 0})
	a, _ = h.v1(up("a", 0, 10), up("b", 0))
	check(t, a, answer{429, 2, 0, 0})
}

// A 204 that is lost on the way makes the sender repeat samples of which all but the last look out of order by then.
func TestR10_AnExactRepeatOfSeveralSamplesOfASeries(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	series := up("a", 0)
	series.Samples = append(series.Samples, prompb.Sample{Value: 2, Timestamp: series.Samples[0].Timestamp + 1}, prompb.Sample{Value: 3, Timestamp: series.Samples[0].Timestamp + 2})
	for range 3 {
		a, _ := h.v1(series)
		check(t, a, answer{204, 3, 0, 0})
	}
	series.Samples[1].Value = 7 // no repetition, but other samples in the past
	a, text := h.v1(series)
	check(t, a.Status == 400 && strings.HasPrefix(text, "2 of 3 samples refused"), true)
}

func TestR10_AnExactRepeatIsAcceptedSilently(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for range 2 {
		a, _ := h.v1(up("a", 0))
		check(t, a, answer{204, 1, 0, 0})
		a, _ = h.v2(hist2("h", goodHistogram()))
		check(t, a, answer{204, 0, 1, 0})
	}
	other := up("a", 0)
	other.Samples[0].Value = 7
	a, text := h.v1(other)
	check(t, a, answer{400, 0, 0, 0})
	check(t, text, "1 of 1 samples refused: up{instance=\"a\"}: another value at 1700000000000 before\n")
	a, _ = h.v2(hist2("h", goodHistogram(func(g *writev2.Histogram) { g.Sum = 1 })))
	check(t, a, answer{400, 0, 0, 0})
}
