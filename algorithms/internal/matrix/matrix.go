package matrix

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Lanes is what widths must be a multiple of: those of products, and the units of a cell.
const Lanes = 8

// Pad is what rows of a matrix b are better apart. Rows a power of two long fall into a few sets of the first-level
// cache, and throw each other out.
const Pad = 16

// AddProduct adds the product of an m by k matrix a and a k by n matrix b to c, m by n; n is a multiple of Lanes.
// Matrices lie row by row without space between, but a, when transposed is set, lies column by column, and a row of b
// and c is ldb and ldc long.
func AddProduct(m, n, k int, a []float32, lda int, transposed bool, b []float32, ldb int, c []float32, ldc int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	if fast() {
		rowStride, columnStride := lda, 1
		if transposed {
			rowStride, columnStride = 1, lda
		}
		checkProduct(m, n, k, a, rowStride, columnStride, b, ldb, c, ldc)
		addProductFast(m, n, k, a, rowStride, columnStride, b, ldb, c, ldc)
		return
	}
	addProductBLAS(m, n, k, a, lda, transposed, b, ldb, c, ldc)
}

func addProductBLAS(m, n, k int, a []float32, lda int, transposed bool, b []float32, ldb int, c []float32, ldc int) {
	t, rows, columns := blas.NoTrans, m, k
	if transposed {
		t, rows, columns = blas.Trans, k, m
	}
	blas32.Gemm(t, blas.NoTrans, 1,
		blas32.General{Rows: rows, Cols: columns, Stride: lda, Data: a},
		blas32.General{Rows: k, Cols: n, Stride: ldb, Data: b}, 1,
		blas32.General{Rows: m, Cols: n, Stride: ldc, Data: c})
}

// AddVectorProduct adds the product of a row vector a and a matrix b of len(a) rows, each ldb long, to the row c, whose
// length is b's width, a multiple of Lanes.
func AddVectorProduct(a, b []float32, ldb int, c []float32) {
	if len(a) == 0 || len(c) == 0 {
		return
	}
	if fast() {
		checkProduct(1, len(c), len(a), a, 0, 1, b, ldb, c, len(c))
		addRow(len(a), &a[0], 4, &b[0], 4*ldb, &c[0], len(c))
		return
	}
	plainRow(a, b, ldb, c)
}

// plainRow is not left to blas32, because what is passed to that escapes, and a step of the LSTM must not allocate.
func plainRow(a, b []float32, ldb int, c []float32) {
	for i, v := range a {
		row := b[i*ldb:][:len(c)]
		for j, w := range row {
			c[j] += float32(v * w)
		}
	}
}

// checkProduct panics where assembly would read or write outside of a slice.
func checkProduct(m, n, k int, a []float32, rowStride, columnStride int, b []float32, ldb int, c []float32, ldc int) {
	if n%Lanes != 0 || ldb < n || ldc < n {
		panic("matrix: a width is no multiple of Lanes, or greater than a row is long")
	}
	_ = a[(m-1)*rowStride+(k-1)*columnStride]
	_ = b[(k-1)*ldb+n-1]
	_ = c[(m-1)*ldc+n-1]
}
