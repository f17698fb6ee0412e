package sslsock

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"
)

// S-004: a Socket is what a net.Conn should be, over any transport and in both versions. The handshake is done before:
// one that runs within a Write needs the read deadline too, which nettest lets pass to show that it does not matter.
func TestSocketPassesNettest(t *testing.T) {
	for name, w := range wires {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			t.Run(name+"/"+v.String(), func(t *testing.T) {
				t.Parallel()
				nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
					client := clientContext(t)
					if err := client.SetMaximumVersion(v); err != nil {
						return nil, nil, nil, err
					}
					c, s := pair(t, w, client, serverContext(t))
					return c, s, func() { hangUp(c, s) }, nil
				})
			})
		}
	}
}
