package sslsock

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// S-151, S-153, B-011: Recv and Send take one record at most.
func TestRecvAndSend(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	if _, err := c.Recv(-1); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if p, err := c.Recv(0); len(p) != 0 || err != nil {
		t.Error(p, err)
	}
	if n, err := s.Send(make([]byte, 40000)); n != recordSize || err != nil {
		t.Error(n, err)
	}
	if p, err := c.Recv(100000); len(p) != recordSize || err != nil {
		t.Error(len(p), err)
	}
}

// S-150: a line each way.
func TestMakeFile(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	cf, sf := c.MakeFile(), s.MakeFile()
	for _, step := range []struct {
		from, to interface {
			io.StringWriter
			Flush() error
			ReadString(byte) (string, error)
		}
	}{{cf, sf}, {sf, cf}} {
		if _, err := step.from.WriteString("a line\n"); err != nil {
			t.Fatal(err)
		}
		if err := step.from.Flush(); err != nil {
			t.Fatal(err)
		}
		if line, err := step.to.ReadString('\n'); line != "a line\n" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
	}
}

// B-013: io.Copy of a file uses ReadFrom, and all of it arrives.
func TestReadFromFile(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	want := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	path := t.TempDir() + "/f"
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	go func() {
		var _ io.ReaderFrom = s
		if n, err := io.Copy(s, f); n != int64(len(want)) || err != nil {
			t.Error(n, err)
		}
		s.Close()
	}()
	if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, want) {
		t.Error(len(got), err)
	}
}

// B-013: the source's error comes back, after what came before it.
func TestReadFromBrokenSource(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	if n, err := c.ReadFrom(io.MultiReader(strings.NewReader("xyz"), failing{})); n != 3 || !errors.Is(err, errFailing) {
		t.Error(n, err)
	}
	if p, err := s.Recv(10); string(p) != "xyz" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
}

type failing struct{}

var errFailing = errors.New("failing")

func (failing) Read([]byte) (int, error) { return 0, errFailing }

// S-147: each operation ends when its time is over, and the next finds everything.
func TestTimeoutOfEachOperation(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := lazyPair(t, w, clientContext(t), serverContext(t))
			if d, ok := c.Timeout(); d != 0 || ok {
				t.Error(d, ok)
			}
			c.SetTimeout(20 * time.Millisecond)
			if d, ok := c.Timeout(); d != 20*time.Millisecond || !ok {
				t.Error(d, ok)
			}
			timedOut(t, c.Handshake())
			c.SetTimeout(0)
			if err := errors.Join(shakeBoth(c, s)); err != nil {
				t.Fatal(err)
			}
			c.SetTimeout(20 * time.Millisecond)
			_, err := c.Read(make([]byte, 1))
			timedOut(t, err)
			c.SetTimeout(-1)
			go s.Write([]byte("late"))
			p := make([]byte, 10)
			if n, err := c.Read(p); string(p[:n]) != "late" || err != nil {
				t.Errorf("%q, %v", p[:n], err)
			}
			c.SetTimeout(20 * time.Millisecond)
			_, err = c.Unwrap()
			timedOut(t, err)
		})
	}
}

func timedOut(t *testing.T, err error) {
	t.Helper()
	var e *SSLError
	if !errors.As(err, &e) || !e.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("no timeout: %v", err)
	}
}

// S-147: a Write that took too long says how much it sealed; that goes out first, and once.
func TestTimeoutOfWriteLosesNothing(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	c.SetTimeout(30 * time.Millisecond)
	data := bytes.Repeat([]byte("0123456789"), 3<<20)
	n, err := c.Write(data)
	timedOut(t, err)
	if n == 0 || n == len(data) {
		t.Fatal(n)
	}
	c.SetTimeout(0)
	go func() {
		if _, err := c.Write(data[n:]); err != nil {
			t.Error(err)
		}
		c.Close()
	}()
	if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, data) {
		t.Error(len(got), err)
	}
}

// S-126 to S-133, B-024, B-053; S-216, S-219, S-229: nothing is left out, so that no setter says it is not implemented.
func TestLibraryConstants(t *testing.T) {
	if !HasALPN || !HasECDH || !HasSNI || HasSSLv2 || !HasSSLv3 ||
		!HasTLSv1 || !HasTLSv11 || !HasTLSv12 || !HasTLSv13 || !HasPSK || !HasPSKTLS13 {
		t.Error("a feature is not as the table says")
	}
	v := LibraryVersionInfo()
	packed := uint32(v[0])<<28 | uint32(v[1])<<20 | uint32(v[2])<<12 | uint32(v[3])<<4 | uint32(v[4])
	if LibraryVersionNumber != packed {
		t.Errorf("%#x, want %#x", LibraryVersionNumber, packed)
	}
	if want := []string{"tlsengine", "0.2.0"}; !strings.HasPrefix(LibraryVersion, strings.Join(want, " ")) ||
		v != [5]int{0, 2, 0, 0, 0} {
		t.Error(LibraryVersion, v)
	}
}

