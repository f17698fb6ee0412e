package handshake

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/cipher/hpke"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// This file plays peers that encrypt what they should not, and answer what they should not.

// sealedBy returns an outer hello with encoded in it, encrypted to the key, and the sender for a second one.
func sealedBy(t testing.TB, k *ECHKey, outer ClientHello, encoded []byte) ([]byte, hpke.Sender) {
	t.Helper()
	suite, ok := k.config.choose()
	enc, sender, err := hpke.NewSender(suite, k.config.publicKey, k.config.info(), make([]byte, suite.KEM.Group().SeedSize()))
	if err != nil || !ok {
		t.Fatal(err)
	}
	outer.Extensions.ECH = ECHClientHello{KDF: suite.KDF, AEAD: suite.AEAD, ConfigID: k.config.id, Enc: enc}
	whole := sealedAs(t, &sender, outer, encoded)
	return whole, sender
}

// sealedAs seals encoded as the payload of an outer hello whose extension has all else.
func sealedAs(t testing.TB, sender *hpke.Sender, outer ClientHello, encoded []byte) []byte {
	t.Helper()
	size := len(encoded) + outer.Extensions.ECH.AEAD.Overhead()
	outer.Extensions.ECH.Payload = make([]byte, size)
	outer.Extensions.Add(ExtEncryptedClientHello)
	whole, err := appendMessage(nil, &outer, nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(payloadIn(whole, size), sender.Seal(nil, whole[headerSize:], encoded))
	return whole
}

// plainHello is what a client of pairParams would say, without encryption.
func plainHello(t testing.TB) ClientHello {
	t.Helper()
	p := pairParams()
	p.Protocols = []string{"h2", "x"}
	c, _ := newPair(t, p, p, func(*pairEnd) {})
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	m, err := parseMessage(TypeClientHello, c.peer.inbox[0][headerSize:], nil, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	return *m.(*ClientHello)
}

// serverWithECH returns a server's Machine that has the key.
func serverWithECH(t testing.TB, k *ECHKey) *Machine {
	t.Helper()
	p := pairParams()
	p.Credentials = []*Credential{pairCredential(t, 0, 7)}
	p.ECHKeys = []*ECHKey{k}
	var err error
	if p.ECHRetryConfigs, err = ECHRetryConfigs(p.ECHKeys); err != nil {
		t.Fatal(err)
	}
	return NewServer(p, &Options{Rand: seededRand(2)})
}

// hears hands a hello to a server and answers what it asks, until it fails or awaits the client.
func hears(m *Machine, whole []byte) error {
	m.Fragment(whole)
	for {
		f, err := m.Next()
		if err != nil {
			return err
		}
		op := m.Operation()
		if f == nil && op == nil {
			return nil
		}
		if op != nil {
			op.Run()
			if _, err := m.Resume(); err != nil {
				return err
			}
		}
	}
}

// TestServerRefusesBadInnerHellos: RFC 9849, Sections 5.1 and 7.1.
func TestServerRefusesBadInnerHellos(t *testing.T) {
	const (
		wrong     = record.AlertIllegalParameter
		malformed = record.AlertDecodeError
		named     = record.ReasonInvalidOuterExtension
		inner     = record.ReasonInvalidClientHelloInner
	)
	names := func(ids ...ExtensionID) func(h *ClientHello) {
		return func(h *ClientHello) {
			e := &h.Extensions
			for _, id := range ids {
				e.Present.Remove(id)
			}
			e.Raw = slices.DeleteFunc(slices.Clone(e.Raw), func(x RawExtension) bool { return slices.Contains(ids, x.ID) && x.ID != ExtEncryptedClientHello })
			e.Raw = append(e.Raw, RawExtension{ID: extECHOuterExtensions, Body: listOuterExtensions(ids)})
		}
	}
	raw := func(bodies ...[]byte) func(h *ClientHello) {
		return func(h *ClientHello) {
			for _, b := range bodies {
				h.Extensions.Raw = append(h.Extensions.Raw, RawExtension{ID: extECHOuterExtensions, Body: b})
			}
		}
	}
	for _, c := range []struct {
		why    string
		change func(h *ClientHello)  // of the inner hello
		spoil  func(e []byte) []byte // of its encoding
		alert  record.Alert          // 0: it is taken
		reason record.Reason
	}{
		{why: "nothing"},
		{why: "two in order", change: names(ExtSupportedGroups, ExtKeyShare)},
		{why: "padding", spoil: func(e []byte) []byte { return append(e, make([]byte, 100)...) }},
		{why: "padding that is not zero", spoil: func(e []byte) []byte { return append(e, 0, 1) }, alert: wrong, reason: record.ReasonDecodeError},
		{why: "a session id", change: func(h *ClientHello) { h.SessionID = []byte{1} }, alert: wrong, reason: inner},
		{why: "cut", spoil: func(e []byte) []byte { return e[:40] }, alert: malformed, reason: record.ReasonClientHelloParseFailed},
		{why: "empty", spoil: func(e []byte) []byte { return nil }, alert: malformed, reason: record.ReasonClientHelloParseFailed},
		{why: "wrong order", change: names(ExtKeyShare, ExtSupportedGroups), alert: wrong, reason: named},
		{why: "one twice", change: names(ExtKeyShare, ExtKeyShare), alert: wrong, reason: named},
		{why: "one that is missing", change: names(0x7a7a), alert: wrong, reason: named},
		{why: "itself", change: names(ExtEncryptedClientHello), alert: wrong, reason: named},
		{why: "the list", change: names(extECHOuterExtensions), alert: wrong, reason: named},
		{why: "an empty list", change: raw([]byte{0}), alert: wrong, reason: named},
		{why: "half a name", change: raw([]byte{3, 0, 10, 0}), alert: wrong, reason: named},
		{why: "bytes behind the list", change: raw([]byte{2, 0, 10, 0}), alert: wrong, reason: named},
		{why: "the same extension twice", change: raw([]byte{2, 0, 10}), alert: malformed, reason: record.ReasonDuplicateExtension},
		{why: "no type", change: func(h *ClientHello) {
			drop(h, ExtEncryptedClientHello)
			h.Extensions.Present.Remove(ExtEncryptedClientHello)
		}, alert: wrong, reason: inner},
		{why: "another outer one", change: func(h *ClientHello) { h.Extensions.ECH = ECHClientHello{Payload: []byte{1}} }, alert: wrong, reason: inner},
		{why: "TLS 1.2", change: func(h *ClientHello) {
			h.Extensions.SupportedVersions = []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12}
		}, alert: wrong, reason: inner},
		{why: "no versions", change: func(h *ClientHello) {
			drop(h, ExtSupportedVersions)
			h.Extensions.Present.Remove(ExtSupportedVersions)
		}, alert: wrong, reason: inner},
	} {
		h := plainHello(t)
		in := *innerOf(&h)
		in.SessionID = nil
		if c.change != nil {
			c.change(&in)
		}
		var b wire.Builder
		in.marshal(&b, nil)
		encoded, err := b.Result()
		if err != nil {
			t.Fatal(err)
		}
		if c.spoil != nil {
			encoded = c.spoil(encoded)
		}
		k := echKey(t, 1)
		whole, _ := sealedBy(t, k, h, encoded)
		m := serverWithECH(t, k)
		err = hears(m, whole)
		if c.alert == 0 {
			if err != nil || m.c.info == nil && m.State().Name() != "server13.WaitFinished" {
				t.Errorf("%s: %v in %s", c.why, err, m.State().Name())
			}
			continue
		}
		t.Run(c.why, func(t *testing.T) { wantRefusal(t, err, c.alert, c.reason) })
	}
}

// TestServerRefusesBadSecondHellos: RFC 9849, Section 7.1.1.
func TestServerRefusesBadSecondHellos(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h *ClientHello)
		alert  record.Alert
		reason record.Reason
	}{
		"not encrypted": {func(h *ClientHello) {
			drop(h, ExtEncryptedClientHello)
			h.Extensions.Present.Remove(ExtEncryptedClientHello)
		}, record.AlertMissingExtension, record.ReasonMissingExtension},
		"inner":       {func(h *ClientHello) { h.Extensions.ECH = ECHClientHello{Inner: true} }, record.AlertIllegalParameter, record.ReasonDecodeError},
		"another id":  {func(h *ClientHello) { h.Extensions.ECH.ConfigID++ }, record.AlertIllegalParameter, record.ReasonDecodeError},
		"other suite": {func(h *ClientHello) { h.Extensions.ECH.AEAD = hpke.AEADChaCha20Poly1305 }, record.AlertIllegalParameter, record.ReasonDecodeError},
		"a new key":   {func(h *ClientHello) { h.Extensions.ECH.Enc = []byte{1} }, record.AlertIllegalParameter, record.ReasonDecodeError},
		"changed":     {func(h *ClientHello) { h.Random[0] ^= 1 }, record.AlertDecryptError, record.ReasonDecryptionFailed},
		"replayed":    {func(h *ClientHello) { h.Extensions.ECH.Payload[0] ^= 1 }, record.AlertDecryptError, record.ReasonDecryptionFailed},
	} {
		hellos := 0
		s := encrypted{retry: true, known: true}
		s.params(t)
		s.before = func(e *pairEnd) {
			if e.m.c.role == ClientRole || e.coming == nil || MessageType(e.coming[0]) != TypeClientHello {
				return
			}
			if hellos++; hellos < 2 {
				return
			}
			m, err := parseMessage(TypeClientHello, bytes.Clone(e.coming[headerSize:]), nil, ExtensionSet{})
			if err != nil {
				t.Fatal(err)
			}
			h := m.(*ClientHello)
			c.change(h)
			if e.coming, err = appendMessage(nil, h, nil); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := s.run(t)
		if hellos != 2 {
			t.Errorf("%s: %d hellos", name, hellos)
		}
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, c.alert, c.reason) })
	}
}

