package ingest

// rewriter writes series in 1.0 form, each of them in one piece of memory. Finished series stay where they are, for
// items alias them: what does not fit any more begins a new piece.
type rewriter struct {
	mem   *loan
	b     []byte // the piece being filled
	start int    // where the current series begins in b
	rest  int    // where its labels end
	end   int    // how far b may be filled
	limit int    // bytes in all pieces
	full  int    // bytes of finished series in the pieces before b
}

const leastPiece = 16 << 10

// begin starts a request of at most so many bytes in 1.0 form, in the memory that was kept of the last.
func (w *rewriter) begin(mem *loan, limit int) {
	*w = rewriter{mem: mem, b: adopt(mem, w.b), limit: limit}
	w.end = min(cap(w.b), limit)
}

func (w *rewriter) reset() { *w = rewriter{b: kept(w.b, keepScratch)} }

// room makes sure that n more bytes can be appended to b.
func (w *rewriter) room(n int) error {
	if len(w.b)+n <= w.end {
		return nil
	}
	return w.more(n)
}

func (w *rewriter) more(n int) error {
	current := len(w.b) - w.start
	left := w.limit - w.full - w.start // bytes for the current series and all that follow
	if current+n > left {
		return badRequest("request of more than %d bytes in 1.0 form (max_decoded_bytes); send smaller requests", w.limit)
	}
	// Pieces double, so there are few of them; a series that outgrows its piece doubles it, so it moves a few times only.
	size := min(max(2*current, min(2*cap(w.b), keepScratch), leastPiece), left)
	size = max(size, current+n)
	if err := w.mem.take(size); err != nil {
		return err
	}
	w.b = append(make([]byte, 0, size), w.b[w.start:]...)
	w.full += w.start
	w.rest -= w.start
	w.start, w.end = 0, size
	return nil
}

// series begins a series; labels end where rest is set.
func (w *rewriter) series() { w.start, w.rest = len(w.b), len(w.b) }

// labelled says that what was written of the series so far are its labels.
func (w *rewriter) labelled() { w.rest = len(w.b) }

// key is the current series' labels.
func (w *rewriter) key() []byte { return w.b[w.start:w.rest:w.rest] }

// item completes the series.
func (w *rewriter) item(it item) item {
	it.key = w.key()
	it.rest = w.b[w.rest:len(w.b):len(w.b)]
	it.one = it.has == Written{Samples: 1}
	w.series()
	return it
}

// drop leaves the current series out.
func (w *rewriter) drop() { w.b = w.b[:w.start] }

// field appends a length-delimited field with a number below 16.
func (w *rewriter) field(num uint32, content []byte) error {
	if err := w.room(1 + maxLengthBytes + len(content)); err != nil {
		return err
	}
	w.b = appendBytes(w.b, num, content)
	return nil
}

// maxLengthBytes is the longest length prefix of anything in a request.
const maxLengthBytes = 5
