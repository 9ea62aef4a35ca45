#include "textflag.h"

// AVX2 without fused multiply-add: products and sums are rounded one by one, in the order of the Go code beside them.

// MULADD adds the product of a broadcast number and eight others to eight sums.
#define MULADD(number, others, product, sums) \
	VMULPS others, number, product \
	VADDPS product, sums, sums

// ROW16 is one number of a row of a, held against sixteen columns of b in Y8 and Y9.
#define ROW16(address, left, right) \
	VBROADCASTSS address, Y10 \
	MULADD(Y10, Y8, Y11, left) \
	MULADD(Y10, Y9, Y12, right)

#define ROW8(address, sums) \
	VBROADCASTSS address, Y10 \
	MULADD(Y10, Y8, Y11, sums)

// func addBlock16(k int, a *float32, rowStride, columnStride int, b *float32, ldb int, c *float32, ldc int)
TEXT ·addBlock16(SB), NOSPLIT, $0-64
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ rowStride+16(FP), R8
	MOVQ columnStride+24(FP), R9
	MOVQ b+32(FP), DI
	MOVQ ldb+40(FP), R10
	MOVQ c+48(FP), DX
	MOVQ ldc+56(FP), R11
	LEAQ (SI)(R8*2), R12
	LEAQ (DX)(R11*2), R13
	VMOVUPS (DX), Y0
	VMOVUPS 32(DX), Y1
	VMOVUPS (DX)(R11*1), Y2
	VMOVUPS 32(DX)(R11*1), Y3
	VMOVUPS (R13), Y4
	VMOVUPS 32(R13), Y5
	VMOVUPS (R13)(R11*1), Y6
	VMOVUPS 32(R13)(R11*1), Y7

column16:
	VMOVUPS (DI), Y8
	VMOVUPS 32(DI), Y9
	ROW16((SI), Y0, Y1)
	ROW16((SI)(R8*1), Y2, Y3)
	ROW16((R12), Y4, Y5)
	ROW16((R12)(R8*1), Y6, Y7)
	ADDQ R9, SI
	ADDQ R9, R12
	ADDQ R10, DI
	DECQ CX
	JNZ column16

	VMOVUPS Y0, (DX)
	VMOVUPS Y1, 32(DX)
	VMOVUPS Y2, (DX)(R11*1)
	VMOVUPS Y3, 32(DX)(R11*1)
	VMOVUPS Y4, (R13)
	VMOVUPS Y5, 32(R13)
	VMOVUPS Y6, (R13)(R11*1)
	VMOVUPS Y7, 32(R13)(R11*1)
	VZEROUPPER
	RET

// func addBlock8(k int, a *float32, rowStride, columnStride int, b *float32, ldb int, c *float32, ldc int)
TEXT ·addBlock8(SB), NOSPLIT, $0-64
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ rowStride+16(FP), R8
	MOVQ columnStride+24(FP), R9
	MOVQ b+32(FP), DI
	MOVQ ldb+40(FP), R10
	MOVQ c+48(FP), DX
	MOVQ ldc+56(FP), R11
	LEAQ (SI)(R8*2), R12
	LEAQ (DX)(R11*2), R13
	VMOVUPS (DX), Y0
	VMOVUPS (DX)(R11*1), Y2
	VMOVUPS (R13), Y4
	VMOVUPS (R13)(R11*1), Y6

column8:
	VMOVUPS (DI), Y8
	ROW8((SI), Y0)
	ROW8((SI)(R8*1), Y2)
	ROW8((R12), Y4)
	ROW8((R12)(R8*1), Y6)
	ADDQ R9, SI
	ADDQ R9, R12
	ADDQ R10, DI
	DECQ CX
	JNZ column8

	VMOVUPS Y0, (DX)
	VMOVUPS Y2, (DX)(R11*1)
	VMOVUPS Y4, (R13)
	VMOVUPS Y6, (R13)(R11*1)
	VZEROUPPER
	RET

// func addRow(k int, a *float32, stride int, b *float32, ldb int, c *float32, n int)
TEXT ·addRow(SB), NOSPLIT, $0-56
	MOVQ k+0(FP), R11
	MOVQ a+8(FP), R12
	MOVQ stride+16(FP), R9
	MOVQ b+24(FP), R13
	MOVQ ldb+32(FP), R10
	MOVQ c+40(FP), DX
	MOVQ n+48(FP), BX