// TestServerWithKeysRefusesInnerHello: RFC 9849, Section 7: what it opens itself it doesn't take from anybody. A server without keys
// may stand behind one that has opened it.
func TestServerWithKeysRefusesInnerHello(t *testing.T) {
	h := plainHello(t)
	whole, err := appendMessage(nil, innerOf(&h), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, hears(serverWithECH(t, echKey(t, 1)), whole), record.AlertIllegalParameter, record.ReasonInvalidClientHelloInner)
	p := pairParams()
	p.Credentials = []*Credential{pairCredential(t, 0, 7)}
	m := NewServer(p, &Options{Rand: seededRand(2)})
	if err := hears(m, whole); err != nil || m.c.info.ECH != ECHBehind {
		t.Errorf("%v, %v", err, m.c.info.ECH)
	}
}

// TestClientRefusesBadAnswersToEncryptedHello: what a server may not say once it has accepted or rejected.
func TestClientRefusesBadAnswersToEncryptedHello(t *testing.T) {
	retryConfigs := listOfKeys(t, echKey(t, 9)).Bytes()
	for name, c := range map[string]struct {
		s      encrypted
		shape  func(m Message)
		spoil  func(message []byte)
		alert  record.Alert
		reason record.Reason
	}{
		// RFC 9849, Section 5
		"configurations for an accepted hello": {s: encrypted{known: true}, shape: func(m Message) {
			if ee, ok := m.(*EncryptedExtensions); ok {
				ee.Extensions.ECHRetryConfigs = retryConfigs
				ee.Extensions.Add(ExtEncryptedClientHello)
			}
		}, alert: record.AlertUnsupportedExtension, reason: record.ReasonUnexpectedExtension},
		// RFC 9849, Section 6.1.2
		"a PSK for a rejected hello": {s: encrypted{resumes: true}, shape: func(m Message) {
			if sh, ok := m.(*ServerHello); ok {
				sh.Extensions.Add(ExtPreSharedKey)
			}
		}, alert: record.AlertIllegalParameter, reason: record.ReasonUnexpectedExtension},
		// RFC 9849, Section 6.1.5
		"accepted, and then not": {s: encrypted{known: true, retry: true}, spoil: func(message []byte) {
			if MessageType(message[0]) == TypeServerHello && !bytes.Equal(message[6:38], retryRandom[:]) {
				message[37] ^= 1
			}
		}, alert: record.AlertIllegalParameter, reason: record.ReasonInconsistentECHNegotiation},
		// RFC 9849, Section 6.1.6
		"configurations that don't parse": {shape: func(m Message) {
			if ee, ok := m.(*EncryptedExtensions); ok {
				ee.Extensions.ECHRetryConfigs = []byte{0, 1, 2}
				ee.Extensions.Add(ExtEncryptedClientHello)
			}
		}, alert: record.AlertDecodeError, reason: record.ReasonErrorParsingExtension},
	} {
		s := &c.s
		s.params(t)
		first := s.resumes
		s.shape = func(who Role, m Message) {
			if who == ServerRole && !first && c.shape != nil {
				c.shape(m)
			}
		}
		s.before = func(e *pairEnd) {
			if e.m.c.role == ClientRole && e.coming != nil && c.spoil != nil {
				e.coming = bytes.Clone(e.coming)
				c.spoil(e.coming)
			}
		}
		if first { // of two connections the second counts, in which the hello is encrypted
			s.client.ECHGrease = false
			s.server.SelectContext = func(h *ClientHelloInfo) (*Params, error) {
				first = h.ECH == ECHNotOffered
				return nil, nil
			}
		}
		_, _, err := s.run(t)
		t.Run(name, func(t *testing.T) { wantRefusal(t, err, c.alert, c.reason) })
	}
}

