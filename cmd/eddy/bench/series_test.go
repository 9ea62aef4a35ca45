package bench

import (
	"testing"
	"time"

	"eddy/cmd/eddy/noise"
)

func TestSeriesAreDistinctAndOfRealisticSize(t *testing.T) {
	t.Parallel()
	for _, labels := range []int{3, 5, 8, 9, 10, 14} {
		seen := map[string]bool{}
		bytes := 0
		for i := range 20000 {
			l := labelsOf(i, labels)
			if seen[string(l)] {
				t.Fatalf("%d labels: series %d is a repetition: %s", labels, i, l)
			}
			seen[string(l)] = true
			bytes += len(l)
			if n := len(l.Map()); n != labels {
				t.Fatalf("series %d has %d labels, want %d", i, n, labels)
			}
		}
		if mean := bytes / 20000; labels == 10 && (mean < 240 || mean > 340) {
			t.Errorf("10 labels take %d bytes", mean)
		}
	}
}

func TestValuesArePureAndCountersNeverFall(t *testing.T) {
	t.Parallel()
	m := model{seed: 7, faults: 0.2, start: 1000}
	for i := range perTarget {
		last := -1.0
		for pass := range 400 {
			at := int64(1000 + pass*1000)
			v := m.value(i, pass, at)
			if v != m.value(i, pass, at) {
				t.Fatal("the same moment gave two values")
			}
			if isCounter(i) && v < last {
				t.Fatalf("counter %d fell from %v to %v", i, last, v)
			}
			last = v
		}
	}
}

func TestFaultsHitTheirShareAndOnlyAfterTheWarmUp(t *testing.T) {
	t.Parallel()
	f := func(share float64, wantSeries int) {
		t.Helper()
		m := model{seed: 1, faults: share}
		hit := 0
		for i := range 30000 {
			if isCounter(i % perTarget) {
				continue
			}
			own := noise.Mix(m.seed ^ uint64(i)*0x9e3779b97f4a7c15)
			spiked := false
			for pass := range faultAfter + 2*faultPeriod {
				if m.spikes(own, pass) {
					spiked = true
					if pass < faultAfter {
						t.Fatalf("series %d spikes in pass %d", i, pass)
					}
				}
			}
			if spiked {
				hit++
			}
		}
		if hit < wantSeries*9/10 || hit > wantSeries*11/10 {
			t.Errorf("share %v: %d of 30000 series spike, want about %d", share, hit, wantSeries)
		}
	}
	f(0, 0)
	f(0.01, 300)
	f(0.1, 3000)
}

func TestStartMakesRequestsRepeatable(t *testing.T) {
	t.Parallel()
	o := Options{Series: 30, Labels: 10, PerRequest: 20, Protocol: 1, Start: time.UnixMilli(1790000000000), Step: time.Second}
	encode := func(now time.Time) string {
		blocks, err := newBlocks(o)
		if err != nil {
			t.Fatal(err)
		}
		m := model{seed: 3, start: o.Start.UnixMilli()}
		all := ""
		for range 3 {
			for _, b := range blocks {
				all += string(b.next(&o, &m, now))
				now = now.Add(17 * time.Millisecond)
			}
		}
		return all
	}
	if encode(time.UnixMilli(1790000000123)) != encode(time.UnixMilli(1800000000000)) {
		t.Error("the clock reached samples that must not depend on it")
	}
}

func TestWithoutStartTimestampsRiseEvenIfTheClockStands(t *testing.T) {
	t.Parallel()
	o := Options{Series: 1, Labels: 3, PerRequest: 1, Protocol: 1}
	blocks, err := newBlocks(o)
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1790000000000)
	for pass := range int64(3) {
		blocks[0].next(&o, &model{}, now)
		if want := now.UnixMilli() + pass; blocks[0].last != want {
			t.Errorf("pass %d at %d, want %d", pass, blocks[0].last, want)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	o := Options{Series: 2000, Labels: 10, PerRequest: 2000, Protocol: 1}
	blocks, err := newBlocks(o)
	if err != nil {
		b.Fatal(err)
	}
	m := model{seed: 1, faults: 0.01}
	now := time.UnixMilli(1790000000000)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		blocks[0].next(&o, &m, now)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2000), "ns/sample")
	b.ReportMetric(float64(len(blocks[0].body))/2000, "wire-B/sample")
	b.ReportMetric(float64(blocks[0].request.Size())/2000, "raw-B/sample")
}
