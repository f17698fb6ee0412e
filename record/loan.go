package record

// Buffer lends space for input: at least the rest of the present record, up to four full ones if the transport fills what it is
// lent. Commit ends the loan; until then no other call on r. It lends nothing only when four full records are waiting.
func (r *Reader) Buffer() []byte {
	s := &r.store
	n := s.held()
	need := r.missing()
	free := s.free()
	cramped := r.big && n < maxRecord && len(free) < maxRecord // the rest of one record for who would bring four
	if len(free) >= need && !cramped {
		return free
	}
	if n+need > maxPending {
		// There is a whole record, which can be read first, or less than one and a large content still held.
		if n >= maxPending {
			return nil
		}
		need = maxPending - n
	}
	size := maxRecord
	if r.big {
		size = min(4*(HeaderSize+MaxPlaintext+1+int(r.overhead)), maxPending)
	}
	// What is in the store will stand in front of what comes, if enough comes; Commit decides.
	r.loan, r.hole = takeBlock(max(size, n+need)), n
	return r.loan.b[n:]
}

// missing is how many bytes the present record lacks; one that has no header yet may be a full one.
func (r *Reader) missing() int {
	h, ok, _ := r.Header()
	if !ok {
		return maxRecord - min(r.Buffered(), HeaderSize)
	}
	if lack := HeaderSize + h.Length - r.Buffered(); lack > 0 {
		return lack
	}
	return 1
}

// Commit says that the first n bytes of the loan now hold input, and ends the loan. With 0 the space goes back unused; a negative
// n, which is how a system call that failed reports its count, is 0 too.
func (r *Reader) Commit(n int) {
	n = max(n, 0)
	s := &r.store
	if r.loan == nil {
		s.end += n
		s.settle()
		return
	}
	loan, hole := r.loan, r.hole
	r.loan, r.hole = nil, 0
	if n > 0 { // who finds nothing has learnt nothing about how much there will be
		r.big = n == len(loan.b)-hole || r.big && hole+n > len(loan.b)/2
	}
	if hole+n < loan.least {
		// Too little for such a block: a copy of n bytes now keeps many small loans linear.
		s.add(loan.b[hole : hole+n])
		loan.give()
		return
	}
	s.move(loan)
	s.end += n
}
