package engine

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// trace is one connection of RFC 8448, read from rfc8448.txt in the module's testdata.
type trace struct {
	name     string
	messages []traceMessage
	records  []traceRecord
	values   map[string][]byte                       // "secret c_hs_traffic" and so on
	resume   func(scope [32]byte) *handshake.Session // what the client offers; nil if nothing
}

type traceMessage struct {
	sender, name string
	whole        []byte
}

type traceRecord struct {
	sender, kind   string
	payload, bytes []byte
}

// readTraces returns the traces of the sections named.
func readTraces(t *testing.T, sections ...string) []*trace {
	t.Helper()
	text, err := os.ReadFile("../testdata/rfc8448.txt")
	if err != nil {
		t.Fatal(err)
	}
	var traces []*trace
	var tr *trace
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "trace":
			tr = &trace{name: f[2], values: map[string][]byte{}}
			if slices.Contains(sections, f[1]) {
				traces = append(traces, tr)
			}
		case f[0] == "message":
			tr.messages = append(tr.messages, traceMessage{f[1], f[2], unhex(t, f[3])})
		case f[0] == "record":
			tr.records = append(tr.records, traceRecord{f[1], f[2], unhex(t, f[3]), unhex(t, f[4])})
		default:
			tr.values[strings.Join(f[:len(f)-1], " ")] = unhex(t, f[len(f)-1])
		}
	}
	if len(traces) != len(sections) {
		t.Fatalf("%d traces were found, not %d", len(traces), len(sections))
	}
	return traces
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// message returns the nth message of this sender and name, counted from 0, or nil.
func (tr *trace) message(sender, name string, n int) []byte {
	for _, m := range tr.messages {
		if m.sender == sender && m.name == name {
			if n == 0 {
				return m.whole
			}
			n--
		}
	}
	return nil
}

// has tells whether a message of that sender and name is in the trace.
func (tr *trace) has(sender, name string) bool { return tr.message(sender, name, 0) != nil }

// rand is a handshake.Rand that draws what the trace's program drew.
func (tr *trace) rand(t *testing.T, role string) handshake.Rand {
	drawn := map[handshake.Use][][]byte{
		handshake.UseClientRandom: {tr.message("client", "ClientHello", 0)[6:38]},
		handshake.UseSessionID:    {tr.message("client", "ClientHello", 0)[39:]},
		handshake.UseServerRandom: {tr.serverHello()[6:38]},
		handshake.UseKeyShare:     tr.seeds(role),
		handshake.UseKeyResponse:  tr.seeds(role),
		handshake.UseSignature:    {tr.salt(t)},
		handshake.UseTicket:       {make([]byte, handshake.TicketSeedSize)}, // for a ticket that isn't given
		handshake.UseTicketAge:    {make([]byte, 4)},
		handshake.UseCookie:       {make([]byte, 32)}, // shape puts the trace's in its place
	}
	return func(use handshake.Use, draw uint64, p []byte) {
		if draw >= uint64(len(drawn[use])) {
			t.Errorf("%s draws %v number %d, which the trace does not have", role, use, draw)
			return
		}
		copy(p, drawn[use][draw])
	}
}

// serverHello returns the ServerHello that is no HelloRetryRequest.
func (tr *trace) serverHello() []byte {
	if second := tr.message("server", "ServerHello", 1); second != nil {
		return second
	}
	return tr.message("server", "ServerHello", 0)
}

// seeds returns what makes a role's key pairs, in the order in which they are made. An X25519 seed is the private key
// itself. A P-256 key is (seed mod n-1) + 1, so its seed is the key less one, in as many bytes as a seed has.
func (tr *trace) seeds(role string) [][]byte {
	var seeds [][]byte
	if k := tr.values["private "+role+" x25519"]; k != nil {
		seeds = append(seeds, k)
	}
	if k := tr.values["private "+role+" secp256r1"]; k != nil {
		less := new(big.Int).Sub(new(big.Int).SetBytes(k), big.NewInt(1))
		seeds = append(seeds, less.FillBytes(make([]byte, cipher.GroupByID(cipher.CurveP256).SeedSize())))
	}
	return seeds
}

// rsaKey returns the server's private key (RFC 8448, Section 2), or nil if the trace's server has another.
func (tr *trace) rsaKey(t *testing.T) *rsa.PrivateKey {
	number := func(name string) *big.Int { return new(big.Int).SetBytes(tr.values["rsa "+name]) }
	if tr.values["rsa modulus"] == nil {
		return nil
	}
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: number("modulus"), E: int(number("public_exponent").Int64())},
		D:         number("private_exponent"),
		Primes:    []*big.Int{number("prime1"), number("prime2")},
	}
	k.Precompute()
	if err := k.Validate(); err != nil {
		t.Fatal(err)
	}
	return k
}

// salt recovers the salt of the server's RSA-PSS signature with the public key (RFC 8017, Section 9.1.2, steps 6 to
// 11), and returns it at the front of what a signature draws. It is nil if the server's key isn't RSA.
func (tr *trace) salt(t *testing.T) []byte {
	k := tr.rsaKey(t)
	if k == nil {
		return nil
	}
	verify := tr.message("server", "CertificateVerify", 0)
	s := new(big.Int).SetBytes(verify[8:])
	em := new(big.Int).Exp(s, big.NewInt(int64(k.E)), k.N).FillBytes(make([]byte, k.Size()))
	masked, h := em[:len(em)-sha256.Size-1], em[len(em)-sha256.Size-1:len(em)-1]
	var mask []byte
	for i := byte(0); len(mask) < len(masked); i++ { // MGF1
		d := sha256.Sum256(append(bytes.Clone(h), 0, 0, 0, i))
		mask = append(mask, d[:]...)
	}
	for i := range masked {
		masked[i] ^= mask[i]
	}
	return masked[len(masked)-sha256.Size:]
}

