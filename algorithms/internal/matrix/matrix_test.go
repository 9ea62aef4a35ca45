package matrix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func numbers(r *rand.Rand, n int) []float32 {
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(r.NormFloat64())
	}
	return list
}

// Without AVX2 both sides of these comparisons are the same code.

func TestProductsAreThoseOfBLAS(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, m := range []int{1, 3, 4, 9, 32} {
		for _, n := range []int{8, 16, 24, 72, 128} {
			for _, k := range []int{1, 5, 36} {
				for _, transposed := range []bool{false, true} {
					lda := k + 3
					if transposed {
						lda = m + 3
					}
					a, b, c := numbers(r, (m+3)*(k+3)), numbers(r, k*(n+5)), numbers(r, m*(n+2))
					want := append([]float32(nil), c...)
					addProductBLAS(m, n, k, a, lda, transposed, b, n+5, want, n+2)
					AddProduct(m, n, k, a, lda, transposed, b, n+5, c, n+2)
					if diff := cmp.Diff(want, c); diff != "" {
						t.Fatalf("%d by %d by %d, transposed %v (-blas +ours):\n%s", m, n, k, transposed, diff)
					}
				}
				a, b, c := numbers(r, k), numbers(r, k*(n+5)), numbers(r, n)
				want := append([]float32(nil), c...)
				plainRow(a, b, n+5, want)
				AddVectorProduct(a, b, n+5, c)
				if diff := cmp.Diff(want, c); diff != "" {
					t.Fatalf("row of %d by %d (-plain +ours):\n%s", k, n, diff)
				}
			}
		}
	}
}

func TestCellsAreThoseOfPlainGo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, units := range []int{8, 32, 64, 72} {
		for range 50 {
			gates, before := numbers(r, 4*units), numbers(r, units)
			for i := range gates {
				gates[i] *= 4 // some beyond where they saturate
			}
			c, tanhC, h := make([]float32, units), make([]float32, units), make([]float32, units)
			gates2, c2, tanhC2, h2 := append([]float32(nil), gates...), make([]float32, units), make([]float32, units), make([]float32, units)
			CellForward(units, gates, before, c, tanhC, h)
			plainForward(units, gates2, before, c2, tanhC2, h2)
			if diff := cmp.Diff([][]float32{gates2, c2, tanhC2, h2}, [][]float32{gates, c, tanhC, h}); diff != "" {
				t.Fatalf("%d units forward (-plain +fast):\n%s", units, diff)
			}
			dh, dc, d, d2 := numbers(r, units), numbers(r, units), make([]float32, 4*units), make([]float32, 4*units)
			dc2 := append([]float32(nil), dc...)
			CellBackward(units, gates, before, tanhC, dh, dc, d)
			plainBackward(units, gates, before, tanhC, dh, dc2, d2)
			if diff := cmp.Diff([][]float32{dc2, d2}, [][]float32{dc, d}); diff != "" {
				t.Fatalf("%d units backward (-plain +fast):\n%s", units, diff)
			}
		}
	}
}

func TestSquashesAreNearTheExactOnes(t *testing.T) {
	t.Parallel()
	off, offSigmoid := 0.0, 0.0
	for x := float32(-20); x < 20; x += 1.0 / 4096 {
		off = max(off, math.Abs(float64(tanh(x))-math.Tanh(float64(x))))
		offSigmoid = max(offSigmoid, math.Abs(float64(sigmoid(x))-1/(1+math.Exp(-float64(x)))))
		if y := tanh(x); !(y >= -1 && y <= 1) {
			t.Fatalf("tanh(%v) = %v", x, y)
		}
	}
	if off > 4e-7 || offSigmoid > 2e-7 {
		t.Errorf("tanh is off by %v, sigmoid by %v; want at most 4e-7 and 2e-7", off, offSigmoid)
	}
}

func TestWidthsAreChecked(t *testing.T) {
	t.Parallel()
	f := func(name string, call func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: nothing stopped it", name)
			}
		}()
		call()
	}
	short, long := make([]float32, 7), make([]float32, 64)
	f("short c", func() { AddProduct(1, 8, 1, long, 1, false, long, 8, short, 8) })
	f("short b", func() { AddProduct(1, 8, 1, long, 1, false, short, 8, long, 8) })
	f("short a", func() { AddProduct(8, 8, 1, short, 1, false, long, 8, long, 8) })
	f("short gates", func() { CellForward(8, short, long, long, long, long) })
}

func BenchmarkProduct(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, units := range []int{32, 64} {
		const batch = 32
		a, w, c := numbers(r, batch*units), numbers(r, 4*units*units), numbers(r, 64*4*units)
		f := func(name string, m, n, k, lda int, transposed bool, call func(m, n, k int, a []float32, lda int, transposed bool, b []float32, ldb int, c []float32, ldc int)) {
			b.Run(fmt.Sprintf("%s/%d", name, units), func(b *testing.B) {
				for b.Loop() {
					call(m, n, k, a, lda, transposed, w, n, c, n)
				}
				b.ReportMetric(2*float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
		f("ours", batch, 4*units, units, units, false, AddProduct)
		f("blas32", batch, 4*units, units, units, false, addProductBLAS)
		f("ours transposed", units, 4*units, batch, units, true, AddProduct)
		f("blas32 transposed", units, 4*units, batch, units, true, addProductBLAS)
	}
}

func BenchmarkRow(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, units := range []int{32, 64} {
		a, w, c := numbers(r, units+4), numbers(r, 4*units*(units+4)), numbers(r, 4*units)
		h := make([]float32, units)
		b.Run(fmt.Sprintf("ours/%d", units), func(b *testing.B) {
			for b.Loop() {
				clear(c)
				AddVectorProduct(a, w, 4*units, c)
			}
		})
		b.Run(fmt.Sprintf("cell/%d", units), func(b *testing.B) {
			for b.Loop() {
				CellForward(units, c, h, h, h, h)
			}
		})
		b.Run(fmt.Sprintf("plain/%d", units), func(b *testing.B) {
			for b.Loop() {
				plainForward(units, c, h, h, h, h)
			}
		})
	}
}
