package ingest

import (
	"fmt"
	"strings"
	"testing"
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
	dropped := answer{202, 0, 0, 0}
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
	a, _ := h.v2(replica("c", "r1", 1), replica("c", "r2", 1), up2("x", 1))
	check(t, a, answer{204, 2, 0, 0}) // some are another replica's: not an error, and not 202 either
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
