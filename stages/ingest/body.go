package ingest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"

	"github.com/golang/snappy"
)

const (
	firstRead   = 64 << 10  // bytes of memory for a body of unknown size, to begin with
	keepWire    = 256 << 10 // bytes kept for the next body as it comes; slow senders hold them for long
	keepDecoded = 4 << 20   // bytes kept for the next body once decompressed
)

// read reads the whole body of a request, and no more than the limit.
func (b *buffer) read(r *http.Request, limit int) error {
	tooLarge := &Error{Status: http.StatusRequestEntityTooLarge,
		Text: fmt.Sprintf("request body of more than %d bytes (max_body_bytes)", limit)}
	if r.ContentLength > int64(limit) {
		return tooLarge
	}
	size := firstRead
	if r.ContentLength >= 0 {
		// One more, so that the end is seen without growing. Memory for more is taken when bytes have come, not promises.
		size = int(min(r.ContentLength+1, keepWire))
	}
	for {
		if err := b.room(size); err != nil {
			return err
		}
		for len(b.b) < size {
			n, err := r.Body.Read(b.b[len(b.b):size])
			b.b = b.b[:len(b.b)+n]
			if len(b.b) > limit {
				return tooLarge
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return bodyError(r, err)
			}
		}
		size = min(2*size, limit+1)
	}
}

// bodyError is the answer to a request whose body could not be read to its end. That says nothing against what it holds:
// the sender was too slow or has left, or the fault is here, and it may send it again.
func bodyError(r *http.Request, err error) error {
	status := http.StatusServiceUnavailable
	late := errors.Is(err, os.ErrDeadlineExceeded)
	gone := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || r.Context().Err() != nil
	if late || gone {
		status = http.StatusRequestTimeout
	}
	return &Error{Status: status, Text: "request body could not be read to its end: " + clip(err.Error(), 100)}
}

// decode decompresses a body. The size is checked in its header, before memory is taken for it.
func (b *buffer) decode(wire []byte, limit int) error {
	n, err := snappy.DecodedLen(wire)
	if err != nil {
		return badRequest("body is not in snappy's block format")
	}
	if n > limit {
		return badRequest("request of %d bytes once decompressed, the limit is %d (max_decoded_bytes)", n, limit)
	}
	if n > maxRatio*len(wire) {
		return badRequest("body is not in snappy's block format: %d bytes cannot hold %d", len(wire), n)
	}
	if err := b.room(n); err != nil {
		return err
	}
	if b.b, err = snappy.Decode(b.b[:cap(b.b)], wire); err != nil {
		return badRequest("body is not in snappy's block format")
	}
	return nil
}

// maxRatio is above what snappy can compress: its longest copy is 64 bytes in 3.
const maxRatio = 64