// TestRetryLooksAlikeWhateverWasOpened (RFC 9849, Sections 7.1 and 10.10.4): a server that opens hellos answers those that it can't open by a
// HelloRetryRequest of the same form; one that doesn't says nothing about them.
func TestRetryLooksAlikeWhateverWasOpened(t *testing.T) {
	for _, s := range []*encrypted{
		{known: true}, {another: true}, {grease: true, another: true}, {known: true, another: true, declined: true}, {}, {grease: true}, {known: true, plain: true},
	} {
		s.retry = true
		s.params(t)
		s.client.ECHGrease = s.grease
		var retries int
		var said []byte
		s.before = func(e *pairEnd) {
			if e.m.c.role == ClientRole && e.coming != nil && MessageType(e.coming[0]) == TypeServerHello && bytes.Equal(e.coming[6:38], retryRandom[:]) {
				retries++
				said = bytes.Clone(confirmationInRetry(e.coming))
			}
		}
		c, v, err := s.run(t)
		if opens := (s.known || s.another) && !s.declined; retries != 1 || (len(said) == echConfirmationSize) != opens {
			t.Errorf("%v: the retry says %x, %d retries", s, said, retries)
		}
		if s.accepted() || s.grease {
			s.checkConnected(t, c, v, err)
		} else {
			s.checkRejected(t, c, v, err)
		}
	}
}

