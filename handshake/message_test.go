package handshake

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/record"
)

func TestMessageReadIsTheMessageWritten(t *testing.T) {
	eachMessage(t, func(t *testing.T, row *messageRow, f *Form) {
		rapid.Check(t, func(t *rapid.T) {
			m := someMessage(t, row.Type, f)
			if m == nil {
				return // the form has no such message
			}
			prefix := someBytes(t, "prefix", 0, 3)
			out, err := appendMessage(bytes.Clone(prefix), m, f)
			if err != nil || !bytes.HasPrefix(out, prefix) {
				t.Fatalf("%x, %v", out, err)
			}
			whole := out[len(prefix):]
			if n := int(whole[1])<<16 | int(whole[2])<<8 | int(whole[3]); MessageType(whole[0]) != row.Type || n != len(whole)-headerSize {
				t.Fatalf("header %x before a body of %d bytes", whole[:headerSize], len(whole)-headerSize)
			}
			got, err := parseMessage(row.Type, whole[headerSize:], f, everything())
			if err != nil {
				t.Fatalf("%x: %v", whole, err)
			}
			if diff := sameMessage(m, got); diff != "" {
				t.Fatalf("written (-), read (+):\n%s", diff)
			}
			again, err := appendMessage(nil, got, f)
			if err != nil || !bytes.Equal(again, whole) {
				t.Fatalf("written again: %v\n%x\n%x", err, again, whole)
			}
		})
	})
}

// RFC 8446, Section 6.2: decode_error for any message that is too short or too long for its syntax.
func TestMessageCutOrExtendedIsDecodeError(t *testing.T) {
	eachMessage(t, func(t *testing.T, row *messageRow, f *Form) {
		rapid.Check(t, func(t *rapid.T) {
			m := someMessage(t, row.Type, f)
			if m == nil || row.Type == TypeFinished || row.Type == TypeClientKeyExchange && strings.HasPrefix(f.Name, "SSL 3.0 RSA") {
				return // of Finished any length parses, and of what SSL 3.0 sends to an RSA key
			}
			whole, err := appendMessage(nil, m, f)
			if err != nil {
				t.Fatal(err)
			}
			body := whole[headerSize:]
			_, err = parseMessage(row.Type, append(bytes.Clone(body), 0), f, everything())
			wantRefusal(t, err, record.AlertDecodeError, row.Malformed)
			if cut := rapid.IntRange(0, len(body)).Draw(t, "cut"); cut < len(body) && cut != extensionsAt(m) {
				_, err = parseMessage(row.Type, body[:cut], f, everything())
				wantRefusal(t, err, record.AlertDecodeError, row.Malformed)
			}
		})
	})
}

// extensionsAt returns where a hello may legally end, since before TLS 1.3 it may have no extensions; -1 for other
// messages.
func extensionsAt(m Message) int {
	switch m := m.(type) {
	case *ClientHello:
		return 2 + 32 + 1 + len(m.SessionID) + 2 + 2*len(m.Suites) + 1 + len(m.Compression)
	case *ServerHello:
		return 2 + 32 + 1 + len(m.SessionID) + 2 + 1
	}
	return -1
}

// wantRefusal checks that err is the refusal that was to be expected.
func wantRefusal(t interface {
	Helper()
	Fatalf(string, ...any)
}, err error, a record.Alert, r record.Reason) {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want %v with %v", err, a, r)
	}
	if e.Alert != a || e.Reason != r || e.Remote {
		t.Fatalf("%v with %v (%v), want %v with %v", e.Alert, e.Reason, e, a, r)
	}
}

func TestEachMessageHasOneRowAndAName(t *testing.T) {
	for i := range messages {
		row := &messages[i]
		if messageInfo(row.Type) != row || row.New().Type() != row.Type {
			t.Errorf("row %d, %v, is not found by its type", i, row.Type)
		}
		if !Messages(row.Type).Has(row.Type) {
			t.Errorf("%v is in no set", row.Type)
		}
		if want := row.Type == TypeHelloRequest || row.Type == TypeKeyUpdate; row.Unhashed != want {
			t.Errorf("%v: unhashed %v", row.Type, row.Unhashed)
		}
	}
	for _, none := range []MessageType{3, 9, 21, TypeMessageHash, 255, PseudoChangeCipherSpec, 0xffff} {
		if messageInfo(none) != nil {
			t.Errorf("%v has a row", none)
		}
	}
}

func TestTypeWithoutRowIsUnexpectedMessage(t *testing.T) {
	_, err := parseMessage(TypeMessageHash, nil, Form13, ExtensionSet{})
	wantRefusal(t, err, record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
}

func TestMessageSetIsWhatWasPutIn(t *testing.T) {
	var all []MessageType
	for c := range 0x200 {
		if _, ok := MessageType(c).bit(); ok {
			all = append(all, MessageType(c))
		}
	}
	if len(all) != 21 {
		t.Errorf("%d types can be in a set: %v", len(all), all)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfDistinct(rapid.SampledFrom(all), rapid.ID[MessageType]).Draw(t, "in")
		s := Messages(in...)
		for c := range 0x200 {
			if mt := MessageType(c); s.Has(mt) != slices.Contains(in, mt) {
				t.Fatalf("%v: Has is %v", mt, s.Has(mt))
			}
		}
		list := s.List()
		slices.Sort(in)
		slices.Sort(list)
		if !slices.Equal(in, list) || s.Empty() != (len(in) == 0) {
			t.Fatalf("put in %v, listed %v, empty %v", in, list, s.Empty())
		}
	})
	if got := Messages(TypeFinished, TypeCertificate).String(); got != "Certificate, Finished" {
		t.Error(got)
	}
	if got := (MessageSet{}).String(); got != "nothing" {
		t.Error(got)
	}
	if got := MessageType(99).String(); got != "message type 99" {
		t.Error(got)
	}
}

