package ingest

import (
	"fmt"
	"strings"
	"testing"

	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// replica is a series of one Prometheus of a pair.
func replica(cluster, name string, at ...int64) v2Series {
	s := up2("a", at...)
	s.labels = []string{"__name__", "up", "__replica__", name, "cluster", cluster}
	return s
}

func TestOneReplicaOfAPairIsStored(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	f := func(clock int64, s v2Series, want answer) {
		t.Helper()
		h.nowMS.Store(base + clock)
		a, text := h.v2(s)
		check(t, a, want)
		check(t, text, "")
	}
	dropped := answer{202, 1, 0, 0} // the elected one stores it; a sender of 2.0 takes 0 written for a failure
	f(0, replica("c", "r1", 1), good)
	f(0, replica("c", "r2", 1), dropped)
	f(0, replica("d", "r2", 1), good)              // another cluster elects for itself
	f(30_000, replica("c", "r2", 30_000), dropped) // 30 s is not more than 30 s
	f(30_001, replica("c", "r2", 30_001), good)    // r1 was silent: fail over
	f(30_001, replica("c", "r1", 30_002), dropped)
	f(40_000, replica("c", "r2", 40_000), good)
	f(69_000, replica("c", "r1", 69_000), dropped)
	f(70_001, replica("c", "r1", 70_001), good)
	check(t, h.sorted(), []string{
		`up{cluster="c"} 1 @1`, `up{cluster="c"} 1 @30001`, `up{cluster="c"} 1 @40000`, `up{cluster="c"} 1 @70001`, `up{cluster="d"} 1 @1`})
	check(t, h.g.Series("default"), 2)
}

func TestReplicaLabels(t *testing.T) {
	t.Parallel()
	f := func(cfg Config, labels []string, want string) {
		t.Helper()
		h := newHarness(t, cfg)
		s := up2("a", 0)
		s.labels = append([]string{"__name__", "up"}, labels...)
		a, _ := h.v2(s)
		check(t, a, good)
		check(t, h.stored(), []string{want})
	}
	f(Config{}, []string{"__replica__", "r1", "cluster", "c"}, `up{cluster="c"} 1 @0`)
	f(Config{}, []string{"__replica__", "r1"}, `up{__replica__="r1"} 1 @0`) // no cluster: no pair
	f(Config{}, []string{"cluster", "c"}, `up{cluster="c"} 1 @0`)
	f(Config{HA: HAConfig{Disabled: true}}, []string{"__replica__", "r1", "cluster", "c"}, `up{__replica__="r1",cluster="c"} 1 @0`)
	f(Config{HA: HAConfig{ReplicaLabel: "prometheus", ClusterLabel: "zone"}}, []string{"prometheus", "0", "zone", "z"}, `up{zone="z"} 1 @0`)
}

func TestARequestOfSeveralReplicas(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	for range 2 { // once more, as a sender does that has not heard the answer
		a, _ := h.v2(replica("c", "r1", 1), replica("c", "r2", 1), up2("x", 1, 2))
		check(t, a, answer{204, 4, 0, 0}) // some are another replica's: not an error, and not 202 either
	}
	check(t, len(h.stored()), 3+2) // of the repetition what is the newest of its series
}

func TestWhatTheOtherReplicaSendsIsConfirmedByKind(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	f := func(name string, fill func(*v2Series), want answer) {
		t.Helper()
		s := replica("c", name)
		fill(&s)
		a, text := h.v2(s)
		check(t, a, want)
		check(t, text, "")
	}
	f("r1", func(s *v2Series) { s.Samples = up2("", 0).Samples }, good)
	f("r2", func(s *v2Series) { s.Histograms = []writev2.Histogram{goodHistogram()} }, answer{202, 0, 1, 0})
	f("r2", func(s *v2Series) { s.Exemplars = []writev2.Exemplar{{Value: 1, Timestamp: base}} }, answer{202, 0, 0, 1})
	check(t, len(h.stored()), 1)
}

func TestClustersAreBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{HA: HAConfig{MaxClusters: 3}})
	for i := range 3 {
		a, _ := h.v2(replica(fmt.Sprint(i), "r", 1))
		check(t, a, good)
	}
	a, text := h.v2(replica("one too many", "r", 1))
	check(t, a, answer{429, 0, 0, 0})
	check(t, strings.Contains(text, "3 clusters of replicas"), true)

	h.nowMS.Store(base + 2*3600_000) // the three are long gone
	if err := h.g.Tick(t.Context(), h.g.now()); err != nil {
		t.Fatal(err)
	}
	a, _ = h.v2(replica("one too many", "r", 2))
	check(t, a, good)
}
