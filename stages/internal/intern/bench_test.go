package intern

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
)

// labelKeys makes n keys of 270 bytes that share most of it, as series do.
func labelKeys(n int) [][]byte {
	base := make([]byte, 270)
	for i := range base {
		base[i] = byte('a' + i%26)
	}
	all := make([]byte, 0, n*len(base))
	keys := make([][]byte, n)
	for i := range keys {
		from := len(all)
		all = append(all, base...)
		binary.BigEndian.PutUint32(all[from+120:], uint32(i))
		keys[i] = all[from : from+len(base)]
	}
	return keys
}

func BenchmarkLookup(b *testing.B) {
	keys := labelKeys(100_000)
	tb := New()
	for _, k := range keys {
		tb.Insert(k)
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(keys))
	b.Run("in_order", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			tb.Lookup(keys[i%len(keys)])
		}
	})
	b.Run("at_random", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			tb.Lookup(keys[order[i%len(keys)]])
		}
	})
}

// BenchmarkInsertMillion reports what a million keys of 270 bytes cost, the longest single insertion among it.
func BenchmarkInsertMillion(b *testing.B) {
	keys := labelKeys(1_000_000)
	for b.Loop() {
		tb := New()
		var worst time.Duration
		for _, k := range keys {
			started := time.Now()
			tb.Insert(k)
			worst = max(worst, time.Since(started))
		}
		b.ReportMetric(float64(tb.Size())/(1<<20), "MiB")
		b.ReportMetric(float64(worst.Microseconds()), "worst-us")
	}
}
