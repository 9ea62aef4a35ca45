package ingest

import "sync"

// buffer is one of the two forms of a request's body, as it came or decompressed, in memory out of the budget.
type buffer struct {
	mem loan
	b   []byte
}

// borrow returns an empty buffer of a pool.
func (g *Gateway) borrow(pool *sync.Pool) *buffer {
	b, ok := pool.Get().(*buffer)
	if !ok {
		b = &buffer{mem: loan{from: &g.budget}}
	}
	b.b = adopt(&b.mem, b.b)
	return b
}

// giveBack ends the use of a buffer and of what aliases it.
func (g *Gateway) giveBack(pool *sync.Pool, b *buffer, most int) {
	b.b = kept(b.b, most)
	b.mem.repay()
	pool.Put(b)
}

// room makes room for size bytes in all.
func (b *buffer) room(size int) (err error) {
	b.b, err = grow(&b.mem, b.b, size-len(b.b))
	return err
}
