package x509lite

import (
	"bytes"
	"crypto/aes"
	gocipher "crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// asking gives a password and counts how often it was asked for.
func asking(password string, asked *int) func() ([]byte, error) {
	return func() ([]byte, error) {
		*asked++
		return []byte(password), nil
	}
}

// opensslKey makes a P-256 and an RSA key in dir and returns their paths.
func opensslKeys(t *testing.T, dir string) map[string]string {
	paths := map[string]string{"ec": filepath.Join(dir, "ec.pem"), "rsa": filepath.Join(dir, "rsa.pem"),
		"ed25519": filepath.Join(dir, "ed.pem")}
	openssl(t, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", paths["ec"])
	openssl(t, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", paths["rsa"])
	openssl(t, "genpkey", "-algorithm", "ED25519", "-out", paths["ed25519"])
	return paths
}

// opensslForms are the ways in which openssl encrypts a key: arguments behind the subcommand.
func opensslForms() map[string][]string {
	legacy := []string{"-provider", "legacy", "-provider", "default"}
	forms := map[string][]string{
		"PBES2 scrypt":           {"pkcs8", "-topk8", "-scrypt"},
		"PBES2 many iterations":  {"pkcs8", "-topk8", "-v2", "aes256", "-iter", "100000"},
		"PBES2 des":              append([]string{"pkcs8", "-topk8", "-v2", "des"}, legacy...),
		"PBES1 MD5 DES":          append([]string{"pkcs8", "-topk8", "-v1", "PBE-MD5-DES"}, legacy...),
		"PBES1 SHA1 DES":         append([]string{"pkcs8", "-topk8", "-v1", "PBE-SHA1-DES"}, legacy...),
		"PKCS12 3DES":            {"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"},
		"PKCS12 2DES":            {"pkcs8", "-topk8", "-v1", "PBE-SHA1-2DES"},
		"PKCS12 3DES iterations": {"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-iter", "3"},
	}
	for _, c := range []string{"aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"} {
		for _, prf := range []string{"hmacWithSHA1", "hmacWithSHA224", "hmacWithSHA256", "hmacWithSHA384", "hmacWithSHA512"} {
			forms["PBES2 "+c+" "+prf] = []string{"pkcs8", "-topk8", "-v2", c, "-v2prf", prf}
		}
	}
	for _, c := range []string{"-aes128", "-aes192", "-aes256", "-des3"} {
		forms["traditional "+c] = []string{"-traditional", c}
	}
	forms["traditional -des"] = append([]string{"-traditional", "-des"}, legacy...)
	return forms
}

// TestEncryptedKeysOfOpenSSL opens what openssl encrypts, in each of its ways: with the password, with a wrong one, with none,
// damaged. S-191, S-193, S-194, S-196.
func TestEncryptedKeysOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	for kind, path := range opensslKeys(t, dir) {
		plain, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ParsePrivateKeyPEM(plain)
		if err != nil {
			t.Fatal(err)
		}
		for form, args := range opensslForms() {
			if args[0] == "-traditional" {
				if kind == "ed25519" {
					continue // has no traditional form
				}
				args = append([]string{kind}, args...)
				if kind == "ec" {
					args = append([]string{"ec"}, args[2:]...) // writes it by itself
				}
			} else if kind != "rsa" && strings.HasPrefix(form, "PBES2 aes") {
				continue // the key's kind makes no difference to all of them
			}
			t.Run(kind+" "+form, func(t *testing.T) { openEncrypted(t, dir, path, args, want) })
		}
	}
}

func openEncrypted(t *testing.T, dir, path string, args []string, want cipher.PrivateKey) {
	const password = "pass phr\u00e4se"
	out := filepath.Join(dir, "out.pem")
	openssl(t, append(append([]string{args[0]}, "-in", path, "-out", out, "-passout", "pass:"+password), args[1:]...)...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte("ENCRYPTED")) {
		t.Fatalf("openssl didn't encrypt: %s", text)
	}
	asked := 0
	k, err := OpenPrivateKeyPEM(text, asking(password, &asked))
	if err != nil || !k.Public().Equal(want.Public()) || asked != 1 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	for _, wrong := range []string{"", "pass phrase", password + "x"} {
		if _, err := OpenPrivateKeyPEM(text, asking(wrong, &asked)); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("password %q: %v", wrong, err)
		}
	}
	if _, err := OpenPrivateKeyPEM(text, nil); !errors.Is(err, ErrEncryptedKey) {
		t.Errorf("no password: %v", err)
	}
	if _, err := ParsePrivateKeyPEM(text); !errors.Is(err, ErrEncryptedKey) {
		t.Errorf("not asked: %v", err)
	}
	stubborn := errors.New("not today")
	if _, err := OpenPrivateKeyPEM(text, func() ([]byte, error) { return nil, stubborn }); !errors.Is(err, stubborn) ||
		errors.Is(err, ErrWrongPassword) {
		t.Errorf("a function that fails: %v", err)
	}
	if _, err := OpenPrivateKeyPEM(text, asking(strings.Repeat("x", maxPassword+1), &asked)); !errors.Is(err, ErrPasswordTooLong) {
		t.Errorf("long password: %v", err)
	}
	openDamaged(t, text, password)
}

// openDamaged cuts the ciphertext: that is no matter of the password, which isn't even asked for.
func openDamaged(t *testing.T, text []byte, password string) {
	blocks, _ := ParsePEM(text)
	for _, b := range blocks {
		if keyLabels[b.Type] == nil {
			continue
		}
		cut := "-----BEGIN " + b.Type + "-----\n" + strings.Join(append(b.Headers, "", ""), "\n")
		short := MarshalPEM(nil, b.Type, b.Bytes[:len(b.Bytes)-1])
		short = append([]byte(cut), short[bytes.IndexByte(short, '\n')+1:]...)
		asked := 0
		var form *ParseError
		if _, err := OpenPrivateKeyPEM(short, asking(password, &asked)); !errors.As(err, &form) || errors.Is(err, ErrWrongPassword) ||
			asked != 0 {
			t.Errorf("cut: %v, asked %d times", err, asked)
		}
	}
}

// TestPasswordNotAskedForPlainKeys. S-193, S-195.
func TestPasswordNotAskedForPlainKeys(t *testing.T) {
	der, err := MarshalPKCS8(mustKey(t))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	if _, err := OpenPrivateKeyPEM(MarshalPEM(nil, "PRIVATE KEY", der), asking("wrong", &asked)); err != nil || asked != 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	if _, err := OpenPrivateKey(der, asking("wrong", &asked)); err != nil || asked != 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// TestPasswordIsCleared: nothing of it stays in the slice that the function gave.
func TestPasswordIsCleared(t *testing.T) {
	der := sealGCM(t, mustKey(t), "secret", 1000)
	for _, password := range []string{"secret", "wrong!"} {
		given := []byte(password)
		_, _ = OpenPrivateKey(der, func() ([]byte, error) { return given, nil })
		if !bytes.Equal(given, make([]byte, len(given))) {
			t.Errorf("%q is left of %q", given, password)
		}
	}
}

// sealGCM encrypts a key with PBKDF2 and AES-GCM, which openssl doesn't write.
func sealGCM(t testing.TB, k cipher.PrivateKey, password string, iterations int) []byte {
	t.Helper()
	plain, err := MarshalPKCS8(k)
	if err != nil {
		t.Fatal(err)
	}
	salt, nonce := []byte("salt and"), []byte("nonce nonce ")
	key, err := pbkdf2.Key(sha256.New, password, salt, min(iterations, 1000), 32)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := aes.NewCipher(key)
	aead, _ := gocipher.NewGCM(block)
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			addOID(b, oidPBES2)
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					addOID(b, oidPBKDF2)
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1OctetString(salt)
						b.AddASN1Int64(int64(iterations))
						b.AddASN1Int64(32)
						addAlgorithm(b, "\x2a\x86\x48\x86\xf7\x0d\x02\x09", derNull)
					})
				})
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					addOID(b, "\x60\x86\x48\x01\x65\x03\x04\x01\x2e")
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1OctetString(nonce)
						b.AddASN1Int64(16)
					})
				})
			})
		})
		b.AddASN1OctetString(aead.Seal(nil, nonce, plain, nil))
	})
	return b.BytesOrPanic()
}

