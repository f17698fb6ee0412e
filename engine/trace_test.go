package engine

import (
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// TestTraceSeesEveryRecord compares what the trace of each end is told of with the records on the wire.
func TestTraceSeesEveryRecord(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		t.Run(v.String(), func(t *testing.T) {
			pki := newTestPKI(t)
			var wire, client, server [2][]string // by direction, seen from the client
			note := func(to *[2][]string, flip Direction) *Trace {
				return &Trace{Record: func(d Direction, ct record.ContentType, n int) {
					to[d^flip] = append(to[d^flip], fmt.Sprint(ct, " ", n))
				}}
			}
			cc, sc := pki.clientConfig(), pki.serverConfig()
			cc.MinVersion, cc.MaxVersion = v, v
			cc.Trace, sc.Trace = note(&client, 0), note(&server, 1)
			c, s := pair(t, cc, sc)
			tap := func(from, to *Conn, d Direction) bool {
				for out := from.Outgoing(); len(out) > 0; {
					n := int(out[3])<<8 | int(out[4])
					wire[d] = append(wire[d], fmt.Sprint(record.ContentType(out[0]), " ", n))
					out = out[5+n:]
				}
				return move(from, to)
			}
			buf := make([]byte, 1<<15)
			run := func() {
				for tap(c, s, Outbound) || tap(s, c, Inbound) {
					for c.Read(buf) > 0 || s.Read(buf) > 0 {
					}
				}
			}
			run()
			c.Write(make([]byte, 40000))
			run()
			s.UpdateKeys(true)
			s.Write([]byte("x"))
			run()
			c.CloseWrite()
			run()
			s.CloseWrite()
			run()
			for _, d := range []Direction{Inbound, Outbound} {
				if !slices.Equal(client[d], wire[d]) || !slices.Equal(server[d], wire[d]) {
					t.Errorf("%v of the client\non the wire     %q\nclient's trace  %q\nserver's trace  %q", d, wire[d], client[d], server[d])
				}
			}
		})
	}
}
