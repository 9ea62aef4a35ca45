// Package matrix is the float32 arithmetic of the LSTM: matrix products, and the gates of a cell with their derivatives.
//
// Products are gonum's blas32. On amd64 with AVX2 there are kernels of our own instead, because gonum's SSE kernels make
// 11 to 20 GFLOP/s of the small matrices of an LSTM on the machine they were measured on, and these 75 to 90; without
// them training is slower than PyTorch. The kernels multiply and add in the same order as blas32 and do not fuse the
// two, so a model gives the same numbers with and without AVX2.
package matrix
