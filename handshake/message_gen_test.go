package handshake

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/cipher/hpke"
	"tlsengine/handshake/wire"
)

// Generators of well-formed messages, for the properties in message_test.go and the seeds of the fuzz targets.

// everything is the set of all extensions with a row: with it, nothing is unsolicited.
func everything() ExtensionSet {
	var all ExtensionSet
	for i := range extensions {
		all.Add(extensions[i].ID)
	}
	return all
}

func someBytes(t *rapid.T, label string, least, most int) []byte {
	return rapid.SliceOfN(rapid.Byte(), least, most).Draw(t, label)
}

func someCodes[T ~uint16](t *rapid.T, label string, most int) []T {
	return rapid.SliceOfN(rapid.Map(rapid.Uint16(), func(c uint16) T { return T(c) }), 1, most).Draw(t, label)
}

func someNames(t *rapid.T, label string, least int) [][]byte {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 20), least, 4).Draw(t, label)
}

// fill sets the fields of one extension as they may look in p.
func fill(t *rapid.T, e *Extensions, id ExtensionID, p place) {
	offer := p&requests != 0
	switch id {
	case ExtServerName:
		if offer {
			e.ServerName = rapid.StringMatching(`[a-z0-9-]{1,20}(\.[a-z]{2,5}){0,3}`).Draw(t, "server name")
		}
	case ExtStatusRequest:
		if p == inCertificate {
			e.Staple = someBytes(t, "staple", 1, 30)
		}
	case ExtSCT:
		if !offer {
			e.SCTs = someSCTs(t)
		}
	case ExtClientCertificateType:
		e.ClientCertificateTypes = someTypes(t, offer)
	case ExtServerCertificateType:
		e.ServerCertificateTypes = someTypes(t, offer)
	case ExtRecordSizeLimit:
		e.RecordSizeLimit = rapid.Uint16Range(64, 1<<16-1).Draw(t, "record size limit")
	case ExtMaxFragmentLength:
		e.MaxFragmentLength = rapid.Uint8Range(1, 4).Draw(t, "fragment length")
	case ExtCompressCertificate:
		e.CertificateCompressions = rapid.SliceOfNDistinct(rapid.Map(rapid.Uint16(), func(c uint16) CompressionID { return CompressionID(c) }), 1, 4, rapid.ID).Draw(t, "compressions")
	case ExtDelegatedCredential:
		if offer {
			e.DelegatedSchemes = someCodes[cipher.SignatureScheme](t, "delegated schemes", 4)
			return
		}
		e.Delegated = &DelegatedCredential{ValidTime: rapid.Uint32().Draw(t, "valid time"), Scheme: someCodes[cipher.SignatureScheme](t, "delegated scheme", 1)[0],
			SPKI: someBytes(t, "delegated key", 1, 40), Algorithm: someCodes[cipher.SignatureScheme](t, "delegating scheme", 1)[0], Signature: someBytes(t, "delegation", 1, 40)}
	case ExtSupportedGroups:
		if p != inServerHello12 {
			e.SupportedGroups = someCodes[cipher.GroupID](t, "groups", 6)
		}
	case ExtECPointFormats:
		e.PointFormats = someBytes(t, "formats", 1, 3)
	case ExtSignatureAlgorithms:
		e.SignatureAlgorithms = someCodes[cipher.SignatureScheme](t, "schemes", 9)
	case ExtSignatureAlgorithmsCert:
		e.SignatureAlgorithmsCert = someCodes[cipher.SignatureScheme](t, "certificate schemes", 9)
	case ExtALPN:
		most := 1
		if offer {
			most = 4
		}
		e.ALPN = rapid.SliceOfN(rapid.StringMatching(`[a-z0-9/.]{1,12}`), 1, most).Draw(t, "protocols")
	case ExtNextProtocols:
		if !offer {
			e.NextProtocols = rapid.SliceOfN(rapid.StringMatching(`[a-z0-9/.]{1,12}`), 1, 4).Draw(t, "next protocols")
		}
	case ExtSessionTicket:
		if offer {
			e.SessionTicket = someBytes(t, "ticket", 0, 40)
		}
	case ExtSupportedVersions:
		e.SelectedVersion = cipher.VersionTLS13
		if offer {
			e.SelectedVersion, e.SupportedVersions = 0, someCodes[cipher.Version](t, "versions", 5)
		}
	case ExtCookie:
		e.Cookie = someBytes(t, "cookie", 1, 30)
	case ExtPSKKeyExchangeModes:
		e.PSKModes = someBytes(t, "modes", 1, 3)
	case ExtCertificateAuthorities:
		e.CertificateAuthorities = someNames(t, "authorities", 1)
	case ExtRenegotiationInfo:
		e.RenegotiationInfo = someBytes(t, "renegotiation info", 0, 24)
	case ExtEncryptedClientHello:
		fillECH(t, e, p)
	case ExtKeyShare:
		fillKeyShare(t, e, p)
	case ExtPreSharedKey:
		fillPreSharedKey(t, e, offer)
	case ExtEarlyData:
		if p == inNewSessionTicket {
			e.MaxEarlyData = rapid.Uint32().Draw(t, "max early data")
		}
	}
}

