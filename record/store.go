package record

// store is a Reader's memory: a block that is at most 64 bytes more than twice what is in it, or none. So a Reader that holds
// nothing is a pointer to nothing.
type store struct {
	*block // nil if nothing is held
}

// window says where in a store's block things are: what is left of an opened record, then the input that was not processed.
//
//	b  | .. | content | .. | input | free |
//	        lo        hi   at      end
//
// Only the first bytes, as many as are dirty, have held plaintext. They are cleared before the block goes to its pool.
type window struct {
	lo, hi  int
	at, end int
	dirty   int
}

// slack is how many bytes a store may be larger than twice what is in it.
const slack = 64

// held is how many bytes are in the store.
func (s *store) held() int {
	if s.block == nil {
		return 0
	}
	return s.hi - s.lo + s.end - s.at
}

// input is the input that was not processed.
func (s *store) input() []byte {
	if s.block == nil {
		return nil
	}
	return s.b[s.at:s.end]
}

// content is what is left of an opened record.
func (s *store) content() []byte {
	if s.block == nil {
		return nil
	}
	return s.b[s.lo:s.hi:s.hi]
}

// free is the room behind the input.
func (s *store) free() []byte {
	if s.block == nil {
		return nil
	}
	return s.b[s.end:]
}

// misfits tells whether the store is larger than it may be for what is in it.
func (s *store) misfits() bool {
	b := s.block
	return b != nil && b.hi-b.lo+b.end-b.at < b.least
}

// settle makes the store fit what is in it.
func (s *store) settle() {
	if s.misfits() {
		s.shrink()
	}
}

// shrink takes the smallest block that will do, none for nothing.
func (s *store) shrink() {
	if n := s.held(); n > 0 {
		s.move(takeBlock(n))
		return
	}
	s.release()
}

// release empties the store and gives its block back.
func (s *store) release() {
	if s.block == nil {
		return
	}
	b := s.block
	if b.dirty > 0 {
		clear(b.b[:b.dirty])
	}
	b.window = window{}
	b.give()
	s.block = nil
}

// move takes what is in the store into another block.
func (s *store) move(to *block) {
	n, content := s.copyTo(to.b), len(s.content())
	s.release()
	s.block = to
	s.window = window{hi: content, at: content, end: n, dirty: content}
}

// copyTo copies what is in the store to the beginning of dst.
func (s *store) copyTo(dst []byte) int {
	n := copy(dst, s.content())
	return n + copy(dst[n:], s.input())
}

// compact moves what is in the store to its beginning.
func (s *store) compact() {
	n := s.copyTo(s.b) // both parts move down, the first one first
	content := s.hi - s.lo
	s.lo, s.hi, s.at, s.end = 0, content, content, n // dirty reaches as far as content did, which is further
}

// add appends p, or as much of it as keeps the store within maxPending, and returns how much.
func (s *store) add(p []byte) int {
	n := s.held()
	p = p[:min(len(p), max(0, maxPending-n))]
	if len(p) == 0 {
		return 0
	}
	if len(s.free()) < len(p) {
		if s.block != nil && n+len(p) <= len(s.b) {
			s.compact()
		} else {
			s.move(takeBlock(n + len(p)))
		}
	}
	s.end += copy(s.free(), p)
	return len(p)
}

// open marks b, which reaches to the end of the block's memory, as the content of an opened record.
func (s *store) open(b []byte) {
	s.lo = len(s.b) - cap(b)
	s.hi = s.lo + len(b)
	s.soil(s.hi) // what stands behind the content is padding, or ciphertext
}

// put is open for content that lies outside of the store.
func (s *store) put(content []byte) {
	s.drop()
	to := takeBlock(len(content) + s.held())
	n := copy(to.b, content)
	end := n + copy(to.b[n:], s.input())
	s.release()
	s.block = to
	s.window = window{hi: n, at: n, end: end, dirty: n}
}

// soil notes that bytes in front of end hold plaintext.
func (s *store) soil(end int) { s.dirty = max(s.dirty, end) }

// drop forgets the opened content.
func (s *store) drop() {
	if s.block != nil {
		s.lo, s.hi = s.at, s.at
	}
}

// footprint is the memory that the store holds, in bytes, the block's own few words left aside.
func (s *store) footprint() int {
	if s.block == nil {
		return 0
	}
	return len(s.b)
}

// cloneTo makes t a copy that shares nothing.
func (s *store) cloneTo(t *store) {
	t.block = nil
	if n := s.held(); n > 0 {
		c := store{takeBlock(n)}
		content := len(s.content())
		c.window = window{hi: content, at: content, end: s.copyTo(c.b), dirty: content}
		t.block = c.block
	}
}