wide:
	CMPQ BX, $64
	JLT narrow

	VMOVUPS 0(DX), Y0
	VMOVUPS 32(DX), Y1
	VMOVUPS 64(DX), Y2
	VMOVUPS 96(DX), Y3
	VMOVUPS 128(DX), Y4
	VMOVUPS 160(DX), Y5
	VMOVUPS 192(DX), Y6
	VMOVUPS 224(DX), Y7
	MOVQ R11, CX
	MOVQ R12, SI
	MOVQ R13, DI

column64:
	VBROADCASTSS (SI), Y8
	VMULPS 0(DI), Y8, Y9
	VADDPS Y9, Y0, Y0
	VMULPS 32(DI), Y8, Y10
	VADDPS Y10, Y1, Y1
	VMULPS 64(DI), Y8, Y11
	VADDPS Y11, Y2, Y2
	VMULPS 96(DI), Y8, Y12
	VADDPS Y12, Y3, Y3
	VMULPS 128(DI), Y8, Y9
	VADDPS Y9, Y4, Y4
	VMULPS 160(DI), Y8, Y10
	VADDPS Y10, Y5, Y5
	VMULPS 192(DI), Y8, Y11
	VADDPS Y11, Y6, Y6
	VMULPS 224(DI), Y8, Y12
	VADDPS Y12, Y7, Y7
	ADDQ R9, SI
	ADDQ R10, DI
	DECQ CX
	JNZ column64

	VMOVUPS Y0, 0(DX)
	VMOVUPS Y1, 32(DX)
	VMOVUPS Y2, 64(DX)
	VMOVUPS Y3, 96(DX)
	VMOVUPS Y4, 128(DX)
	VMOVUPS Y5, 160(DX)
	VMOVUPS Y6, 192(DX)
	VMOVUPS Y7, 224(DX)
	ADDQ $256, DX
	ADDQ $256, R13
	SUBQ $64, BX
	JMP wide

narrow:
	CMPQ BX, $8
	JLT done
	VMOVUPS (DX), Y0
	MOVQ R11, CX
	MOVQ R12, SI
	MOVQ R13, DI

columns8:
	VBROADCASTSS (SI), Y8
	VMULPS (DI), Y8, Y9
	VADDPS Y9, Y0, Y0
	ADDQ R9, SI
	ADDQ R10, DI
	DECQ CX
	JNZ columns8

	VMOVUPS Y0, (DX)
	ADDQ $32, DX
	ADDQ $32, R13
	SUBQ $8, BX
	JMP narrow

done:
	VZEROUPPER
	RET

