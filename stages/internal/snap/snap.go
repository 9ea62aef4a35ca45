package snap

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrSnapshot wraps every refusal of a snapshot's bytes.
var ErrSnapshot = errors.New("snapshot: malformed")

// Writer writes a snapshot; call Flush at the end.
type Writer struct {
	w   *bufio.Writer
	err error
}

// NewWriter writes to w through a buffer.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriterSize(w, 64<<10)} }

// Write appends raw bytes.
func (w *Writer) Write(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.w.Write(b)
	w.err = err
	return n, err
}

// Uvarint appends a number that is mostly small.
func (w *Writer) Uvarint(v uint64) { w.put(binary.AppendUvarint(w.w.AvailableBuffer(), v)) }

// Varint appends a signed number that is mostly small.
func (w *Writer) Varint(v int64) { w.put(binary.AppendVarint(w.w.AvailableBuffer(), v)) }

// U64 appends eight bytes.
func (w *Writer) U64(v uint64) { w.put(binary.LittleEndian.AppendUint64(w.w.AvailableBuffer(), v)) }

// U32 appends four bytes.
func (w *Writer) U32(v uint32) { w.put(binary.LittleEndian.AppendUint32(w.w.AvailableBuffer(), v)) }

// F64 appends a float's bits.
func (w *Writer) F64(v float64) { w.U64(math.Float64bits(v)) }

// F32 appends a float's bits.
func (w *Writer) F32(v float32) { w.U32(math.Float32bits(v)) }

// Byte appends one byte.
func (w *Writer) Byte(v byte) { w.put(append(w.w.AvailableBuffer(), v)) }

// Bool appends one byte, 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.Byte(1)
	} else {
		w.Byte(0)
	}
}

// Bytes appends a length and that many bytes.
func (w *Writer) Bytes(b []byte) {
	w.Uvarint(uint64(len(b)))
	w.put(b)
}

// String appends s as Bytes does.
func (w *Writer) String(s string) {
	w.Uvarint(uint64(len(s)))
	if w.err == nil {
		_, w.err = w.w.WriteString(s)
	}
}

// Flush writes what is buffered and returns the first error of all.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.err
}

func (w *Writer) put(b []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
	}
}

// Reader reads a snapshot. After an error every value is zero. Memory grows only with bytes that are really there, so
// a hostile length costs nothing.
type Reader struct {
	r   *bufio.Reader
	err error
	buf [8]byte
}

// NewReader reads from r through a buffer: it may take more from r than it hands out.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Err returns the first error, nil while all is well.
func (r *Reader) Err() error { return r.err }

// Fail records a caller's own objection, unless there was an error before.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrSnapshot, fmt.Sprintf(format, args...))
	}
}

// End objects to bytes behind the last value and returns the first error of all.
func (r *Reader) End() error {
	if r.err == nil {
		if _, err := r.r.ReadByte(); err != io.EOF {
			r.Fail("bytes behind the end")
		}
	}
	return r.err
}

// Uvarint reads what Writer.Uvarint wrote.
func (r *Reader) Uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(r.r)
	r.check(err)
	return v
}

// Count reads a Uvarint that must not exceed most.
func (r *Reader) Count(most int) int {
	v := r.Uvarint()
	if v > uint64(most) {
		r.Fail("count of %d, at most %d can be", v, most)
		return 0
	}
	return int(v)
}

// Varint reads what Writer.Varint wrote.
func (r *Reader) Varint() int64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(r.r)
	r.check(err)
	return v
}

// U64 reads eight bytes.
func (r *Reader) U64() uint64 {
	if !r.fill(8) {
		return 0
	}
	return binary.LittleEndian.Uint64(r.buf[:])
}

// U32 reads four bytes.
func (r *Reader) U32() uint32 {
	if !r.fill(4) {
		return 0
	}
	return binary.LittleEndian.Uint32(r.buf[:])
}

// F64 reads a float.
func (r *Reader) F64() float64 { return math.Float64frombits(r.U64()) }

// F32 reads a float.
func (r *Reader) F32() float32 { return math.Float32frombits(r.U32()) }

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if !r.fill(1) {
		return 0
	}
	return r.buf[0]
}

// Bool reads one byte that must be 0 or 1.
func (r *Reader) Bool() bool {
	b := r.Byte()
	if b > 1 {
		r.Fail("truth value %d", b)
	}
	return b == 1
}

// Bytes reads a byte string of at most most bytes into dst's memory and returns it.
func (r *Reader) Bytes(dst []byte, most int) []byte {
	return r.Raw(dst, r.Count(most))
}

// Raw reads n bytes into dst's memory and returns them, nil after an error.
func (r *Reader) Raw(dst []byte, n int) []byte {
	dst = dst[:0]
	const step = 64 << 10
	for len(dst) < n && r.err == nil {
		from := len(dst)
		dst = append(dst, make([]byte, min(step, n-from))...)
		_, err := io.ReadFull(r.r, dst[from:])
		r.check(err)
	}
	if r.err != nil {
		return nil
	}
	return dst
}

// String reads a string of at most most bytes.
func (r *Reader) String(most int) string { return string(r.Bytes(nil, most)) }

func (r *Reader) fill(n int) bool {
	if r.err != nil {
		return false
	}
	_, err := io.ReadFull(r.r, r.buf[:n])
	r.check(err)
	return r.err == nil
}

func (r *Reader) check(err error) {
	if err != nil && r.err == nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		r.err = fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
}
