package matrix

import "golang.org/x/sys/cpu"

// fast tells whether this processor can run the kernels below.
func fast() bool { return cpu.X86.HasAVX2 }

// addProductFast is AddProduct in blocks of four rows and sixteen columns, which stay in registers for the whole sum.
func addProductFast(m, n, k int, a []float32, rowStride, columnStride int, b []float32, ldb int, c []float32, ldc int) {
	i := 0
	for ; i+4 <= m; i += 4 {
		j := 0
		for ; j+16 <= n; j += 16 {
			addBlock16(k, &a[i*rowStride], 4*rowStride, 4*columnStride, &b[j], 4*ldb, &c[i*ldc+j], 4*ldc)
		}
		if j < n {
			addBlock8(k, &a[i*rowStride], 4*rowStride, 4*columnStride, &b[j], 4*ldb, &c[i*ldc+j], 4*ldc)
		}
	}
	for ; i < m; i++ {
		addRow(k, &a[i*rowStride], 4*columnStride, &b[0], 4*ldb, &c[i*ldc], n)
	}
}

// addBlock16 adds the product of 4 by k and k by 16 numbers to 4 by 16. Strides and row lengths are in bytes.
//
//go:noescape
func addBlock16(k int, a *float32, rowStride, columnStride int, b *float32, ldb int, c *float32, ldc int)

// addBlock8 is addBlock16 of 8 columns.
//
//go:noescape
func addBlock8(k int, a *float32, rowStride, columnStride int, b *float32, ldb int, c *float32, ldc int)

// addRow adds the product of k numbers, stride bytes apart, and a k by n matrix, its rows ldb bytes long, to n numbers.
//
//go:noescape
func addRow(k int, a *float32, stride int, b *float32, ldb int, c *float32, n int)

//go:noescape
func cellForward(units int, gates, before, c, tanhC, h *float32)

//go:noescape
func cellBackward(units int, gates, before, tanhC, dh, dc, d *float32)