// TestEncryptedKeyWithGCM opens AES-GCM; one changed bit anywhere in the ciphertext is a wrong password or damage.
func TestEncryptedKeyWithGCM(t *testing.T) {
	k := mustKey(t)
	der := sealGCM(t, k, "secret", 1000)
	asked := 0
	got, err := OpenPrivateKeyPEM(MarshalPEM(nil, "ENCRYPTED PRIVATE KEY", der), asking("secret", &asked))
	if err != nil || !got.Public().Equal(k.Public()) {
		t.Fatal(err)
	}
	for _, password := range []string{"Secret", ""} {
		if _, err := OpenPrivateKey(der, asking(password, &asked)); !errors.Is(err, ErrWrongPassword) {
			t.Error(err)
		}
	}
	der[len(der)-1] ^= 1
	if _, err := OpenPrivateKey(der, asking("secret", &asked)); !errors.Is(err, ErrWrongPassword) {
		t.Error(err)
	}
}

// TestExpensiveKeysRefused: a file can't make its reader compute for minutes or take gigabytes, and isn't asked a password for.
func TestExpensiveKeysRefused(t *testing.T) {
	asked := 0
	if _, err := OpenPrivateKey(sealGCM(t, mustKey(t), "x", maxIterations+1), asking("x", &asked)); !errors.Is(err,
		ErrUnsupportedEncryption) || asked != 0 {
		t.Errorf("iterations: %v", err)
	}
	for _, c := range []struct {
		n, r, p int
		ok      bool
	}{{1 << 14, 8, 1, true}, {1 << 16, 8, 1, true}, {1 << 17, 8, 1, false}, {1 << 30, 1, 1, false}, {2, 1 << 30, 1, false},
		{2, 1, 17, false}} {
		b := newBuilder()
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1OctetString([]byte("salt"))
			for _, v := range []int{c.n, c.r, c.p} {
				b.AddASN1Int64(int64(v))
			}
		})
		if _, err := readScrypt(der(b.BytesOrPanic()), 16); (err == nil) != c.ok ||
			err != nil && !errors.Is(err, ErrUnsupportedEncryption) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestUnknownEncryptionIsNamed: RC2, RC4 and other ciphers are no wrong password.
