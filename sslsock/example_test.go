package sslsock_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// A server that says good day, and a client that verifies it.
func Example() {
	certFile, keyFile, done := exampleFiles()
	defer done()
	server, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	err = server.LoadCertChain(certFile, keyFile, nil)
	check(err)
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

	address := listener.Addr().String()
	client, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth)
	check(err)
	client.SetTime(func() time.Time { return pki.Time }) // the example's certificate is of a certain day
	socket, err := client.DialContext(context.Background(), "tcp", address)
	check(err)
	defer socket.Close()
	fmt.Println(socket.Version(), socket.Group())
	fmt.Fprintln(socket, "world")
	io.Copy(os.Stdout, socket)
	// Output:
	// TLSv1.3 X25519MLKEM768
	// good day, world
}

// exampleFiles writes a certificate and its key, and makes its authority the one that the system trusts.
func exampleFiles() (certFile, keyFile string, done func()) {
	dir, err := os.MkdirTemp("", "example")
	check(err)
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		check(os.WriteFile(path, text, 0o600))
		return path
	}
	before, set := os.LookupEnv("SSL_CERT_FILE")
	check(os.Setenv("SSL_CERT_FILE", write("root.pem", x509lite.MarshalPEM(nil, "CERTIFICATE", pki.New().Root.Raw()))))
	return write("cert.pem", certificatePEM()), write("key.pem", keyPEM()), func() {
		if check(os.Unsetenv("SSL_CERT_FILE")); set {
			check(os.Setenv("SSL_CERT_FILE", before))
		}
		check(os.RemoveAll(dir))
	}
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
