package record

// smallSize is how many bytes a Reader keeps inside itself: the most that an idle connection may hold.
const smallSize = 64

// store is a Reader's memory: what is left of an opened record, then the input that was not processed.
//
//	data  | .. | content | .. | input | free |
//	           lo        hi   at      end
//
// It lies in the small array, or in a block that is at most 64 bytes more than twice what is in it, or nowhere. Bytes between
// dirtyLo and dirtyHi have held plaintext and are cleared before the block goes to its pool.
type store struct {
	data             []byte
	block            *block // nil if data is nil or the small array
	lo, hi           int
	at, end          int
	dirtyLo, dirtyHi int
	small            [smallSize]byte
}

// held is how many bytes are in the store.
func (s *store) held() int { return s.hi - s.lo + s.end - s.at }

// settle makes the store fit what is in it.
func (s *store) settle() {
	n := s.held()
	if n == 0 {
		if s.end != 0 {
			s.release()
		}
		return
	}
	if len(s.data) > 2*n+smallSize {
		s.move(takeStore(n))
	}
}

// release empties the store and gives its block back.
func (s *store) release() {
	clear(s.data[s.dirtyLo:s.dirtyHi])
	if s.block != nil {
		s.block.give()
	}
	s.block, s.data = nil, nil
	s.lo, s.hi, s.at, s.end, s.dirtyLo, s.dirtyHi = 0, 0, 0, 0, 0, 0
}

// takeStore returns a block for n bytes, nil if they fit the small array.
func takeStore(n int) *block {
	if n <= smallSize {
		return nil
	}
	return takeBlock(n)
}

// move takes what is in the store into another block, the small array if it is nil. The two are never the same.
func (s *store) move(to *block) {
	dst := s.small[:]
	if to != nil {
		dst = to.b
	}
	n := s.copyTo(dst)
	content := s.hi - s.lo
	s.release()
	s.block, s.data = to, dst
	s.hi, s.at, s.end, s.dirtyHi = content, content, n, content
}

// copyTo copies what is in the store to the beginning of dst.
func (s *store) copyTo(dst []byte) int {
	n := copy(dst, s.data[s.lo:s.hi])
	return n + copy(dst[n:], s.data[s.at:s.end])
}

// compact moves what is in the store to its beginning.
func (s *store) compact() {
	n := s.copyTo(s.data) // both parts move down, the first one first
	content := s.hi - s.lo
	s.lo, s.hi, s.at, s.end, s.dirtyLo = 0, content, content, n, 0
	s.dirtyHi = max(s.dirtyHi, content)
}

// add appends p, or as much of it as keeps the store within maxPending, and returns how much.
func (s *store) add(p []byte) int {
	n := s.held()
	p = p[:min(len(p), max(0, maxPending-n))]
	if len(p) == 0 {
		return 0
	}
	if s.data == nil {
		s.block, s.data = takeStore(len(p)), s.small[:]
		if s.block != nil {
			s.data = s.block.b
		}
	}
	if len(s.data)-s.end < len(p) {
		if n+len(p) <= len(s.data) {
			s.compact()
		} else {
			s.move(takeBlock(n + len(p)))
		}
	}
	copy(s.data[s.end:], p)
	s.end += len(p)
	return len(p)
}

// open marks b, a part of data, as the content of an opened record that reaches to next.
func (s *store) open(b []byte, next int) {
	s.at = next
	if len(b) == 0 {
		s.lo, s.hi = next, next
		return
	}
	s.lo = cap(s.data) - cap(b)
	s.hi = s.lo + len(b)
	s.soil(s.lo, s.hi) // what stands behind the content is padding, or ciphertext
}

// soil notes that the bytes from lo to hi hold plaintext.
func (s *store) soil(lo, hi int) {
	if s.dirtyHi == s.dirtyLo {
		s.dirtyLo = lo
	}
	s.dirtyLo, s.dirtyHi = min(s.dirtyLo, lo), max(s.dirtyHi, hi)
}

// drop forgets the opened content.
func (s *store) drop() { s.lo, s.hi = s.at, s.at }

// cloneTo makes t a copy that shares nothing.
func (s *store) cloneTo(t *store) {
	*t = store{}
	n := s.held()
	if n == 0 {
		return
	}
	t.block, t.data = takeStore(n), t.small[:]
	if t.block != nil {
		t.data = t.block.b
	}
	s.copyTo(t.data)
	content := s.hi - s.lo
	t.hi, t.at, t.end, t.dirtyHi = content, content, n, content
}
