package pgxtls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
	"tlsengine/sslsock/stdtls"
	"tlsengine/x509lite"
)

// withTLS makes all of pgx's connections TLS ones: those of queries, and those that cancel one.
func withTLS(config *pgx.ConnConfig, c *sslsock.Context) {
	config.TLSConfig, config.Fallbacks = nil, nil // pgx itself leaves TLS alone
	// pgx would look the name up and dial the address, but the certificate is for the name.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return stdtls.StartPostgreSQL(ctx, conn, c, host)
	}
}

// A client of PostgreSQL whose server must have a certificate of an authority that it trusts.
func Example() {
	port := server() // any PostgreSQL server with ssl = on

	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	if err != nil {
		log.Fatal(err)
	}
	c.SetTime(func() time.Time { return pki.Time }) // of the test certificates: leave it out
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d user=somebody dbname=test sslmode=disable", port))
	if err != nil {
		log.Fatal(err)
	}
	withTLS(config, c)
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol

	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer string
	if err := conn.QueryRow(context.Background(), "SELECT 'hello'").Scan(&answer); err != nil {
		log.Fatal(err)
	}
	s := conn.PgConn().Conn().(*sslsock.Socket)
	fmt.Println(answer, "over", s.Version())
	// Output: hello over TLSv1.3
}

// canceled counts the requests to cancel that the server got through TLS.
var canceled atomic.Int32

// server plays a PostgreSQL server that insists on TLS and answers every query with its string, and returns its port.
func server() int {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		log.Fatal(err)
	}
	i := pki.New().Identities[x509lite.KeyP256]
	key, err := x509lite.MarshalPKCS8(i.Key)
	if err != nil {
		log.Fatal(err)
	}
	err = c.LoadCertChainPEM(x509lite.MarshalPEM(nil, "CERTIFICATE", i.Chain[0].Raw()),
		x509lite.MarshalPEM(nil, "PRIVATE KEY", key), nil)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = converse(conn, c) }()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// converse serves one connection.
func converse(conn net.Conn, c *sslsock.Context) error {
	defer func() { conn.Close() }()
	message, err := pgproto3.NewBackend(onlyNeeded{conn}, conn).ReceiveStartupMessage()
	if _, asked := message.(*pgproto3.SSLRequest); err != nil || !asked {
		return errors.New("no TLS was asked for")
	}
	if _, err := io.WriteString(conn, "S"); err != nil {
		return err
	}
	s, err := c.WrapSocket(conn, sslsock.WithServerSide())
	if err != nil {
		return err
	}
	defer s.Close()
	b := pgproto3.NewBackend(s, s)
	if message, err = b.ReceiveStartupMessage(); err != nil {
		return err
	}
	if _, cancel := message.(*pgproto3.CancelRequest); cancel {
		canceled.Add(1)
		return nil
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	b.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	b.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := b.Flush(); err != nil {
		return err
	}
	for {
		message, err := b.Receive()
		if err != nil {
			return err
		}
		if _, query := message.(*pgproto3.Query); !query {
			return nil
		}
		b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("answer"),
			DataTypeOID: 25, DataTypeSize: -1, TypeModifier: -1}}})
		b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("hello")}})
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		if err := b.Flush(); err != nil {
			return err
		}
	}
}

// onlyNeeded keeps a reader from taking bytes that TLS needs: the request is 8 bytes long.
type onlyNeeded struct{ net.Conn }

func (r onlyNeeded) Read(p []byte) (int, error) { return r.Conn.Read(p[:min(len(p), 8)]) }

// A server that isn't trusted gets no query, and canceling goes through TLS too.
func TestConnections(t *testing.T) {
	port := server()
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%d user=somebody sslmode=disable", port))
	if err != nil {
		t.Fatal(err)
	}
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Stranger.Chain[0].Raw()))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTime(func() time.Time { return pki.Time })
	withTLS(config, c)
	var refused *sslsock.CertVerificationError
	if _, err := pgx.ConnectConfig(t.Context(), config); !errors.As(err, &refused) {
		t.Error(err)
	}
	if err := c.LoadVerifyLocations(sslsock.VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.PgConn().CancelRequest(t.Context()); err != nil || canceled.Load() != 1 {
		t.Error(err, canceled.Load())
	}
}