// The constants of tanh in cell.go, as bits, each eight times; a test compares the two.
DATA tanh<>+0(SB)/8, $0x40fccccd40fccccd // limit 7.9
DATA tanh<>+8(SB)/8, $0x40fccccd40fccccd
DATA tanh<>+16(SB)/8, $0x40fccccd40fccccd
DATA tanh<>+24(SB)/8, $0x40fccccd40fccccd
DATA tanh<>+32(SB)/8, $0xc0fccccdc0fccccd // negative -7.9
DATA tanh<>+40(SB)/8, $0xc0fccccdc0fccccd
DATA tanh<>+48(SB)/8, $0xc0fccccdc0fccccd
DATA tanh<>+56(SB)/8, $0xc0fccccdc0fccccd
DATA tanh<>+64(SB)/8, $0x3f8000003f800000 // one 1
DATA tanh<>+72(SB)/8, $0x3f8000003f800000
DATA tanh<>+80(SB)/8, $0x3f8000003f800000
DATA tanh<>+88(SB)/8, $0x3f8000003f800000
DATA tanh<>+96(SB)/8, $0x3f0000003f000000 // half 0.5
DATA tanh<>+104(SB)/8, $0x3f0000003f000000
DATA tanh<>+112(SB)/8, $0x3f0000003f000000
DATA tanh<>+120(SB)/8, $0x3f0000003f000000
DATA tanh<>+128(SB)/8, $0x3e05f8b93e05f8b9 // p1 0.130831614
DATA tanh<>+136(SB)/8, $0x3e05f8b93e05f8b9
DATA tanh<>+144(SB)/8, $0x3e05f8b93e05f8b9
DATA tanh<>+152(SB)/8, $0x3e05f8b93e05f8b9
DATA tanh<>+160(SB)/8, $0x3b4b5bd23b4b5bd2 // p2 0.0031030071
DATA tanh<>+168(SB)/8, $0x3b4b5bd23b4b5bd2
DATA tanh<>+176(SB)/8, $0x3b4b5bd23b4b5bd2
DATA tanh<>+184(SB)/8, $0x3b4b5bd23b4b5bd2
DATA tanh<>+192(SB)/8, $0x373af876373af876 // p3 1.11443132e-05
DATA tanh<>+200(SB)/8, $0x373af876373af876
DATA tanh<>+208(SB)/8, $0x373af876373af876
DATA tanh<>+216(SB)/8, $0x373af876373af876
DATA tanh<>+224(SB)/8, $0xb2ad6182b2ad6182 // p4 -2.01841921e-08
DATA tanh<>+232(SB)/8, $0xb2ad6182b2ad6182
DATA tanh<>+240(SB)/8, $0xb2ad6182b2ad6182
DATA tanh<>+248(SB)/8, $0xb2ad6182b2ad6182
DATA tanh<>+256(SB)/8, $0x2e673e792e673e79 // p5 5.25788059e-11
DATA tanh<>+264(SB)/8, $0x2e673e792e673e79
DATA tanh<>+272(SB)/8, $0x2e673e792e673e79
DATA tanh<>+280(SB)/8, $0x2e673e792e673e79
DATA tanh<>+288(SB)/8, $0xa9bdf7e6a9bdf7e6 // p6 -8.43628959e-14
DATA tanh<>+296(SB)/8, $0xa9bdf7e6a9bdf7e6
DATA tanh<>+304(SB)/8, $0xa9bdf7e6a9bdf7e6
DATA tanh<>+312(SB)/8, $0xa9bdf7e6a9bdf7e6
DATA tanh<>+320(SB)/8, $0x3eeda7053eeda705 // q1 0.464164883
DATA tanh<>+328(SB)/8, $0x3eeda7053eeda705
DATA tanh<>+336(SB)/8, $0x3eeda7053eeda705
DATA tanh<>+344(SB)/8, $0x3eeda7053eeda705
DATA tanh<>+352(SB)/8, $0x3cc8a2323cc8a232 // q2 0.0244914033
DATA tanh<>+360(SB)/8, $0x3cc8a2323cc8a232
DATA tanh<>+368(SB)/8, $0x3cc8a2323cc8a232
DATA tanh<>+376(SB)/8, $0x3cc8a2323cc8a232
DATA tanh<>+384(SB)/8, $0x39856b2e39856b2e // q3 0.000254475919
DATA tanh<>+392(SB)/8, $0x39856b2e39856b2e
DATA tanh<>+400(SB)/8, $0x39856b2e39856b2e
DATA tanh<>+408(SB)/8, $0x39856b2e39856b2e
GLOBL tanh<>(SB), RODATA|NOPTR, $416

#define LIMIT tanh<>+0(SB)
#define NEGATIVE tanh<>+32(SB)
#define ONE tanh<>+64(SB)
#define HALF tanh<>+96(SB)
#define P1 tanh<>+128(SB)
#define P2 tanh<>+160(SB)
#define P3 tanh<>+192(SB)
#define P4 tanh<>+224(SB)
#define P5 tanh<>+256(SB)
#define P6 tanh<>+288(SB)
#define Q1 tanh<>+320(SB)
#define Q2 tanh<>+352(SB)
#define Q3 tanh<>+384(SB)

// TANH squashes x in place; t, p and q are spoiled. Y15 must hold ones.
#define TANH(x, t, p, q) \
	VMINPS LIMIT, x, x \
	VMAXPS NEGATIVE, x, x \
	VMULPS x, x, t \
	VMULPS P6, t, p \
	VADDPS P5, p, p \
	VMULPS t, p, p \
	VADDPS P4, p, p \
	VMULPS t, p, p \
	VADDPS P3, p, p \
	VMULPS t, p, p \
	VADDPS P2, p, p \
	VMULPS t, p, p \
	VADDPS P1, p, p \
	VMULPS t, p, p \
	VADDPS Y15, p, p \
	VMULPS Q3, t, q \
	VADDPS Q2, q, q \
	VMULPS t, q, q \
	VADDPS Q1, q, q \
	VMULPS t, q, q \
	VADDPS Y15, q, q \
	VMULPS x, p, p \
	VDIVPS q, p, x

// SIGMOID needs halves in Y14.
#define SIGMOID(x, t, p, q) \
	VMULPS Y14, x, x \
	TANH(x, t, p, q) \
	VMULPS Y14, x, x \
	VADDPS Y14, x, x