// TestAClientThatPretendsLooksAtTheAnswer (RFC 9849, Section 6.2.1): it refuses an answer that doesn't parse with decode_error, and takes any
// other for nothing.
func TestAClientThatPretendsLooksAtTheAnswer(t *testing.T) {
	configs := listOfKeys(t, echKey(t, 9)).Bytes()
	for name, x := range map[string]struct {
		retry, configs []byte // nil: not there
		bad            bool
	}{
		"a confirmation":                  {retry: []byte("12345678")},
		"a confirmation that is short":    {retry: []byte("1234567"), bad: true},
		"a confirmation that is long":     {retry: []byte("123456789"), bad: true},
		"an empty confirmation":           {retry: []byte{}, bad: true},
		"configurations":                  {configs: configs},
		"a configuration of the future":   {configs: []byte{0, 5, 0xab, 0xcd, 0, 1, 7}},
		"both":                            {retry: []byte("12345678"), configs: configs},
		"no configurations":               {configs: []byte{}, bad: true},
		"configurations that are cut":     {configs: configs[:len(configs)-1], bad: true},
		"something behind configurations": {configs: append(bytes.Clone(configs), 0), bad: true},
	} {
		s := encrypted{grease: true, retry: true}
		s.params(t)
		s.shape = func(who Role, m Message) {
			switch m := m.(type) {
			case *ServerHello:
				if m.IsRetry() && x.retry != nil {
					m.Extensions.ECHConfirmation = x.retry
					m.Extensions.Add(ExtEncryptedClientHello)
				}
			case *EncryptedExtensions:
				if x.configs != nil {
					m.Extensions.ECHRetryConfigs = x.configs
					m.Extensions.Add(ExtEncryptedClientHello)
				}
			}
		}
		c, v, err := s.run(t)
		t.Run(name, func(t *testing.T) {
			if x.bad {
				wantRefusal(t, err, record.AlertDecodeError, record.ReasonErrorParsingExtension)
				return
			}
			s.checkConnected(t, c, v, err)
		})
	}
}