// credential returns what the sender authenticates with. The traces' RSA server has its key in the RFC, and signs with
// it and the recovered salt; of the other keys the RFC has the signatures only.
func (tr *trace) credential(t *testing.T, sender string) *handshake.Credential {
	t.Helper()
	// Certificate: header, empty context, length of the list, length of the only certificate.
	message := tr.message(sender, "Certificate", 0)
	size := int(message[8])<<16 | int(message[9])<<8 | int(message[10])
	cert, err := x509lite.ParseCertificate(message[11 : 11+size])
	if err != nil {
		t.Fatal(err)
	}
	var key cipher.PrivateKey = &replayedKey{cert.PublicKey(), tr.message(sender, "CertificateVerify", 0)[8:]}
	if k := tr.rsaKey(t); k != nil && sender == "server" {
		if key, err = cipher.NewPrivateKey(k); err != nil {
			t.Fatal(err)
		}
	}
	c, err := handshake.NewCredential([]*x509lite.Certificate{cert}, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replayedKey stands for a private key that we don't have: it signs one message, with the signature of the trace,
// which must be good for that message.
type replayedKey struct {
	public    cipher.PublicKey
	signature []byte
}

func (k *replayedKey) Public() cipher.PublicKey { return k.public }

func (k *replayedKey) Sign(s cipher.SignatureScheme, message, _ []byte) ([]byte, error) {
	if err := s.Verify(k.public, message, k.signature); err != nil {
		return nil, fmt.Errorf("the trace's signature is not over our transcript: %w", err)
	}
	return bytes.Clone(k.signature), nil
}

func (k *replayedKey) SignAlgorithm(cipher.Algorithm, []byte, []byte) ([]byte, error) {
	return nil, fmt.Errorf("a replayed key signs no certificates")
}

// shape gives our messages what the trace's program says and this engine does not: extensions without rows here,
// offers that this engine would not make, and the order of the extensions. Randoms, key shares, cookies that are
// echoed, certificates, signatures and verify_data are ours.
func (tr *trace) shape(role string) func(handshake.Message) {
	sent := map[handshake.MessageType]int{}
	return func(m handshake.Message) {
		n := sent[m.Type()]
		sent[m.Type()]++
		whole := tr.message(role, m.Type().String(), n)
		switch m := m.(type) {
		case *handshake.ClientHello:
			shapeExtensions(&m.Extensions, extensionsOf(whole, 4+2+32, 1, 2, 1))
		case *handshake.ServerHello:
			shapeExtensions(&m.Extensions, extensionsOf(whole, 4+2+32, 1, -3))
			if m.IsRetry() {
				m.Extensions.Cookie = cookieOf(m.Extensions.Raw)
			}
		case *handshake.EncryptedExtensions:
			list := extensionsOf(whole, 4)
			shapeExtensions(&m.Extensions, list)
			if hasServerName(list) {
				m.Extensions.Add(handshake.ExtServerName) // also on resumption, where ours keeps to RFC 6066, Section 3, and doesn't
			}
		case *handshake.CertificateRequest:
			shapeExtensions(&m.Extensions, extensionsOf(whole, 4, 1))
		}
	}
}

// extensionsOf cuts the list of extensions out of a message. It stands behind skip bytes and vectors whose lengths take
// 1 or 2 bytes; a negative number skips that many bytes.
func extensionsOf(whole []byte, skip int, vectors ...int) []handshake.RawExtension {
	rest := whole[skip:]
	for _, v := range vectors {
		switch v {
		case 1:
			rest = rest[1+int(rest[0]):]
		case 2:
			rest = rest[2+int(rest[0])<<8+int(rest[1]):]
		default:
			rest = rest[-v:]
		}
	}
	var list []handshake.RawExtension
	for rest = rest[2:]; len(rest) > 0; {
		id, size := handshake.ExtensionID(rest[0])<<8|handshake.ExtensionID(rest[1]), int(rest[2])<<8|int(rest[3])
		list = append(list, handshake.RawExtension{ID: id, Body: rest[4 : 4+size]})
		rest = rest[4+size:]
	}
	return list
}

func shapeExtensions(e *handshake.Extensions, list []handshake.RawExtension) {
	e.Raw = list // their order counts; bytes only of those that have no rows here
	for _, x := range list {
		switch x.ID {
		case handshake.ExtSupportedGroups:
			e.SupportedGroups = codesOf[cipher.GroupID](x.Body)
		case handshake.ExtSignatureAlgorithms:
			e.SignatureAlgorithms = codesOf[cipher.SignatureScheme](x.Body)
		case handshake.ExtPSKKeyExchangeModes:
			e.PSKModes = x.Body[1:]
		case handshake.ExtRenegotiationInfo:
			e.RenegotiationInfo = nil
		case handshake.ExtServerName: // the traces' server acknowledges it when it resumes, too
		case handshake.ExtSessionTicket:
			e.SessionTicket = x.Body
		default:
			continue // has no row, or is ours
		}
		e.Add(x.ID)
	}
}

func hasServerName(list []handshake.RawExtension) bool {
	return slices.ContainsFunc(list, func(x handshake.RawExtension) bool { return x.ID == handshake.ExtServerName })
}

func codesOf[T ~uint16](body []byte) (codes []T) {
	for b := body[2:]; len(b) > 0; b = b[2:] {
		codes = append(codes, T(b[0])<<8|T(b[1]))
	}
	return codes
}

func cookieOf(list []handshake.RawExtension) []byte {
	for _, x := range list {
		if x.ID == handshake.ExtCookie {
			return x.Body[2:]
		}
	}
	return nil
}
