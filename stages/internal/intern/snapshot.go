package intern

import (
	"fmt"
	"io"

	"eddy/stages/internal/snap"
)

// maxRefs bounds what a snapshot may claim: above it a ref would not fit a slot.
const maxRefs = 1<<32 - 4

// Save writes the table's keys and the order in which refs will be re-used. Tables that behave the same write the same.
func (t *Table) Save(w *snap.Writer) {
	w.Uvarint(uint64(t.entries.Len()))
	for ref := range uint32(t.entries.Len()) {
		if key := t.Key(ref); key != nil {
			w.Uvarint(uint64(len(key)) + 1)
			_, _ = w.Write(key) // the writer remembers its error
		} else {
			w.Uvarint(0)
		}
	}
	for _, ref := range t.free {
		w.Uvarint(uint64(ref))
	}
}

// Load fills an empty table with what Save wrote. After an error, which r keeps, the table is unusable.
func (t *Table) Load(r *snap.Reader) {
	n := r.Count(maxRefs)
	free := 0
	var key []byte
	for ref := 0; ref < n && r.Err() == nil; ref++ {
		length := r.Count(MaxKey + 1)
		if length == 0 {
			t.entries.Append(entry{span: Span{length: freeEntry}})
			free++
			continue
		}
		key = r.Raw(key, length-1)
		if _, ok := t.Lookup(key); ok {
			r.Fail("key %d is there twice", ref)
		}
		if r.Err() == nil {
			e := entry{span: t.arena.Put(key), hash: fingerprint(key)}
			t.index.insert(e.hash, t.entries.Append(e))
		}
	}
	t.loadFree(r, free)
	t.last = 0
}

// loadFree reads the free list, which must name every free entry once.
func (t *Table) loadFree(r *snap.Reader, n int) {
	seen := make(map[uint32]bool, min(n, 1024))
	for len(t.free) < n && r.Err() == nil {
		ref := uint32(r.Count(maxRefs))
		if int(ref) >= t.entries.Len() || t.Key(ref) != nil || seen[ref] {
			r.Fail("free list names %d, which is not free", ref)
			return
		}
		seen[ref] = true
		t.free = append(t.free, ref)
	}
}

// WriteTo writes the table by itself; see Save.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	c := &counter{w: w}
	s := snap.NewWriter(c)
	t.Save(s)
	err := s.Flush()
	return c.n, err
}

// ReadFrom fills an empty table from r, which must hold what WriteTo wrote and no more.
func (t *Table) ReadFrom(r io.Reader) (int64, error) {
	if t.Cap() > 0 {
		return 0, fmt.Errorf("intern: ReadFrom into a table that is in use")
	}
	c := &counter{r: r}
	s := snap.NewReader(c)
	t.Load(s)
	return c.n, s.End()
}

// counter counts the bytes that pass.
type counter struct {
	w io.Writer
	r io.Reader
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}