// TestFlippedConfirmationIsARejection: a server that doesn't confirm has rejected, whatever else it says, and what it then proves is
// that it didn't have the same hello.
func TestFlippedConfirmationIsARejection(t *testing.T) {
	s := encrypted{known: true}
	s.params(t)
	s.before = func(e *pairEnd) {
		if e.m.c.role == ClientRole && e.coming != nil && MessageType(e.coming[0]) == TypeServerHello {
			e.coming = bytes.Clone(e.coming)
			e.coming[37] ^= 1
		}
	}
	c, _, err := s.run(t)
	var e *record.Error
	if !errors.As(err, &e) || c.done != nil || c.m.c.rejected == nil {
		t.Errorf("%v", err)
	}
}

// TestDecodedInnerHelloIsBounded: whatever was encrypted, decoding ends with a message that both hellos pay for, or a refusal.
func TestDecodedInnerHelloIsBounded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		outer := someClientHello(rt).(*ClientHello)
		outer.Extensions.Present.Remove(ExtEncryptedClientHello)
		h := parsedHello(rt, outer)
		inner := *innerOf(h)
		ids := rapid.SliceOfN(rapid.SampledFrom(append(h.Extensions.ids(), 0x7a7a, extECHOuterExtensions)), 1, 20).Draw(rt, "names")
		inner.Extensions.Raw = append(slices.Clone(inner.Extensions.Raw), RawExtension{ID: extECHOuterExtensions, Body: listOuterExtensions(ids)})
		var b wire.Builder
		inner.SessionID = nil
		inner.marshal(&b, nil)
		encoded, err := b.Result()
		if err != nil {
			rt.Fatal(err)
		}
		decodes(rt, encoded, h)
	})
}

// decodes checks what must hold for any bytes.
func decodes(t interface{ Fatalf(string, ...any) }, encoded []byte, outer *ClientHello) {
	message, err := decodeInner(encoded, outer)
	var e *record.Error
	switch {
	case err != nil && !errors.As(err, &e):
		t.Fatalf("%v is no *record.Error", err)
	case err != nil:
		return
	}
	size := headerSize + len(encoded) + len(outer.SessionID)
	for _, x := range outer.Extensions.Raw {
		size += 4 + len(x.Body)
	}
	if len(message) > size {
		t.Fatalf("%d bytes out of %d", len(message), size)
	}
	if _, err := readInner(message); err != nil && !errors.As(err, &e) {
		t.Fatalf("%v is no *record.Error", err)
	}
}

// FuzzDecodeInner decodes whatever bytes there are, as if they had been encrypted.
func FuzzDecodeInner(f *testing.F) {
	h := plainHello(f)
	inner := innerOf(&h)
	c := compressionOf(inner, &h)
	inner.Extensions.Order = c.order()
	encoded, err := encodeInner(inner, c, 10)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encoded)
	f.Fuzz(func(t *testing.T, encoded []byte) { decodes(t, encoded, &h) })
}

