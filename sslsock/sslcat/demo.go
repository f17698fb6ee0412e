package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

var demoCommand = command{
	name:    "demo",
	summary: "shows a whole connection: certificates, messages, what was agreed on, what the line sees",
	about: "Makes a certificate authority and a server's certificate in memory, serves and fetches a page over TCP on a loopback\n" +
		"port, and shows what happened.",
	define: func(*flag.FlagSet) action { return demo },
}

// demoHost is the name that the demo's server has in its certificate. It is never looked up.
const demoHost = "server.example"

// demoTime is longer than a demo ever takes.
const demoTime = 20 * time.Second

const introduction = `
TLS in one picture: client and server agree on keys in the open, the server proves who it is, and from then on nobody
on the line can read or change what they say. Here both ends run in this program, over TCP on a loopback port.
`

const keysLegend = `  keys  handshake    made of both key shares and both hellos: who only listens can't make them
        application  made of those and of all messages up to the server's Finished

`

// stage is where a demo takes place: both ends' settings, and what is seen of them.
type stage struct {
	ca             *authority
	server, client *sslsock.Context
	ladder         *ladder
	offer          *handshake.ClientHelloInfo // as the server got it
}

// demo runs the demo, whose parts print what they did.
func demo(ctx context.Context, std stdio, args []string) error {
	if len(args) > 0 {
		return misused("demo", "demo takes no arguments")
	}
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	fmt.Fprint(std.out, introduction)
	st, err := setStage(std.out)
	if err != nil {
		return err
	}
	return st.play(ctx, std.out)
}

// chapter prints a heading.
func chapter(w io.Writer, number int, title string) {
	fmt.Fprintf(w, "\n%d. %s\n\n", number, title)
}

// setStage makes certificates and settings.
func setStage(w io.Writer) (*stage, error) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	t := localhost()
	t.DNSNames = []string{demoHost}
	id, err := ca.newIdentity(t, x509lite.KeyP256)
	if err != nil {
		return nil, err
	}
	st := &stage{ca: ca, ladder: newLadder(w, handshake.ClientRole, "")}
	if err := st.setServer(id); err != nil {
		return nil, err
	}
	if err := st.setClient(); err != nil {
		return nil, err
	}
	chapter(w, 1, "An authority and a certificate, made in memory. The client trusts nobody but the authority.")
	return st, printFacts(w, []fact{
		{"authority", fmt.Sprintf("%v, self-signed, %d bytes", ca.root.Subject(), len(ca.root.Raw()))},
		{"certificate", fmt.Sprintf("for %s, ECDSA P-256, %d bytes", demoHost, len(id.certificate.Raw()))},
		{"valid", validity(id.certificate)},
	})
}

var demoProtocols = []string{"http/1.1"}

func (st *stage) setServer(id identity) (err error) {
	if st.server, err = sslsock.CreateDefaultContext(sslsock.PurposeClientAuth); err != nil {
		return err
	}
	if err := id.load(st.server); err != nil {
		return err
	}
	st.server.SetTrace(&engine.Trace{Operation: func(op handshake.Operation) {
		if o, ok := op.(*handshake.SelectContext); ok {
			st.offer = o.Hello()
		}
	}})
	return st.server.SetALPNProtocols(demoProtocols)
}

func (st *stage) setClient() (err error) {
	st.client, err = sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(st.ca.root.Raw()))
	if err != nil {
		return err
	}
	st.client.SetTrace(st.ladder.trace())
	return st.client.SetALPNProtocols(demoProtocols)
}

// play serves and fetches a page, and shows it.
func (st *stage) play(ctx context.Context, w io.Writer) error {
	l, err := sslsock.Listen("tcp", "127.0.0.1:0", st.server)
	if err != nil {
		return err
	}
	var served error
	var serving sync.WaitGroup
	serving.Go(func() { served = serveOne(ctx, l) })
	fetched := st.fetch(ctx, l.Addr().String(), w)
	_ = l.Close() // a server that got no connection must not wait for one
	serving.Wait()
	if fetched != nil {
		return fmt.Errorf("the demo's client: %s", explain(fetched, handshake.ClientRole))
	}
	if served != nil {
		return fmt.Errorf("the demo's server: %s", explain(served, handshake.ServerRole))
	}
	return nil
}

// serveOne answers one connection with the status page.
func serveOne(ctx context.Context, l *sslsock.Listener) error {
	s, err := l.AcceptTLS()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.HandshakeContext(ctx); err != nil {
		return err
	}
	if _, err := (&httpService{statusPage{}}).serve(s, s.HandshakeInfo()); err != nil {
		return err
	}
	finish(s)
	return nil
}

// fetch connects, fetches the page, and tells about all of it.
func (st *stage) fetch(ctx context.Context, address string, w io.Writer) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	chapter(w, 2, "The messages, as they happen. A double line is encrypted.")
	fmt.Fprint(w, keysLegend)
	line := &tap{Conn: conn}
	s, err := st.client.WrapSocket(line, sslsock.WithServerHostname(demoHost))
	if err != nil {
		return err
	}
	defer s.Close()
	page, err := st.get(s)
	if err != nil {
		return err
	}

	chapter(w, 3, "What they agreed on (* the client sent a key share along).")
	if err := printOffers(w, st.offer, s.HandshakeInfo()); err != nil {
		return err
	}
	chapter(w, 4, "What somebody on the line saw: records, each with 5 bytes of header; after the hellos, only how long they are.")
	if err := drawRecords(w, line.records()); err != nil {
		return err
	}
	chapter(w, 5, "The page that came through it, written by the server:")
	return printPage(w, page)
}

// get asks for the page and reads until the server closes.
func (st *stage) get(s *sslsock.Socket) ([]byte, error) {
	d := drawnSocket{s, st.ladder, firstLine}
	if _, err := io.WriteString(d, "GET / HTTP/1.1\r\nHost: "+demoHost+"\r\n\r\n"); err != nil {
		return nil, err
	}
	page, err := io.ReadAll(bufio.NewReaderSize(d, bufferSize))
	if err != nil {
		return nil, err
	}
	return page, s.CloseWrite()
}

// firstLine is what the ladder says about data of which everybody may see the beginning.
func firstLine(p []byte) string {
	line, _, _ := bytes.Cut(p, []byte("\r\n"))
	return oneLine(string(line))
}

func printPage(w io.Writer, page []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(page))
	for lines.Scan() {
		if _, err := fmt.Fprintf(w, "%s\n", strings.TrimRight("    │ "+lines.Text(), " ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "\nNow you: `sslcat serve` and `sslcat connect HOST:443 -trace`; `sslcat help` tells more.\n\n")
	return err
}
