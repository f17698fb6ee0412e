package sslsock

// This file is about connections that wait for long.

// SleepWhileReading tells what SetSleepWhileReading chose.
func (c *Context) SleepWhileReading() bool { return c.current().sleepWhileReading }

// SetSleepWhileReading chooses whether a Read that has to wait for the peer puts its connection to sleep first, as Sleep
// does, on transports that are TCP or Unix sockets. For a server of many connections that are mostly idle this saves more
// than half of their memory, for the price of making the cipher states again each time that a reader has waited: about a
// microsecond, and 2.5 KiB of garbage, for AES-GCM. The default is false: a Read that waits costs nothing more.
func (c *Context) SetSleepWhileReading(on bool) {
	c.change(func(s *settings) { s.sleepWhileReading = on })
}

// Sleep drops what an idle connection can make again from its keys, above all the cipher states: 2.5 KiB with AES-GCM. The next
// record in a direction makes it again. It reports whether it did: not during the handshake, nor while something has come
// that nobody has read or waits to be sent, nor while another goroutine is reading or writing.
func (s *Socket) Sleep() bool {
	if s.enter() != nil {
		return false
	}
	defer s.leave()
	if !s.ready.Load() || !s.reading.TryLock() {
		return false
	}
	defer s.reading.Unlock()
	return s.sleepInTurn()
}

// doze puts the connection to sleep for a reader who is about to wait, where that was chosen. It needs the reading turn.
func (s *Socket) doze() {
	if s.sleeps && s.ready.Load() {
		s.sleepInTurn()
	}
}

// sleepInTurn puts the connection to sleep unless somebody writes. It needs the reading turn. What it would be in the way of is
// settled already: only the reader makes the inbound half owe anything.
func (s *Socket) sleepInTurn() bool {
	if !s.writing.TryLock() {
		return false
	}
	defer s.writing.Unlock()
	return s.conn.Sleep()
}
