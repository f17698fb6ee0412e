package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"tlsengine/engine"
	"tlsengine/record"
)

// tap is a connection that notes what somebody on the line could note: the headers of records, which are in the clear.
type tap struct {
	net.Conn

	mu      sync.Mutex
	streams [2]framing // by engine.Direction
	seen    []wireRecord
}

// wireRecord is what a record shows to everybody.
type wireRecord struct {
	d    engine.Direction
	t    record.ContentType
	size int // on the wire, header included
}

// framing finds the headers in one direction's bytes.
type framing struct {
	header [record.HeaderSize]byte
	have   int // bytes of header
	skip   int // bytes of payload that are still to come
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.note(engine.Inbound, p[:n])
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.note(engine.Outbound, p[:n])
	return n, err
}

// CloseWrite closes the sending direction, as that of the connection below.
func (t *tap) CloseWrite() error {
	if c, ok := t.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

func (t *tap) note(d engine.Direction, p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := &t.streams[d]
	for len(p) > 0 {
		if f.skip > 0 {
			n := min(f.skip, len(p))
			f.skip -= n
			p = p[n:]
			continue
		}
		n := copy(f.header[f.have:], p)
		f.have += n
		p = p[n:]
		if f.have == len(f.header) {
			f.have, f.skip = 0, int(binary.BigEndian.Uint16(f.header[3:]))
			t.seen = append(t.seen, wireRecord{d, record.ContentType(f.header[0]), len(f.header) + f.skip})
		}
	}
}

// records returns what was seen so far.
func (t *tap) records() []wireRecord {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]wireRecord(nil), t.seen...)
}

// drawRecords draws what a client's tap has seen, a row for each record, and the sums.
func drawRecords(w io.Writer, seen []wireRecord) error {
	var b strings.Builder
	var sums [2]int
	told := map[record.ContentType]bool{} // each is explained once
	for _, r := range seen {
		way := "server ─▶ client"
		if r.d == engine.Outbound {
			way = "client ─▶ server"
		}
		note := recordNotes[r.t]
		if told[r.t] {
			note = ""
		}
		told[r.t] = true
		b.WriteString(strings.TrimRight(fmt.Sprintf("    %s   %-18s  %7d  %s", way, r.t, r.size, note), " ") + "\n")
		sums[r.d] += r.size
	}
	fmt.Fprintf(&b, "    in all             client's %d, server's %d bytes\n", sums[engine.Outbound], sums[engine.Inbound])
	_, err := io.WriteString(w, b.String())
	return err
}
