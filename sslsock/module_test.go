package sslsock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// S-062, S-065, S-066.
func TestRandBytes(t *testing.T) {
	if !RandStatus() {
		t.Error("the generator can't deliver")
	}
	if _, err := RandBytes(-5); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	for _, n := range []int{0, 16, 1 << 20} {
		a, err := RandBytes(n)
		b, strong, perr := RandPseudoBytes(n)
		if err != nil || perr != nil || !strong || a == nil || len(a) != n || len(b) != n {
			t.Fatal(n, err, perr, strong)
		}
		if n > 0 && bytes.Equal(a, b) {
			t.Errorf("%d bytes came twice", n)
		}
	}
}

// S-064: what is mixed in changes the output, and the same in two pools leaves them as different as the kernel makes them.
func TestRandAdd(t *testing.T) {
	RandAdd(nil, 0)
	RandAdd([]byte("known to the attacker"), math.NaN())
	RandAdd([]byte("known to the attacker"), -1)
	RandAdd([]byte("known to the attacker"), 1e300)
	var one, two, none pool
	one.stir([]byte("a"))
	two.stir([]byte("b"))
	outputs := map[string]bool{}
	for _, p := range []*pool{&one, &two, &one, &two} {
		b := make([]byte, 300)
		p.mixInto(b)
		outputs[string(b)] = true
	}
	if len(outputs) != 4 {
		t.Errorf("%d different outputs of 4", len(outputs))
	}
	zero := make([]byte, 300)
	if none.mixInto(zero); !bytes.Equal(zero, make([]byte, 300)) {
		t.Error("an empty pool changed something")
	}
}

// S-063.
func TestRandEGD(t *testing.T) {
	if _, err := RandEGD(t.TempDir() + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for answer, wantErr := range map[int]bool{egdSize: false, 3: true} {
		path := t.TempDir() + "/egd"
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			var request [2]byte
			if _, err := io.ReadFull(c, request[:]); err == nil && request == [2]byte{2, 255} {
				c.Write(make([]byte, answer))
			}
		}()
		n, err := RandEGD(path)
		l.Close()
		var e *SSLError
		if wantErr != (err != nil) || wantErr && !errors.As(err, &e) || !wantErr && n != answer {
			t.Errorf("%d bytes: %d, %v", answer, n, err)
		}
	}
}

