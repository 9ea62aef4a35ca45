package ingest

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/golang/snappy"
)

// body holds a request as it came and decompressed. Whatever memory it takes is reserved from the budget first.
type body struct {
	g        *Gateway
	wire     []byte
	decoded  []byte
	reserved int
}

const (
	firstRead   = 64 << 10 // bytes of memory for a body of unknown size, to begin with
	keepBody    = 4 << 20  // bytes kept for the next request
	errBodyText = "too many bytes of requests are being worked on (max_inflight_bytes); try again"
)

func (g *Gateway) newBody() *body {
	if b, ok := g.bodies.Get().(*body); ok {
		return b
	}
	return &body{g: g}
}

// release gives memory and reservation back; what Push was given must not be used any more.
func (b *body) release() {
	b.g.budget.give(b.reserved)
	b.reserved = 0
	b.wire, b.decoded = b.wire[:0], b.decoded[:0]
	if cap(b.wire) > keepBody {
		b.wire = nil
	}
	if cap(b.decoded) > keepBody {
		b.decoded = nil
	}
	b.g.bodies.Put(b)
}

func (b *body) reserve(n int) error {
	if !b.g.budget.take(n) {
		return overloaded(errBodyText)
	}
	b.reserved += n
	return nil
}

// read reads the whole body of a request, and no more than the limit.
func (b *body) read(r *http.Request) error {
	limit := b.g.cfg.MaxBodyBytes
	tooLarge := &Error{Status: http.StatusRequestEntityTooLarge,
		Text: fmt.Sprintf("request body of more than %d bytes (max_body_bytes)", limit)}
	if r.ContentLength > int64(limit) {
		return tooLarge
	}
	size := firstRead
	if r.ContentLength >= 0 {
		// One more, so that the end is seen without growing. Memory for more is taken when bytes have come, not promises.
		size = int(min(r.ContentLength+1, firstRead*16))
	}
	b.wire = b.wire[:0]
	for {
		if err := b.grow(size); err != nil {
			return err
		}
		for len(b.wire) < size {
			n, err := r.Body.Read(b.wire[len(b.wire):size])
			b.wire = b.wire[:len(b.wire)+n]
			if len(b.wire) > limit {
				return tooLarge
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return badRequest("request body ended early: %s", clip(err.Error(), 100))
			}
		}
		size = min(2*size, limit+1)
	}
}

// grow makes room for size bytes in all.
func (b *body) grow(size int) error {
	if err := b.reserve(size - min(b.reserved, size)); err != nil {
		return err
	}
	if cap(b.wire) < size {
		b.wire = append(make([]byte, 0, size), b.wire...)
	}
	return nil
}

// decode decompresses the body. The size is checked in its header, before memory is taken for it.
func (b *body) decode() ([]byte, error) {
	n, err := snappy.DecodedLen(b.wire)
	if err != nil {
		return nil, badRequest("body is not in snappy's block format")
	}
	if n > b.g.cfg.MaxDecodedBytes {
		return nil, badRequest("request of %d bytes once decompressed, the limit is %d (max_decoded_bytes)", n, b.g.cfg.MaxDecodedBytes)
	}
	if n > maxRatio*len(b.wire) {
		return nil, badRequest("body is not in snappy's block format: %d bytes cannot hold %d", len(b.wire), n)
	}
	if err := b.reserve(n); err != nil {
		return nil, err
	}
	if cap(b.decoded) < n {
		b.decoded = make([]byte, n)
	}
	if b.decoded, err = snappy.Decode(b.decoded[:cap(b.decoded)], b.wire); err != nil {
		return nil, badRequest("body is not in snappy's block format")
	}
	return b.decoded, nil
}

// maxRatio is above what snappy can compress: its longest copy is 64 bytes in 3.
const maxRatio = 64