func someTypes(t *rapid.T, offer bool) []CertificateType {
	if !offer {
		return []CertificateType{CertificateType(rapid.Byte().Draw(t, "type"))}
	}
	return []CertificateType{CertificateX509, CertificateType(rapid.Byte().Draw(t, "type beside X.509"))}
}

func someSCTs(t *rapid.T) []byte {
	var b wire.Builder
	b.Vector16(func(b *wire.Builder) {
		for range rapid.IntRange(1, 3).Draw(t, "timestamps") {
			b.Opaque16(someBytes(t, "timestamp", 1, 20))
		}
	})
	list, err := b.Result()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func someShare(t *rapid.T) KeyShareEntry {
	return KeyShareEntry{Group: cipher.GroupID(rapid.Uint16().Draw(t, "group")), Data: someBytes(t, "share", 1, 40)}
}

func fillKeyShare(t *rapid.T, e *Extensions, p place) {
	switch p {
	case inClientHello:
		e.KeyShares = rapid.SliceOfNDistinct(rapid.Custom(someShare), 0, 4, func(k KeyShareEntry) cipher.GroupID { return k.Group }).Draw(t, "shares")
	case inServerHello13:
		e.SelectedShare = someShare(t)
	case inHelloRetryRequest:
		e.RetryGroup = cipher.GroupID(rapid.Uint16().Draw(t, "retry group"))
	}
}

func fillECH(t *rapid.T, e *Extensions, p place) {
	switch p {
	case inClientHello:
		e.ECH.Inner = rapid.Bool().Draw(t, "inner")
		if !e.ECH.Inner {
			e.ECH = ECHClientHello{KDF: hpke.KDF(rapid.Uint16().Draw(t, "KDF")), AEAD: hpke.AEAD(rapid.Uint16().Draw(t, "AEAD")),
				ConfigID: rapid.Byte().Draw(t, "id"), Enc: someBytes(t, "enc", 0, 40), Payload: someBytes(t, "payload", 1, 40)}
		}
	case inHelloRetryRequest:
		e.ECHConfirmation = someBytes(t, "confirmation", 8, 8)
	case inEncryptedExtensions:
		e.ECHRetryConfigs = someECHKey(t).list(t).Bytes()
	}
}

func fillPreSharedKey(t *rapid.T, e *Extensions, offer bool) {
	if !offer {
		e.SelectedIdentity = rapid.Uint16().Draw(t, "selected identity")
		return
	}
	for range rapid.IntRange(1, 3).Draw(t, "identities") {
		e.PSKIdentities = append(e.PSKIdentities, PSKIdentity{Identity: someBytes(t, "identity", 1, 40), ObfuscatedAge: rapid.Uint32().Draw(t, "age")})
		e.PSKBinders = append(e.PSKBinders, someBytes(t, "binder", 32, 48))
	}
}

// someExtensions draws extensions that may stand in p, and unknown ones where those are ignored.
func someExtensions(t *rapid.T, p place) Extensions {
	var e Extensions
	for i := range extensions {
		x := &extensions[i]
		must := x.ID == ExtSupportedVersions && p&(inServerHello13|inHelloRetryRequest) != 0
		if x.codec(p) != nil && (must || rapid.Bool().Draw(t, x.Name)) {
			e.Add(x.ID)
			fill(t, &e, x.ID, p)
		}
	}
	if p&requests != 0 {
		ids := rapid.SliceOfNDistinct(rapid.Uint16(), 0, 4, rapid.ID[uint16]).Draw(t, "unknown")
		for _, id := range ids {
			if rowOf(ExtensionID(id)) == nil {
				e.Raw = append(e.Raw, RawExtension{ID: ExtensionID(id), Body: someBytes(t, "unknown body", 0, 9)})
			}
		}
	}
	return e
}

func someRandom(t *rapid.T) (r [32]byte) {
	copy(r[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "random"))
	return r
}

func someClientHello(t *rapid.T) Message {
	return &ClientHello{
		Version: cipher.VersionTLS12, Random: someRandom(t), SessionID: someBytes(t, "session id", 0, 32),
		Suites: someCodes[cipher.SuiteID](t, "suites", 9), Compression: someBytes(t, "compression", 1, 3),
		Extensions: someExtensions(t, inClientHello),
	}
}

func someServerHello(t *rapid.T) Message {
	m := &ServerHello{
		Version: cipher.VersionTLS12, Random: someRandom(t), SessionID: someBytes(t, "session id", 0, 32),
		Suite: cipher.SuiteID(rapid.Uint16().Draw(t, "suite")), Compression: rapid.Byte().Draw(t, "compression"),
	}
	p := rapid.SampledFrom([]place{inServerHello12, inServerHello13, inHelloRetryRequest}).Draw(t, "place")
	if p == inHelloRetryRequest {
		m.Random = retryRandom
	}
	m.Extensions = someExtensions(t, p)
	return m
}

func someCertificate(t *rapid.T, f *Form) Message {
	m := &Certificate{}
	if f.Entries {
		m.Context = someBytes(t, "context", 0, 9)
	}
	for _, der := range someNames(t, "chain", 0) {
		e := CertificateEntry{Data: der}
		if x := someExtensions(t, inCertificate); f.Entries && !x.Present.Empty() {
			e.Extensions = &x
		}
		m.Entries = append(m.Entries, e)
	}
	return m
}

func someCertificateRequest(t *rapid.T, f *Form) Message {
	if f.Entries {
		return &CertificateRequest{Context: someBytes(t, "context", 0, 9), Extensions: someExtensions(t, inCertificateRequest)}
	}
	m := &CertificateRequest{Types: someBytes(t, "types", 1, 5), Authorities: someNames(t, "authorities", 0)}
	if v, _ := exchangeIn(f); v == cipher.VersionTLS12 {
		m.Schemes = someCodes[cipher.SignatureScheme](t, "schemes", 9)
	}
	return m
}

func someTicket(t *rapid.T, f *Form) Message {
	m := &NewSessionTicket{Lifetime: rapid.Uint32().Draw(t, "lifetime"), Ticket: someBytes(t, "ticket", 1, 60)}
	if f.Entries {
		m.AgeAdd, m.Nonce = rapid.Uint32().Draw(t, "age add"), someBytes(t, "nonce", 0, 9)
		m.Extensions = someExtensions(t, inNewSessionTicket)
	}
	return m
}

// someMessage draws a message of type t as it may look under f, or nil if it has no place there.
func someMessage(t *rapid.T, mt MessageType, f *Form) Message {
	switch mt {
	case TypeHelloRequest:
		return &HelloRequest{}
	case TypeServerHelloDone:
		return &ServerHelloDone{}
	case TypeEndOfEarlyData:
		return &EndOfEarlyData{}
	case TypeClientHello:
		return someClientHello(t)
	case TypeServerHello:
		return someServerHello(t)
	case TypeEncryptedExtensions:
		return &EncryptedExtensions{Extensions: someExtensions(t, inEncryptedExtensions)}
	case TypeCertificate:
		return someCertificate(t, f)
	case TypeCertificateRequest:
		return someCertificateRequest(t, f)
	case TypeCertificateVerify:
		return &CertificateVerify{Scheme: someScheme(t, f), Signature: someBytes(t, "signature", 0, 80)}
	case TypeCertificateStatus:
		return &CertificateStatus{Response: someBytes(t, "response", 1, 40)}
	case TypeCompressedCertificate:
		return &CompressedCertificate{Algorithm: CompressionID(rapid.Uint16().Draw(t, "algorithm")), Length: rapid.Uint32Range(0, 1<<24-1).Draw(t, "length"),
			Data: someBytes(t, "compressed", 1, 40)}
	case TypeFinished:
		return &Finished{VerifyData: someBytes(t, "verify data", 0, 48)}
	case TypeNewSessionTicket:
		return someTicket(t, f)
	case TypeNextProtocol:
		return &NextProtocol{Selected: someBytes(t, "selected", 0, 40), Padding: rapid.IntRange(0, 32).Draw(t, "padding")}
	case TypeKeyUpdate:
		return &KeyUpdate{Request: rapid.Bool().Draw(t, "request")}
	case TypeServerKeyExchange, TypeClientKeyExchange:
		return someKeyExchange(t, mt, f)
	}
	panic("no generator for " + mt.String())
}

func someKeyExchange(t *rapid.T, mt MessageType, f *Form) Message {
	if f.Entries {
		return nil // RFC 8446 has none of the two
	}
	_, x := exchangeIn(f)
	if mt == TypeClientKeyExchange {
		m := &ClientKeyExchange{}
		if x.psk {
			m.Identity = someBytes(t, "identity", 0, 20)
		}
		if x.agreement != nil {
			m.Public = someBytes(t, "public", 1, 65)
		}
		if x.transport {
			m.Encrypted = someBytes(t, "encrypted", 0, 128)
		}
		return m
	}
	m := &ServerKeyExchange{}
	if x.psk {
		m.Hint = someBytes(t, "hint", 0, 20)
	}
	switch x.agreement {
	case onCurves:
		m.Group = someCodes[cipher.GroupID](t, "group", 1)[0]
		m.Public = someBytes(t, "public", 1, 65)
	case inFields:
		m.Prime, m.Generator, m.Public = someBytes(t, "p", 1, 65), someBytes(t, "g", 1, 65), someBytes(t, "public", 1, 65)
	}
	if x.layout.signed {
		m.Scheme, m.Signature = someScheme(t, f), someBytes(t, "signature", 0, 80)
	}
	m.Params, _ = m.appendParams(nil, f)
	return m
}

// sameMessage compares what was written with what was read. Parsing also leaves the bytes of each extension in Raw;
// building has only unknown ones there.
func sameMessage(want, got Message) string {
	raw := func(p cmp.Path) bool { return p.Last().String() == ".Raw" }
	rest := func(p cmp.Path) bool { return !raw(p) }
	return cmp.Diff(want, got, cmp.AllowUnexported(ExtensionSet{}), cmp.FilterPath(rest, cmpopts.EquateEmpty()),
		cmp.FilterPath(raw, cmp.Transformer("unknown", onlyUnknown)))
}

func onlyUnknown(raw []RawExtension) map[ExtensionID]string {
	m := make(map[ExtensionID]string)
	for _, x := range raw {
		if rowOf(x.ID) == nil {
			m[x.ID] = string(x.Body)
		}
	}
	return m
}

// formECDHE is TLS 1.2's Form for the usual suites.
var formECDHE = dialects[cipher.VersionTLS12].forms[exchangeECDHE]

// forms are TLS 1.3's and those of each version before it with each key exchange.
var forms = allForms()

func allForms() []*Form {
	all := []*Form{Form13}
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS10, cipher.VersionSSL30} {
		for _, x := range exchanges {
			all = append(all, dialects[v].forms[x])
		}
	}
	return all
}

// exchangeIn returns the dialect and the exchange of one of forms.
func exchangeIn(f *Form) (v cipher.Version, x *exchange) {
	for v, d := range dialects {
		for x, form := range d.forms {
			if form == f {
				return v, x
			}
		}
	}
	panic("no exchange has the form " + f.Name)
}

// someScheme draws a scheme, which only TLS 1.2 has room for among the versions with an exchange.
func someScheme(t *rapid.T, f *Form) cipher.SignatureScheme {
	s := someCodes[cipher.SignatureScheme](t, "scheme", 1)[0]
	if !f.Entries {
		if v, _ := exchangeIn(f); v != cipher.VersionTLS12 {
			return 0
		}
	}
	return s
}

// eachMessage runs check as a sub-test for every row of every form.
func eachMessage(t *testing.T, check func(t *testing.T, row *messageRow, f *Form)) {
	for i := range messages {
		for _, f := range forms {
			t.Run(messages[i].Type.String()+"/"+f.Name, func(t *testing.T) { check(t, &messages[i], f) })
		}
	}
}
