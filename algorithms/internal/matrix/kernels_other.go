//go:build !amd64

package matrix

// fast tells whether the kernels below may be called; here there are none.
func fast() bool { return false }

func addProductFast(m, n, k int, a []float32, rowStride, columnStride int, b []float32, ldb int, c []float32, ldc int) {
}

func addRow(k int, a *float32, stride int, b *float32, ldb int, c *float32, n int) {}

func cellForward(units int, gates, before, c, tanhC, h *float32) {}

func cellBackward(units int, gates, before, tanhC, dh, dc, d *float32) {}