func TestPseudoMessageHasNoEncoding(t *testing.T) {
	if out, err := appendMessage(nil, pseudo{}, Form12); err == nil {
		t.Errorf("written as %x", out)
	}
}

type pseudo struct{ pseudoMessage }

func (pseudo) Type() MessageType { return PseudoChangeCipherSpec }

func TestValueTooLongIsAnErrorOfTheWriter(t *testing.T) {
	for _, m := range []Message{
		&ClientHello{SessionID: make([]byte, 256)},
		&CertificateVerify{Signature: make([]byte, 1<<16)},
		&Certificate{Entries: []CertificateEntry{{Data: make([]byte, 1<<24)}}},
		&ServerKeyExchange{},
	} {
		if out, err := appendMessage(nil, m, Form13); err == nil {
			t.Errorf("%v written in %d bytes", m.Type(), len(out))
		}
	}
}

// RFC 8446, Section 4.1.3: the three kinds of ServerHello, and where each has its version.
func TestServerHelloKinds(t *testing.T) {
	old := &ServerHello{Version: cipher.VersionTLS12}
	if old.IsRetry() || old.SelectedVersion() != cipher.VersionTLS12 || old.place() != inServerHello12 {
		t.Errorf("without supported_versions: %v, %v", old.SelectedVersion(), old.place())
	}
	m := &ServerHello{Version: cipher.VersionTLS12}
	m.Extensions.SelectedVersion = cipher.VersionTLS13
	m.Extensions.Add(ExtSupportedVersions)
	if m.IsRetry() || m.SelectedVersion() != cipher.VersionTLS13 || m.place() != inServerHello13 {
		t.Errorf("with supported_versions: %v, %v", m.SelectedVersion(), m.place())
	}
	m.Random = cipherSum256("HelloRetryRequest")
	if !m.IsRetry() || m.place() != inHelloRetryRequest {
		t.Error("SHA-256 of HelloRetryRequest is not taken for a retry")
	}
}

func cipherSum256(s string) (sum [32]byte) {
	h := cipher.SHA256.New()
	h.Write([]byte(s))
	copy(sum[:], h.Sum(nil))
	return sum
}

// The signature before TLS 1.3 covers the parameters as they are on the wire (RFC 8422, Section 5.4).
func TestServerKeyExchangeParamsAreTheBytesOnTheWire(t *testing.T) {
	m := &ServerKeyExchange{Group: cipher.X25519, Public: []byte{1, 2, 3}, Scheme: cipher.Ed25519, Signature: []byte{9}}
	want := []byte{3, 0, 0x1d, 3, 1, 2, 3}
	params, err := m.appendParams(nil, formECDHE)
	if err != nil || !bytes.Equal(params, want) {
		t.Fatalf("%x, %v; want %x", params, err, want)
	}
	whole, err := appendMessage(nil, m, formECDHE)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseMessage(TypeServerKeyExchange, whole[headerSize:], formECDHE, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	if p := got.(*ServerKeyExchange).Params; !bytes.Equal(p, want) {
		t.Errorf("%x, want %x", p, want)
	}
}

// RFC 5746, Section 3.4: the SCSV asks for renegotiation_info like the extension does.
func TestSCSVAsksForRenegotiationInfo(t *testing.T) {
	m := &ClientHello{Suites: []cipher.SuiteID{0x1301}}
	if m.Asked().Has(ExtRenegotiationInfo) {
		t.Error("asked without either")
	}
	m.Suites = append(m.Suites, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
	if !m.Asked().Has(ExtRenegotiationInfo) || m.Extensions.Present.Has(ExtRenegotiationInfo) {
		t.Error("not asked, or the hello itself was changed")
	}
}

func TestCertificateRequestReadsTheSameInBothForms(t *testing.T) {
	schemes, names := []cipher.SignatureScheme{cipher.Ed25519}, [][]byte{{1}, {2, 3}}
	fields := &CertificateRequest{Types: []byte{64}, Schemes: schemes, Authorities: names}
	ext := &CertificateRequest{}
	ext.Extensions.SignatureAlgorithms, ext.Extensions.CertificateAuthorities = schemes, names
	ext.Extensions.Add(ExtSignatureAlgorithms)
	ext.Extensions.Add(ExtCertificateAuthorities)
	for f, m := range map[*Form]*CertificateRequest{Form12: fields, Form13: ext} {
		whole, err := appendMessage(nil, m, f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseMessage(TypeCertificateRequest, whole[headerSize:], f, ExtensionSet{})
		if err != nil {
			t.Fatal(err)
		}
		r := got.(*CertificateRequest)
		if !slices.Equal(r.PeerSchemes(), schemes) || !slices.EqualFunc(r.PeerAuthorities(), names, bytes.Equal) {
			t.Errorf("%s: %v, %x", f.Name, r.PeerSchemes(), r.PeerAuthorities())
		}
	}
}