func TestUnknownEncryptionIsNamed(t *testing.T) {
	dir := t.TempDir()
	path := opensslKeys(t, dir)["ec"]
	asked := 0
	for _, args := range [][]string{
		{"pkcs8", "-topk8", "-v1", "PBE-SHA1-RC2-40", "-provider", "legacy", "-provider", "default"},
		{"pkcs8", "-topk8", "-v1", "PBE-SHA1-RC4-128", "-provider", "legacy", "-provider", "default"},
		{"pkcs8", "-topk8", "-v2", "camellia128"},
		{"ec", "-camellia128"},
	} {
		out := filepath.Join(dir, "out")
		openssl(t, append([]string{args[0], "-in", path, "-out", out, "-passout", "pass:x"}, args[1:]...)...)
		text, _ := os.ReadFile(out)
		if _, err := OpenPrivateKeyPEM(text, asking("x", &asked)); !errors.Is(err, ErrUnsupportedEncryption) || asked != 0 {
			t.Errorf("openssl %v: %v", args, err)
		}
	}
}

// TestKeyDerivationOfPython compares bytesToKey's MD5 chain, and PBES1's, with hashlib's on odd lengths.
func TestKeyDerivationOfPython(t *testing.T) {
	python := peers.Need(t, "python3")
	const script = `
import hashlib
for n in (8, 16, 24, 32):
    d = b"" ; k = b""
    while len(k) < n:
        d = hashlib.md5(d + b"pw" + b"saltsalt").digest(); k += d
    print(k[:n].hex())
for name in ("md5", "sha1"):
    d = b"pwsaltsalt"
    for i in range(5):
        d = hashlib.new(name, d).digest()
    print(d[:16].hex())
`
	out, err := exec.Command(python, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range []int{8, 16, 24, 32} {
		got = append(got, fmt.Sprintf("%x", bytesToKey([]byte("pw"), []byte("saltsalt"), n)))
	}
	for _, md5 := range []bool{true, false} {
		got = append(got, fmt.Sprintf("%x", pbkdf1(md5, []byte("pw"), []byte("saltsalt"), 5)))
	}
	if want := strings.Fields(string(out)); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", got, want)
	}
}

// FuzzOpenPrivateKey: no panic, no long computation, whatever the parameters say.
func FuzzOpenPrivateKey(f *testing.F) {
	f.Add(sealGCM(f, mustFuzzKey(f), "fuzz", 10), false)
	f.Add([]byte("-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\nAAECAwQFBgc=\n-----END EC PRIVATE KEY-----\n"), true)
	f.Fuzz(func(t *testing.T, b []byte, text bool) {
		asked := 0
		password := func() ([]byte, error) {
			asked++
			return []byte("fuzz"), nil
		}
		if text {
			_, _ = OpenPrivateKeyPEM(b, password)
		} else {
			_, _ = OpenPrivateKey(b, password)
		}
		if asked > 1 {
			t.Fatalf("asked %d times", asked)
		}
	})
}

func mustFuzzKey(f *testing.F) cipher.PrivateKey {
	k, err := GenerateKey(KeyP256, seedOf("fuzz"))
	if err != nil {
		f.Fatal(err)
	}
	return k
}