// FuzzParseECHConfigList reads whatever bytes there are: a list that is taken comes out as it was, and its configurations make
// a list of their own.
func FuzzParseECHConfigList(f *testing.F) {
	f.Add(listOfKeys(f, echKey(f, 1), echKey(f, 2)).Bytes())
	f.Add([]byte{0, 5, 0xba, 0xdd, 0, 1, 7})
	f.Fuzz(func(t *testing.T, list []byte) {
		l, err := ParseECHConfigList(list)
		if err != nil {
			return
		}
		if !bytes.Equal(l.Bytes(), list) {
			t.Error("another list")
		}
		l.Usable()
		all := l.Configs()
		if len(all) == 0 {
			return
		}
		again, err := NewECHConfigList(all...)
		if err != nil || len(again.Configs()) != len(all) {
			t.Errorf("%d configurations make a list of %v: %v", len(all), again, err)
		}
	})
}

// TestRejectionNeedsACertificate: RFC 9849, Section 6.1.7: a server that rejects must show a certificate for the public name, and so
// nothing that does without one is offered in the outer hello. A client that doesn't encrypt offers it.
func TestRejectionNeedsACertificate(t *testing.T) {
	for _, id := range []cipher.SuiteID{cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256} {
		for _, grease := range []bool{true, false} {
			s := encrypted{old: true, grease: grease}
			s.params(t)
			suite := cipher.SuiteByID(id)
			s.client.Suites, s.server.Suites = append(slices.Clone(s.client.Suites), suite), []*cipher.Suite{suite}
			psk, err := NewPSK([]byte("name"), []byte("a key that both ends have"), cipher.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			s.client.PSKs, s.server.PSKs = []*PSK{psk}, []*PSK{psk}
			_, v, err := s.run(t)
			if v.done != nil != grease {
				t.Errorf("%v, not encrypted %v: the server has a connection: %v, %v", id, grease, v.done != nil, err)
			}
			if !grease {
				t.Run(id.String(), func(t *testing.T) { wantRefusal(t, err, record.AlertHandshakeFailure, record.ReasonNoSharedCipher) })
			}
		}
	}
}

// FuzzInnerHello encrypts whatever bytes there are to a server, first and, if it asks for a share of another group, second.
func FuzzInnerHello(f *testing.F) {
	h, k := plainHello(f), echKey(f, 1)
	encoded := func(change func(*ClientHello)) []byte {
		in := *innerOf(&h)
		change(&in)
		b, err := encodeInner(&in, compressionOf(&in, &h), 0)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	first := encoded(func(*ClientHello) {})
	p256, err := cipher.GroupByID(cipher.CurveP256).Generate(make([]byte, cipher.GroupByID(cipher.CurveP256).SeedSize()))
	if err != nil {
		f.Fatal(err)
	}
	second := encoded(func(in *ClientHello) {
		in.Extensions.KeyShares = []KeyShareEntry{{Group: cipher.CurveP256, Data: p256.Share()}}
	})
	for _, retry := range []bool{false, true} {
		f.Add(retry, first, second)
		f.Add(retry, encoded(func(in *ClientHello) { in.Extensions.ServerName = "other.test" }), first)
	}
	f.Fuzz(func(t *testing.T, retry bool, first, second []byte) {
		if len(first)+len(second) > 8000 {
			return
		}
		m := serverWithECH(t, k)
		if retry {
			m.c.params.Groups = []*cipher.Group{cipher.GroupByID(cipher.CurveP256)}
		}
		whole, sender := sealedBy(t, k, h, first)
		err := hears(m, whole)
		if err == nil && m.State().Name() == "server13.WaitClientHello2" {
			outer := h
			suite, _ := k.config.choose()
			outer.Extensions.ECH = ECHClientHello{KDF: suite.KDF, AEAD: suite.AEAD, ConfigID: k.config.id}
			err = hears(m, sealedAs(t, &sender, outer, second))
		}
		if err != nil {
			wantAlert(t, err, m.State().Name())
		} else if name := m.State().Name(); name != "server13.WaitFinished" {
			t.Errorf("the server is in %s", name)
		}
	})
}