// S-137, S-138.
func TestPurposes(t *testing.T) {
	for p, want := range map[Purpose]string{
		PurposeServerAuth: "129 serverAuth TLS Web Server Authentication 1.3.6.1.5.5.7.3.1",
		PurposeClientAuth: "130 clientAuth TLS Web Client Authentication 1.3.6.1.5.5.7.3.2",
	} {
		if got := strings.Join([]string{itoa(p.NID()), p.ShortName(), p.LongName(), p.OID()}, " "); got != want {
			t.Error(got)
		}
	}
	if odd := Purpose(7); odd.NID() != 0 || odd.OID() != "" || odd.String() != "Purpose(7)" {
		t.Error(odd)
	}
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// S-058, S-059: the switch counts for contexts made afterwards.
func TestHTTPSVerifyCertificates(t *testing.T) {
	t.Cleanup(func() { HTTPSVerifyCertificates(true) })
	mode := func(want VerifyMode, check bool) *Context {
		c, err := DefaultHTTPSContext()
		if err != nil || c.VerifyMode() != want || c.CheckHostname() != check {
			t.Fatal(err, c.VerifyMode(), c.CheckHostname())
		}
		return c
	}
	before := mode(CertRequired, true)
	HTTPSVerifyCertificates(false)
	after := mode(CertNone, false)
	HTTPSVerifyCertificates(true)
	mode(CertRequired, true)
	if before.VerifyMode() != CertRequired {
		t.Error("a context that was made already has changed")
	}
	if _, _, ce, _ := shakeOnce(t, before, serverContext(t), "wrong.example"); ce == nil {
		t.Error("an unknown authority was accepted")
	}
	if _, _, ce, se := shakeOnce(t, after, serverContext(t), "wrong.example"); ce != nil || se != nil {
		t.Error(ce, se)
	}
}

// fakeStores is a system with stores.
type fakeStores map[string][]StoreCert

func (f fakeStores) certificates(name string) ([]StoreCert, error) {
	list, ok := f[name]
	if !ok {
		return nil, os.ErrNotExist
	}
	return list, nil
}

func (f fakeStores) revocationLists(name string) ([]StoreCRL, error) {
	if _, ok := f[name]; !ok {
		return nil, os.ErrNotExist
	}
	return []StoreCRL{{Data: []byte{1}, Encoding: X509ASN}}, nil
}

// S-092 to S-096: what a system's stores have, by a fake in their place; and none here.
func TestSystemStores(t *testing.T) {
	if _, err := EnumCertificates("ROOT"); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := EnumCRLs("ROOT"); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	real := system
	t.Cleanup(func() { system = real })
	root := StoreCert{Data: pki.New().Root.Raw(), Encoding: X509ASN, Trust: Trust{OIDs: []string{"1.3.6.1.5.5.7.3.1"}}}
	leaf := StoreCert{Data: pki.New().Identities[x509lite.KeyP256].Chain[0].Raw(), Encoding: X509ASN, Trust: Trust{All: true}}
	bundled := StoreCert{Data: root.Data, Encoding: PKCS7ASN, Trust: Trust{All: true}}
	broken := StoreCert{Data: []byte{0x30}, Encoding: X509ASN, Trust: Trust{All: true}}
	system = fakeStores{"CA": {bundled, broken}, "ROOT": {root, leaf}}
	if list, err := EnumCertificates("ROOT"); err != nil || len(list) != 2 || !bytes.Equal(list[0].Data, root.Data) {
		t.Error(list, err)
	}
	if list, err := EnumCRLs("CA"); err != nil || len(list) != 1 || list[0].Encoding != "x509_asn" {
		t.Error(list, err)
	}
	for _, name := range []string{"", "NONE"} {
		var e *SSLError
		if _, err := EnumCertificates(name); !errors.As(err, &e) || !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	t.Setenv("SSL_CERT_FILE", "/nonexistent")
	t.Setenv("SSL_CERT_DIR", "/nonexistent")
	for purpose, want := range map[Purpose]int{PurposeServerAuth: 2, PurposeClientAuth: 1} {
		c, err := NewContext(ProtocolTLS)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.LoadDefaultCerts(purpose); err != nil || c.CertStoreStats().X509 != want {
			t.Errorf("%v: %+v, %v", purpose, c.CertStoreStats(), err)
		}
	}
}
