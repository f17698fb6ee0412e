package sslsock_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// A server that says good day, and a client that verifies it.
func Example() {
	server, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	check(server.LoadCertChainPEM(certificatePEM(), keyPEM(), nil))
	listener, err := sslsock.Listen("tcp", "127.0.0.1:0", server)
	check(err)
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		check(err)
		name, err := bufio.NewReader(conn).ReadString('\n')
		check(err)
		fmt.Fprintf(conn, "good day, %s", name)
		conn.Close()
	}()

	client, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	check(err)
	client.SetTime(func() time.Time { return pki.Time }) // the example's certificate is of a certain day
	socket, err := client.DialContext(context.Background(), "tcp", listener.Addr().String())
	check(err)
	defer socket.Close()
	fmt.Println(socket.Version(), socket.Group())
	fmt.Fprintln(socket, "world")
	io.Copy(os.Stdout, socket)
	// Output:
	// TLSv1.3 X25519MLKEM768
	// good day, world
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func certificatePEM() []byte {
	return x509lite.MarshalPEM(nil, "CERTIFICATE", pki.New().Identities[x509lite.KeyP256].Chain[0].Raw())
}

func keyPEM() []byte {
	der, err := x509lite.MarshalPKCS8(pki.New().Identities[x509lite.KeyP256].Key)
	check(err)
	return x509lite.MarshalPEM(nil, "PRIVATE KEY", der)
}
