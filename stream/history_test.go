package stream

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Three stages save their states at moments of their own. Whatever they keep, few snapshots are kept, they never lie
// far apart, and a chain of them (each stage's at or below the next one's) begins within the first three eighths.
func TestHistoryIsSmallAndReachesFarBack(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	var kept [3][]SnapshotKey
	for root := uint64(1000); root < 200_000; root += 200 {
		for stage := range kept {
			key := SnapshotKey{Stage: "s", Version: "1", Root: root + rng.Uint64N(200)}
			kept[stage], _ = thin(key, kept[stage])
		}
		if root < 20_000 {
			continue
		}
		for _, keys := range kept {
			if len(keys) > historyStretches+1 {
				t.Fatalf("root %d: %d snapshots", root, len(keys))
			}
			if !slices.IsSortedFunc(keys, func(a, b SnapshotKey) int { return int(b.Root) - int(a.Root) }) {
				t.Fatalf("root %d: not newest first: %v", root, keys)
			}
		}
		if at := earliest(kept); at > (root-1000)*3/8+1000 {
			t.Fatalf("root %d: a chain begins at %d at the earliest", root, at)
		}
	}
}

// earliest is the lowest root of the last stage that has a chain below it. The very first snapshots do not count: they
// are as good as expired.
func earliest(kept [3][]SnapshotKey) uint64 {
	roots := uint64(0)
	for i, keys := range kept {
		best := ^uint64(0)
		for _, k := range keys[:len(keys)-1] {
			if (i == 0 || k.Root >= roots) && k.Root < best {
				best = k.Root
			}
		}
		roots = best
	}
	return roots
}

func TestHistoryDropsWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	old, later := SnapshotKey{Version: "1", Root: 10}, SnapshotKey{Version: "2", Root: 900}
	keep, drop := thin(SnapshotKey{Version: "2", Root: 20}, []SnapshotKey{later, old})
	if len(keep) != 1 || len(drop) != 2 {
		t.Errorf("kept %v, dropped %v: another version's state and one beyond the log's end prove nothing", keep, drop)
	}
}