// S-076 to S-080, with CPython's cases.
func TestCertTimeToSeconds(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	local := time.Local
	time.Local = time.FixedZone("elsewhere", -5*3600)
	t.Cleanup(func() { time.Local = local })
	for text, want := range map[string]int64{
		"Jan  5 09:34:43 2018 GMT": 1515144883,
		"Jan 05 09:34:43 2018 GMT": 1515144883,
		"JAN 5 09:34:43 2018 gmt":  1515144883,
		"Jan  5 09:34:60 2018 GMT": 1515144900,
		"Dec 31 23:59:60 2008 GMT": 1230768000,
		"Dec 31 23:59:61 2008 GMT": 1230768001,
		"Feb 29 00:00:00 2000 GMT": 951782400,
		"May  9 00:00:00 2007 GMT": 1178668800,
		"Jan  1 00:00:00 1950 GMT": -631152000,
		"Dec 31 23:59:59 9999 GMT": 253402300799,
	} {
		if got, err := CertTimeToSeconds(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "Jan  5 09:34 2018 GMT", "Jan  5 09:34:43 2018", "Jan  5 09:34:43 2018 UTC", "Jan 35 09:34:43 2018 GMT",
		"Jon  5 09:34:43 2018 GMT", "Jan  5 24:00:00 2018 GMT", "Jan  5 09:60:43 2018 GMT", "Jan  5 09:34:62 2018 GMT",
		"Feb 29 00:00:00 2018 GMT", "Jan 0 00:00:00 2018 GMT", "Jan  5 09:34:43 18 GMT", "Jan  5 09:34:-1 2018 GMT",
		" Jan  5 09:34:43 2018 GMT", "Jan  5 09:34:43 2018 GMT ", "Jan  5 09:34:43 2018 GMT GMT", "5 Jan 09:34:43 2018 GMT",
		"Jan 005 09:34:43 2018 GMT", "Jan +5 09:34:43 2018 GMT",
	} {
		if got, err := CertTimeToSeconds(text); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

// S-085, S-086.
func TestPEMRoundTrip(t *testing.T) {
	der := pki.New().Root.Raw()
	text := DERCertToPEM(der)
	lines := strings.Split(text, "\n")
	if lines[0] != "-----BEGIN CERTIFICATE-----" || lines[len(lines)-2] != "-----END CERTIFICATE-----" || lines[len(lines)-1] != "" {
		t.Error(text)
	}
	for _, l := range lines[1 : len(lines)-3] {
		if len(l) != 64 {
			t.Errorf("a line of %d characters", len(l))
		}
	}
	for _, form := range []string{text, text + "\n \n", strings.ReplaceAll(text, "\n", "\r\n"), strings.TrimSpace(text)} {
		if back, err := PEMCertToDER(form); err != nil || !bytes.Equal(back, der) {
			t.Error(err)
		}
	}
	if got := DERCertToPEM(nil); got != "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" {
		t.Errorf("%q", got)
	}
	for form, want := range map[string]string{
		" " + text:                         "must start with -----BEGIN CERTIFICATE-----",
		"":                                 "must start with",
		text + "x":                         "must end with -----END CERTIFICATE-----",
		pemHeader + "\n!!!!\n" + pemFooter: "illegal base64",
	} {
		if _, err := PEMCertToDER(form); !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v", form, err)
		}
	}
}

// S-067 to S-075 and B-042 in the form of getpeercert.
func TestMatchHostname(t *testing.T) {
	addresses := forHosts()
	addresses.Subject = infoNameOf("127.0.0.1")
	addresses.SubjectAltName = []x509lite.InfoAltName{
		{Type: "IP Address", Value: "10.11.12.13"}, {Type: "IP Address", Value: "0:0:0:0:0:0:0:1"},
	}
	for _, c := range []struct {
		cert *CertInfo
		host string
		ok   bool
	}{
		{forHosts("example.com"), "example.com", true},
		{forHosts("example.com"), "ExAmple.cOm", true},
		{forHosts("example.com"), "www.example.com", false},
		{forHosts("example.com"), ".example.com", false},
		{forHosts("example.com"), "example.com.", true},
		{forHosts("example.com"), "exampleXcom", false},
		{forHosts("example.com"), "", false},
		{forHosts("example.com"), "common.example", false}, // S-072
		{forHosts(), "common.example", true},
		{forHosts("linuxfr.org", "linuxfr.com"), "linuxfr.com", true},
		{forHosts("*.a.com"), "foo.a.com", true},
		{forHosts("f*.com"), "foo.com", true},
		{forHosts("f*.com"), "bar.com", false},
		{forHosts("*.com"), "a.com", true},
		{forHosts("*"), "com", true},
		{forHosts("a.*.com"), "a.b.com", false},
		{forHosts("null.python.org\x00example.org"), "example.org", false},
		{forHosts("null.python.org\x00example.org"), "null.python.org", false},
		{forHosts("xn--pthon-kva.python.org"), "püthon.python.org", true}, // S-071
		{forHosts("x*.python.org"), "xn--pthon-kva.python.org", false},
		{forHosts("www*.xn--pthon-kva.org"), "www1.püthon.org", true},
		{addresses, "10.11.12.13", true}, // S-074, B-042
		{addresses, "::1", true},
		{addresses, "10.11.12.14", false},
		{addresses, "127.0.0.1", false},
		{addresses, "[::1]", false},
		{forHosts("*.0.0.1"), "127.0.0.1", false},
		{forHosts("127.0.0.1"), "127.0.0.1", false},
	} {
		err := MatchHostname(c.cert, c.host)
		var mismatch *CertificateError
		if (err == nil) != c.ok || err != nil && !errors.As(err, &mismatch) {
			t.Errorf("%q for %v: %v", c.host, c.cert.SubjectAltName, err)
		}
	}
	for _, none := range []*CertInfo{nil, {}} {
		if err := MatchHostname(none, "example.com"); !errors.Is(err, ErrInvalidArgument) {
			t.Error(err)
		}
	}
}

// S-068, S-070: the texts.
func TestMatchHostnameSaysWhy(t *testing.T) {
	noName := &CertInfo{Subject: x509lite.InfoName{{{Name: "countryName", Value: "XY"}}}}
	for want, err := range map[string]error{
		"hostname 'example.org' doesn't match 'example.com'":            MatchHostname(forHosts("example.com"), "example.org"),
		"hostname 'x' doesn't match either of 'a.com', 'b.com'":         MatchHostname(forHosts("a.com", "b.com"), "x"),
		"no appropriate commonName or subjectAltName fields were found": MatchHostname(noName, "x"),
		"too many wildcards in certificate DNS name: 'a*b*.com'":        MatchHostname(forHosts("a*b*.com"), "axxbxxc.com"),
		"hostname 'x' doesn't match 'a.com\\x00\\n'":                    MatchHostname(forHosts("a.com\x00\n"), "x"),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// forHosts makes what a certificate for hosts says.
func forHosts(names ...string) *CertInfo {
	c := &CertInfo{Subject: infoNameOf("common.example"), SerialNumber: "01"}
	for _, n := range names {
		c.SubjectAltName = append(c.SubjectAltName, x509lite.InfoAltName{Type: "DNS", Value: n})
	}
	return c
}

// infoNameOf returns a name with one common name.
func infoNameOf(cn string) x509lite.InfoName {
	return x509lite.InfoName{{{Name: "commonName", Value: cn}}}
}

// S-081 to S-084, B-069.
func TestFetchServerCertificate(t *testing.T) {
	for _, network := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := Listen("tcp", network, serverContext(t))
		if err != nil && strings.Contains(network, "::1") {
			continue // there is no IPv6 here
		}
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				s, err := l.AcceptTLS()
				if err != nil {
					return
				}
				go func() { s.Handshake(); s.Close() }()
			}
		}()
		addr := l.Addr().String()
		leaf := pki.New().Identities[x509lite.KeyP256].Chain[0].Raw()
		got, err := FetchServerCertificate(context.Background(), addr, FetchWithSSLVersion(ProtocolTLSv12))
		if err != nil || got != DERCertToPEM(leaf) {
			t.Errorf("%q, %v", got, err)
		}
		wrong := t.TempDir() + "/wrong.pem"
		if err := os.WriteFile(wrong, []byte(DERCertToPEM(leaf)), 0o600); err != nil {
			t.Fatal(err)
		}
		var refused *CertVerificationError
		if got, err := FetchServerCertificate(context.Background(), addr, FetchWithCACerts(wrong)); got != "" ||
			!errors.As(err, &refused) {
			t.Errorf("%q, %v", got, err)
		}
		l.Close()
	}
	for _, addr := range []string{"", "localhost", ":443", "a:b:c", "[::1]"} {
		if _, err := FetchServerCertificate(context.Background(), addr); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}

// B-069: a silent server is given up when the context ends.
func TestFetchServerCertificateEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := FetchServerCertificate(ctx, l.Addr().String()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// B-036, B-037, S-070: the flags, and the checks they change.
func TestHostFlags(t *testing.T) {
	plain, err := NewContext(ProtocolTLS)
	if err != nil {
		t.Fatal(err)
	}
	if careful := clientContext(t); plain.HostFlags() != 0 ||
		!plain.HostnameChecksCommonName() || careful.HostFlags() != HostFlagStrictWildcards {
		t.Error(plain.HostFlags(), careful.HostFlags())
	}
	if err := plain.SetHostFlags(1); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	for flags, want := range map[HostFlags]x509lite.HostRules{
		0:                         x509lite.HostPartialWildcards | x509lite.HostByCommonName,
		HostFlagStrictWildcards:   x509lite.HostByCommonName,
		HostFlagNeverCheckSubject: x509lite.HostPartialWildcards,
		HostFlagNeverCheckSubject | HostFlagStrictWildcards: 0,
	} {
		if err := plain.SetHostFlags(flags); err != nil || plain.settings.verification().HostRules != want {
			t.Errorf("%v: %v", flags, err)
		}
	}
	if err := plain.SetHostFlags(HostFlagNeverCheckSubject | HostFlagStrictWildcards); err != nil {
		t.Error(err)
	}
	plain.SetHostnameChecksCommonName(true)
	if plain.HostFlags() != HostFlagStrictWildcards {
		t.Error(plain.HostFlags())
	}
	plain.SetHostnameChecksCommonName(false)
	if plain.HostFlags().String() != "HostFlagNeverCheckSubject|HostFlagStrictWildcards" || plain.HostnameChecksCommonName() {
		t.Error(plain.HostFlags())
	}
}
