package stream

// advance takes note of how far the stage before had come when it wrote a message: everything it had to say up to that
// root has been read. So a stage that is rarely told anything, as one of events is in quiet times, has seen what it has
// been spared, and its snapshots do not fall behind those of the stage before. Messages without a stamp say nothing.
func (w *work) advance(m Message) {
	if s, err := readStamp(m); err == nil {
		w.seen = max(w.seen, s.at.root)
	}
}
