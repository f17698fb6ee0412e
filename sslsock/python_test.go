package sslsock

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// askPython runs a script with Python's json and ssl, input as the variable given, and reads what it leaves in the
// variable answer.
func askPython(t *testing.T, script string, input, answer any) {
	t.Helper()
	given, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	full := fmt.Sprintf(`import json, ssl, sys, warnings
warnings.simplefilter("ignore")
given = json.loads(%q)
%s
print(json.dumps(answer))`, given, script)
	out, err := peers.Run(t, exec.Command(peers.Need(t, "python3"), "-c", full), "")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal([]byte(out), answer); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// S-097, S-098, S-100, S-102 to S-106, S-107 to S-126, S-134 to S-138, B-020, B-022, B-025 to B-031, B-032: Python's
// numbers for what both have. Where Python's is 0, the flag does nothing there.
func TestNumbersArePythons(t *testing.T) {
	ours := map[string]uint64{
		"CERT_NONE": uint64(CertNone), "CERT_OPTIONAL": uint64(CertOptional), "CERT_REQUIRED": uint64(CertRequired),
		"VERIFY_DEFAULT": uint64(VerifyDefault), "VERIFY_CRL_CHECK_LEAF": uint64(VerifyCRLCheckLeaf),
		"VERIFY_CRL_CHECK_CHAIN": uint64(VerifyCRLCheckChain),
		"VERIFY_X509_STRICT":     uint64(VerifyX509Strict), "VERIFY_X509_TRUSTED_FIRST": uint64(VerifyX509TrustedFirst),
		"VERIFY_X509_PARTIAL_CHAIN": uint64(VerifyX509PartialChain), "VERIFY_ALLOW_PROXY_CERTS": uint64(VerifyAllowProxyCerts),
		"PROTOCOL_TLS": uint64(ProtocolTLS), "PROTOCOL_SSLv23": uint64(ProtocolSSLv23), "PROTOCOL_TLSv1": uint64(ProtocolTLSv1),
		"PROTOCOL_TLSv1_1": uint64(ProtocolTLSv11), "PROTOCOL_TLSv1_2": uint64(ProtocolTLSv12),
		"PROTOCOL_TLS_CLIENT": uint64(ProtocolTLSClient), "PROTOCOL_TLS_SERVER": uint64(ProtocolTLSServer),
		"OP_NO_SSLv2": uint64(OpNoSSLv2), "OP_NO_SSLv3": uint64(OpNoSSLv3),
		"OP_NO_TLSv1": uint64(OpNoTLSv1), "OP_NO_TLSv1_1": uint64(OpNoTLSv11),
		"OP_NO_TLSv1_2": uint64(OpNoTLSv12), "OP_NO_TLSv1_3": uint64(OpNoTLSv13),
		"OP_CIPHER_SERVER_PREFERENCE": uint64(OpCipherServerPreference),
		"OP_SINGLE_DH_USE":            uint64(OpSingleDHUse), "OP_SINGLE_ECDH_USE": uint64(OpSingleECDHUse),
		"OP_NO_COMPRESSION": uint64(OpNoCompression),
		"OP_NO_TICKET":      uint64(OpNoTicket), "OP_NO_RENEGOTIATION": uint64(OpNoRenegotiation),
		"OP_ENABLE_KTLS":           uint64(OpEnableKTLS),
		"OP_LEGACY_SERVER_CONNECT": uint64(OpLegacyServerConnect), "OP_IGNORE_UNEXPECTED_EOF": uint64(OpIgnoreUnexpectedEOF),
		"OP_ENABLE_MIDDLEBOX_COMPAT": uint64(OpEnableMiddleboxCompat),
		"SSL_ERROR_SSL":              uint64(ErrorSSL), "SSL_ERROR_WANT_READ": uint64(ErrorWantRead),
		"SSL_ERROR_WANT_WRITE": uint64(ErrorWantWrite),
		"SSL_ERROR_SYSCALL":    uint64(ErrorSyscall), "SSL_ERROR_ZERO_RETURN": uint64(ErrorZeroReturn),
		"SSL_ERROR_EOF": uint64(ErrorEOF),
	}
	for a := range 256 {
		alert := record.Alert(a)
		if !alert.Known() {
			continue
		}
		ours["ALERT_DESCRIPTION_"+strings.ToUpper(alert.String())] = uint64(a)
	}
	var theirs map[string]uint64
	askPython(t, "answer = {n: int(getattr(ssl, n)) for n in given if hasattr(ssl, n)}", ours, &theirs)
	compared := 0
	for name, n := range theirs {
		if compared++; n != ours[name] && n != 0 {
			t.Errorf("%s is %#x, Python's is %#x", name, ours[name], n)
		}
	}
	if compared < 50 {
		t.Errorf("only %d numbers were compared", compared)
	}
}

// S-067, S-069 to S-075, B-042: hosts against names, as Python's match_hostname judges them as long as it is there
// (until 3.11). Partial wildcards, which only 2.7 has, are for TestMatchHostname.
func TestHostnamesAsPythonMatches(t *testing.T) {
	names := []string{"example.com", "*.example.com", "*.com", "a.example.com", "EXAMPLE.com",
		"xn--*.example.com", "www.*.com", "*.*.com", "xn--pthn-ioa.example.com", "10.11.12.13", ""}
	hosts := []string{"example.com", "a.example.com", "A.Example.COM", "b.a.example.com", ".example.com", "a.com", "com",
		"xn--a.example.com", "xn--pthn-ioa.example.com", "www.x.com", "a.b.com", "10.11.12.13", "1.2.3.4"}
	type question struct{ Kind, Name, Host string }
	var all []question
	for _, kind := range []string{"DNS", "CN", "IP Address"} {
		for _, name := range names {
			if address := name == "10.11.12.13"; kind == "IP Address" && !address || kind == "CN" && address {
				continue // an address is never compared with a common name here
			}
			for _, host := range hosts {
				all = append(all, question{kind, name, host})
			}
		}
	}
	var theirs []*bool
	askPython(t, `
def matches(q):
    if not hasattr(ssl, "match_hostname"):
        return None
    cert = {"subject": (), "subjectAltName": ((q["Kind"], q["Name"]),)}
    if q["Kind"] == "CN":
        cert = {"subject": ((("commonName", q["Name"]),),)}
    try:
        ssl.match_hostname(cert, q["Host"])
        return True
    except ssl.CertificateError:
        return False
answer = [matches(q) for q in given]`, all, &theirs)
	for i, q := range all {
		cert := &CertInfo{SubjectAltName: []x509lite.InfoAltName{{Type: q.Kind, Value: q.Name}}}
		if q.Kind == "CN" {
			cert = &CertInfo{Subject: x509lite.InfoName{{{Name: "commonName", Value: q.Name}}}}
		}
		got := MatchHostname(cert, q.Host) == nil
		if theirs[i] == nil {
			t.Skip("this Python has no match_hostname any more")
		}
		if got != *theirs[i] {
			t.Errorf("%s %q for %q: %v, Python says %v", q.Kind, q.Name, q.Host, got, *theirs[i])
		}
	}
}

// S-076 to S-080: times, as Python's cert_time_to_seconds reads them; days that a month hasn't got, which it counts
// into the next, are errors here.
func TestTimesAsPythonReadsThem(t *testing.T) {
	times := []string{
		"Jan  5 09:34:43 2018 GMT", "Jan 05 09:34:43 2018 GMT",
		"jan 5 09:34:43 2018 gmt", "May  9 00:00:00 2007 GMT", "Dec 31 23:59:59 9999 GMT",
		"Feb 29 00:00:00 2012 GMT", "Jan  5 09:34 2018 GMT", "Jan  5 09:34:43 2018", "Jan  5 09:34:43 2018 UTC",
		"Jan 35 09:34:43 2018 GMT", "Jon  5 09:34:43 2018 GMT",
		"Jan  5 24:00:00 2018 GMT", "Jan  5 09:60:43 2018 GMT", "Dec 31 23:59:60 2008 GMT",
		"Dec 31 23:59:61 2008 GMT", "Dec 31 23:59:62 2008 GMT", "", "Jan  1 00:00:00 1970 GMT", "Dec 31 00:00:00 1969 GMT",
	}
	var theirs []*int64
	askPython(t, `
def seconds(s):
    try:
        return ssl.cert_time_to_seconds(s)
    except ValueError:
        return None
answer = [seconds(s) for s in given]`, times, &theirs)
	for i, text := range times {
		got, err := CertTimeToSeconds(text)
		if (err == nil) != (theirs[i] != nil) || err == nil && got != *theirs[i] {
			t.Errorf("%q: %d, %v, Python has %v", text, got, err, theirs[i])
		}
	}
}

// S-173, S-177, S-179, S-183: what a connection with Python is, both ends tell alike: version, suite, protocol of ALPN, and the
// binding that both have made of it.
func TestConnectionsAsPythonTells(t *testing.T) {
	type told struct {
		Version, Cipher, Protocol, ALPN, Unique string
		Bits                                    int
	}
	for _, version := range []TLSVersion{VersionTLS12, VersionTLS13} {
		server := serverContext(t)
		if err := errors.Join(server.SetMaximumVersion(version), server.SetALPNProtocols([]string{"one", "two"})); err != nil {
			t.Fatal(err)
		}
		l, err := Listen("tcp", "127.0.0.1:0", server, WithHandshakeInAccept())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ours := make(chan told, 1)
		go func() {
			defer close(ours)
			s, err := l.AcceptTLS()
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			suite, _ := s.Cipher()
			unique, _ := s.ChannelBinding("tls-unique") // TLS 1.3 has none
			ours <- told{s.Version(), suite.Name, suite.Protocol, s.SelectedALPNProtocol(), hex.EncodeToString(unique), suite.Bits}
			_, _ = s.Read(make([]byte, 1))
		}()
		var theirs told
		askPython(t, `
import socket
context = ssl.SSLContext(ssl.PROTOCOL_TLS)
context.set_alpn_protocols(["two", "three"])
with context.wrap_socket(socket.create_connection(("127.0.0.1", given))) as s:
    suite, protocol, bits = s.cipher()
    unique = s.get_channel_binding("tls-unique") if s.version() == "TLSv1.2" else b""
    answer = {"Version": s.version(), "Cipher": suite, "Protocol": protocol, "ALPN": s.selected_alpn_protocol(),
        "Unique": unique.hex(), "Bits": bits}`, l.Addr().(*net.TCPAddr).Port, &theirs)
		if got := <-ours; got != theirs || theirs.Version != version.String() {
			t.Errorf("we tell %+v, Python %+v", got, theirs)
		}
	}
}
