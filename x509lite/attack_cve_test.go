package x509lite

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
)

// This file has the holes of other implementations, by the number under which they became known.

// CVE-2024-45341: a URI whose host is an IPv6 address with a zone that looks like a domain is under no domain's constraint.
func TestURIWithAZoneIsUnderNoDomain(t *testing.T) {
	for _, uri := range []string{
		"https://[2001:db8::1%25.example.org]/", "https://[2001:db8::1%25.example.org]:443/", "https://[2001:db8::1%.example.org]/",
		"https://[fe80::1%25www.example.org]/", "https://[::1]/", "https://[::1.example.org]/", "https://[.example.org]/",
	} {
		for _, domain := range []string{".example.org", "example.org", "www.example.org"} {
			root, ca := constrainedChain(t, []rule{{URIName, domain}}, nil)
			leaf := issue(t, "leaf", KeyEd25519, &Template{URIs: []string{uri}}, ca)
			_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow})
			var v *VerifyError
			if !errors.As(err, &v) {
				t.Errorf("%s under %s: %v", uri, domain, err)
			}
		}
	}
}

// CVE-2023-2650: an object identifier of one enormous number, wherever one may stand, is printed at no cost to speak of.
func TestEnormousObjectIdentifiersAreCheap(t *testing.T) {
	enormous := OID("\x2a" + strings.Repeat("\xff", 100_000) + "\x01")
	wrap := func(tag byte, content ...[]byte) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: bytes.Join(content, nil)})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	id := wrap(6, []byte(enormous))
	root := testCA(t, "Root", KeyEd25519, nil)
	for name, extra := range map[string]Extension{
		"an extension": {ID: enormous, Value: []byte{5, 0}},
		"a policy":     {ID: oidPolicies, Value: wrap(0x30, wrap(0x30, id))},
		"a purpose":    {ID: OID("\x55\x1d\x25\x01"), Value: wrap(0x30, id)},
	} {
		leaf, err := (&Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}, Extra: []Extension{extra},
			NotBefore: root.cert.NotBefore(), NotAfter: root.cert.NotAfter()}).Sign(root.cert, root.key.Public(), root.key, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if allocated := allocatedBy(func() {
			c, err := ParseCertificate(leaf)
			if err != nil {
				return
			}
			_ = c.Text()
			_, err = Verify(c, &VerifyOptions{Roots: poolOf(root), Time: testNow, Hostname: "example.org"})
			var v *VerifyError
			if errors.As(err, &v) {
				_ = v.Error()
			}
		}); allocated > 40*uint64(len(leaf)) {
			t.Errorf("%s: %d bytes for %d", name, allocated, len(leaf))
		}
	}
}

// CVE-2025-58185: lists of things that take two bytes each make nothing that is many times as large: a name is sixteen times what it takes,
// and lists grow by doubling. What a peer may send is bounded besides, by Config.MaxCertificateList.
func TestListsOfNothingCostAFixedMultiple(t *testing.T) {
	list := func(item string) []byte {
		der, err := asn1.Marshal(asn1.RawValue{Tag: 16, IsCompound: true, Bytes: bytes.Repeat([]byte(item), 200_000)})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	root := testCA(t, "Root", KeyEd25519, nil)
	for _, id := range []OID{oidSubjectAltName, oidPolicies, oidCRLPoints, oidExtKeyUsage, oidNameConstraints, oidAuthorityInfoAccess} {
		for _, item := range []string{"\x82\x00", "\x30\x00", "\x31\x00", "\x06\x00", "\x05\x00", "\xa0\x00", "\x06\x01\x2a"} {
			leaf, err := (&Template{Subject: NewName("leaf", ""), Extra: []Extension{{ID: id, Value: list(item)}},
				NotBefore: root.cert.NotBefore(), NotAfter: root.cert.NotAfter()}).Sign(root.cert, root.key.Public(), root.key, nil)
			if err != nil {
				continue // the extension is one that the template makes
			}
			if allocated := allocatedBy(func() {
				if c, err := ParseCertificate(leaf); err == nil {
					Verify(c, &VerifyOptions{Roots: poolOf(root), Time: testNow, Hostname: "example.org"})
				}
			}); allocated > 64*uint64(len(leaf)) {
				t.Errorf("%x of %x: %d bytes for %d", item, string(id), allocated, len(leaf))
			}
		}
	}
}

// CVE-2023-29409: a modulus beyond the bound is no key, so that nobody computes with it.
func TestEnormousRSAKeysAreNone(t *testing.T) {
	spki := func(bits int) []byte {
		n := bytes.Repeat([]byte{0xff}, bits/8)
		key, err := asn1.Marshal(struct{ N, E asn1.RawValue }{
			asn1.RawValue{Tag: 2, Bytes: append([]byte{0}, n...)}, asn1.RawValue{Tag: 2, Bytes: []byte{1, 0, 1}}})
		if err != nil {
			t.Fatal(err)
		}
		der, err := asn1.Marshal(struct {
			Algorithm struct {
				ID   asn1.ObjectIdentifier
				Null asn1.RawValue
			}
			Key asn1.BitString
		}{struct {
			ID   asn1.ObjectIdentifier
			Null asn1.RawValue
		}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue}, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for bits, ok := range map[int]bool{2048: true, cipher.MaxRSABits: true, cipher.MaxRSABits + 8: false, 8 * cipher.MaxRSABits: false} {
		if _, err := ParsePublicKey(spki(bits)); (err == nil) != ok {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
}

// CVE-2025-58188: a DSA key in a chain, with parameters, without them, or with such as make no sense, is an error where it is none.
func TestDSAKeysThatAreNoneDoNoHarm(t *testing.T) {
	dsa := asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}
	integers := func(values ...[]byte) []byte {
		var body []byte
		for _, v := range values {
			body = append(body, slices.Concat([]byte{2, byte(len(v))}, v)...)
		}
		return slices.Concat([]byte{0x30, byte(len(body))}, body)
	}
	one, zero, minus := []byte{1}, []byte{0}, []byte{0x80}
	for name, parameters := range map[string][]byte{
		"none": nil, "NULL": {5, 0}, "zeros": integers(zero, zero, zero), "ones": integers(one, one, one), "negative": integers(minus, minus, minus),
		"two": integers(one, one), "four": integers(one, one, one, one), "empty": {0x30, 0}, "q of zero": integers([]byte{0x7f}, zero, one),
	} {
		for _, y := range [][]byte{zero, one, minus, nil} {
			key := slices.Concat([]byte{2, byte(len(y))}, y)
			identifier, err := asn1.Marshal(dsa)
			if err != nil {
				t.Fatal(err)
			}
			identifier = append(identifier, parameters...)
			bits := slices.Concat([]byte{3, byte(1 + len(key)), 0}, key)
			body := slices.Concat([]byte{0x30, byte(len(identifier))}, identifier, bits)
			spki := slices.Concat([]byte{0x30, byte(len(body))}, body)
			if k, err := ParsePublicKey(spki); err == nil {
				if err := cipher.DSASHA256.Verify(k, []byte("message"), integers(one, one)); err == nil {
					t.Errorf("%s, %x: a signature is right", name, y)
				}
			}
		}
	}
}