// func cellForward(units int, gates, before, c, tanhC, h *float32)
TEXT ·cellForward(SB), NOSPLIT, $0-48
	MOVQ units+0(FP), CX
	MOVQ gates+8(FP), SI
	MOVQ before+16(FP), DI
	MOVQ c+24(FP), DX
	MOVQ tanhC+32(FP), R8
	MOVQ h+40(FP), R9
	MOVQ CX, BX
	SHLQ $2, BX
	LEAQ (SI)(BX*2), R10
	VMOVUPS ONE, Y15
	VMOVUPS HALF, Y14

forward:
	VMOVUPS (SI), Y0
	VMOVUPS (SI)(BX*1), Y1
	VMOVUPS (R10), Y2
	VMOVUPS (R10)(BX*1), Y3
	SIGMOID(Y0, Y4, Y5, Y6)
	SIGMOID(Y1, Y7, Y8, Y9)
	TANH(Y2, Y10, Y11, Y12)
	SIGMOID(Y3, Y4, Y5, Y6)
	VMOVUPS Y0, (SI)
	VMOVUPS Y1, (SI)(BX*1)
	VMOVUPS Y2, (R10)
	VMOVUPS Y3, (R10)(BX*1)
	VMULPS (DI), Y1, Y1
	VMULPS Y2, Y0, Y0
	VADDPS Y0, Y1, Y0
	VMOVUPS Y0, (DX)
	TANH(Y0, Y7, Y8, Y9)
	VMOVUPS Y0, (R8)
	VMULPS Y0, Y3, Y0
	VMOVUPS Y0, (R9)
	ADDQ $32, SI
	ADDQ $32, R10
	ADDQ $32, DI
	ADDQ $32, DX
	ADDQ $32, R8
	ADDQ $32, R9
	SUBQ $8, CX
	JNZ forward
	VZEROUPPER
	RET

// func cellBackward(units int, gates, before, tanhC, dh, dc, d *float32)
TEXT ·cellBackward(SB), NOSPLIT, $0-56
	MOVQ units+0(FP), CX
	MOVQ gates+8(FP), SI
	MOVQ before+16(FP), DI
	MOVQ tanhC+24(FP), R8
	MOVQ dh+32(FP), R9
	MOVQ dc+40(FP), DX
	MOVQ d+48(FP), R11
	MOVQ CX, BX
	SHLQ $2, BX
	LEAQ (SI)(BX*2), R10
	LEAQ (R11)(BX*2), R12
	VMOVUPS ONE, Y15

backward:
	VMOVUPS (SI), Y0            // input gate
	VMOVUPS (SI)(BX*1), Y1      // forget gate
	VMOVUPS (R10), Y2           // cell gate
	VMOVUPS (R10)(BX*1), Y3     // output gate
	VMOVUPS (R8), Y4            // squashed state
	VMOVUPS (R9), Y5            // by h

	VMULPS Y4, Y4, Y6
	VSUBPS Y6, Y15, Y6
	VMULPS Y3, Y5, Y7
	VMULPS Y6, Y7, Y7
	VADDPS (DX), Y7, Y7         // by the state

	VSUBPS Y0, Y15, Y8
	VMULPS Y8, Y0, Y8
	VMULPS Y2, Y7, Y9
	VMULPS Y8, Y9, Y9
	VMOVUPS Y9, (R11)

	VSUBPS Y1, Y15, Y8
	VMULPS Y8, Y1, Y8
	VMULPS (DI), Y7, Y9
	VMULPS Y8, Y9, Y9
	VMOVUPS Y9, (R11)(BX*1)

	VMULPS Y2, Y2, Y8
	VSUBPS Y8, Y15, Y8
	VMULPS Y0, Y7, Y9
	VMULPS Y8, Y9, Y9
	VMOVUPS Y9, (R12)

	VSUBPS Y3, Y15, Y8
	VMULPS Y8, Y3, Y8
	VMULPS Y4, Y5, Y9
	VMULPS Y8, Y9, Y9
	VMOVUPS Y9, (R12)(BX*1)

	VMULPS Y1, Y7, Y7
	VMOVUPS Y7, (DX)
	ADDQ $32, SI
	ADDQ $32, R10
	ADDQ $32, DI
	ADDQ $32, R8
	ADDQ $32, R9
	ADDQ $32, DX
	ADDQ $32, R11
	ADDQ $32, R12
	SUBQ $8, CX
	JNZ backward
	VZEROUPPER
	RET
