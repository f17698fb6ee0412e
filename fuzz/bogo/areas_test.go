package main

import "regexp"

// areas sort BoGo's tests by what they are about, by their names; the first that matches counts. They serve for
// reading the test's output only.
var areas = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"not over TCP", regexp.MustCompile(`DTLS|QUIC(-|$)`)},
	{"refused on purpose", regexp.MustCompile(`ChannelID|ALPS|PAKE|TrustAnchors|AcrossNames|CrossName|ServerPadding|JDK11|Hint|OnlySHA256|RetainOnly`)},
	{"versions", regexp.MustCompile(`Version|NoSSL3|Fallback|Downgrade|DisableEverything|SCSV|V2ClientHello`)},
	{"certificate verification", regexp.MustCompile(`^CertificateVerification|Verify(Fail|Peer)|^Reverify`)},
	{"credentials", regexp.MustCompile(`^CertificateSelection|RawPublicKey|CertificateType|DelegatedCredential|CredentialSel`)},
	{"PSK", regexp.MustCompile(`PSK`)},
	{"ECH", regexp.MustCompile(`ECH(-|$)`)},
	{"early data", regexp.MustCompile(`Early(Data|-)|0RTT`)},
	{"OCSP and SCT", regexp.MustCompile(`OCSP|SCT|SignedCertificate`)},
	{"sessions and tickets", regexp.MustCompile(`Resum|Ticket|Session|Renew`)},
	{"renegotiation", regexp.MustCompile(`Renegotiat|HelloRequest`)},
	{"retry and key shares", regexp.MustCompile(`HelloRetry|HRR|KeyShare|SecondClientHello|SecondServerHello`)},
	{"signatures", regexp.MustCompile(`Sign|ECDSA|Ed25519|PSS|SigAlg|Algorithms|ServerAuth|PKCS1`)},
	{"groups", regexp.MustCompile(`Curve|Group|MLKEM|Kyber|BadEC|PointFormat`)},
	{"suites", regexp.MustCompile(`Cipher|-BadRecord|-LargeRecord|^TLS-TLS1`)},
	{"client authentication", regexp.MustCompile(`ClientAuth|ClientCert|CertReq|ClientCA`)},
	{"key update", regexp.MustCompile(`KeyUpdate`)},
	{"names and ALPN", regexp.MustCompile(`ALPN|ServerName|SNI`)},
	{"extensions", regexp.MustCompile(`Extension|EMS|MasterSecret|GREASE|SRTP|Permut`)},
	{"order and form of messages", regexp.MustCompile(`WrongMessageType|TrailingMessage|Partial|Trailing|Fragment|ChangeCipherSpec|Excess|Pack|Unexpected`)},
	{"alerts and closing", regexp.MustCompile(`Alert|Shutdown|Close|Empty(Record|Frag)|Warning`)},
	{"exporters", regexp.MustCompile(`Export|TLSUnique|TrafficSecrets`)},
	{"handshakes", regexp.MustCompile(`^Basic|^TLS13-1RTT|Handshake`)},
}

// areaOf returns the area of a test.
func areaOf(name string) string {
	for _, a := range areas {
		if a.pattern.MatchString(name) {
			return a.name
		}
	}
	return "other"
}
