package cipher

import (
	"bytes"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"errors"
	"math/big"
	"testing"
)

// TestDigestsSignAsMessages: a ready digest gives the signature of its message, for every scheme that has a digest.
func TestDigestsSignAsMessages(t *testing.T) {
	message, seed := []byte("what is signed"), make([]byte, SignSeedSize)
	for _, row := range Schemes() {
		k := testKeys()[fits[row.ID].keys[0]].(DigestSigner)
		if row.Algorithm.Kind.hashless() {
			if _, err := k.SignDigest(row.ID, make([]byte, 64), seed); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%v signed a digest: %v", row.ID, err)
			}
			if err := row.ID.VerifyDigest(k.Public(), make([]byte, 64), nil); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%v checked a digest: %v", row.ID, err)
			}
			continue
		}
		digest := row.Algorithm.Hash.Sum(nil, message)
		sig, err := k.SignDigest(row.ID, digest, seed)
		if err != nil {
			t.Fatal(row.ID, err)
		}
		if want, err := k.Sign(row.ID, message, seed); err != nil || !bytes.Equal(sig, want) {
			t.Errorf("%v: the digest gives another signature (%v)", row.ID, err)
		}
		if err := row.ID.VerifyDigest(k.Public(), digest, sig); err != nil {
			t.Errorf("%v: %v", row.ID, err)
		}
		digest[0] ^= 1
		if err := row.ID.VerifyDigest(k.Public(), digest, sig); err != ErrBadSignature {
			t.Errorf("%v of another digest: %v", row.ID, err)
		}
		for _, bad := range [][]byte{nil, digest[1:], append(digest, 0)} {
			if _, err := k.SignDigest(row.ID, bad, seed); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%v signed %d bytes: %v", row.ID, len(bad), err)
			}
			if err := row.ID.VerifyDigest(k.Public(), bad, sig); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%v checked %d bytes: %v", row.ID, len(bad), err)
			}
		}
		if _, err := k.SignDigest(row.ID, row.Algorithm.Hash.Sum(nil, message), seed[1:]); err == nil {
			t.Errorf("%v took a short seed", row.ID)
		}
	}
	if err := DSASHA1.VerifyDigest(nil, make([]byte, 20), nil); !errors.Is(err, ErrWrongKey) {
		t.Error("no key:", err)
	}
}

// TestMD5SHA1SignatureHasNoDigestInfo: RFC 4346, Section 7.4.3: the 36 bytes of both digests are signed as they are, in the
// padding of PKCS #1.
func TestMD5SHA1SignatureHasNoDigestInfo(t *testing.T) {
	k := testKeys()["RSA"]
	sig, err := k.Sign(RSAPKCS1MD5SHA1, []byte("m"), nil)
	if err != nil {
		t.Fatal(err)
	}
	std := k.Public().Std().(*rsa.PublicKey)
	em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(std.E)), std.N).FillBytes(make([]byte, std.Size()))
	m, s := md5.Sum([]byte("m")), sha1.Sum([]byte("m"))
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, len(em)-3-36)...)
	want = append(append(append(want, 0), m[:]...), s[:]...)
	if !bytes.Equal(em, want) {
		t.Errorf("%x, want %x", em, want)
	}
}

// TestSchemesBefore12: one for each type of key that signs there, all of them weak, and usable in SSL 3.0 to TLS 1.1.
func TestSchemesBefore12(t *testing.T) {
	for name, k := range testKeys() {
		id := SchemeBefore12(k.Public().Type())
		want := map[string]SignatureScheme{
			"RSA": RSAPKCS1MD5SHA1, "RSA-1024": RSAPKCS1MD5SHA1, "DSA": DSASHA1,
			"P-224": ECDSASHA1, "P-256": ECDSASHA1, "P-384": ECDSASHA1, "P-521": ECDSASHA1,
		}[name]
		if id != want {
			t.Errorf("%s: %v", name, id)
		}
		if id == 0 {
			continue
		}
		row := id.Info()
		if !id.Fits(k.Public()) || row.Weak == "" || !row.Usable(VersionSSL30) || !row.Usable(VersionTLS11) || row.Usable(VersionTLS13) {
			t.Errorf("%s: %+v", name, row)
		}
	}
	if RSAPKCS1MD5SHA1.Info().Negotiable() || RSAPKCS1MD5SHA1.Info().Usable(VersionTLS12) || !DSASHA1.Info().Negotiable() {
		t.Error("what is on the wire is a scheme of TLS 1.2, and nothing else is")
	}
}
