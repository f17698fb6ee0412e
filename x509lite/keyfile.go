package x509lite

import (
	"errors"
	"fmt"
	"strings"

	"tlsengine/cipher"
)

// Errors of private keys, each wrapped with more.
var (
	ErrNoPrivateKey = errors.New("x509lite: the text has no block with a private key")
	ErrEncryptedKey = errors.New("x509lite: the private key is encrypted and there is no password to open it")
	ErrKeyMismatch  = errors.New("x509lite: the private key is not that of the certificate")

	// ErrWrongPassword also stands for a key whose encrypted part was damaged: nothing in most formats tells the two apart.
	ErrWrongPassword = errors.New("x509lite: the private key can't be decrypted: the password is wrong, or the key is damaged")

	ErrPasswordTooLong       = errors.New("x509lite: a password cannot be longer than 1024 bytes")
	ErrUnsupportedEncryption = errors.New("x509lite: the private key is encrypted in a way that is not supported")
)

// maxPassword is the longest password in bytes, which is also OpenSSL's.
const maxPassword = 1024

// ParsePrivateKeyPEM is OpenPrivateKeyPEM for keys that are not encrypted; one that is gives ErrEncryptedKey.
func ParsePrivateKeyPEM(text []byte) (cipher.PrivateKey, error) { return OpenPrivateKeyPEM(text, nil) }

// OpenPrivateKeyPEM returns the first private key of a PEM text: PKCS#8 ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), PKCS#1 ("RSA
// PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY"), each of the last two also encrypted as OpenSSL of old does it (RFC 1421's headers
// Proc-Type and DEK-Info). Blocks of other kinds, "EC PARAMETERS" among them, are skipped.
//
// password gives the password of an encrypted key. It is called for no other, and once; the slice that it returns is cleared.
// Its error is returned wrapped. See OpenPrivateKey for what encryption is read.
//
// Errors: *PEMError, ErrNoPrivateKey, and those of OpenPrivateKey; none holds any of the text.
func OpenPrivateKeyPEM(text []byte, password func() ([]byte, error)) (cipher.PrivateKey, error) {
	blocks, err := ParsePEM(text)
	if err != nil {
		return nil, err
	}
	defer clearContents(blocks)
	for _, b := range blocks {
		parse := keyLabels[b.Type]
		if parse == nil {
			continue
		}
		k, err := b.openKey(parse, password)
		if err != nil {
			return nil, fmt.Errorf("private key in line %d: %w", b.Line, err)
		}
		return k, nil
	}
	return nil, ErrNoPrivateKey
}

// keyParser reads an unencrypted key.
type keyParser func(encoding []byte) (cipher.PrivateKey, error)

const encryptedLabel = "ENCRYPTED PRIVATE KEY"

// keyLabels are the labels of blocks with private keys, and what is in them when decrypted.
var keyLabels = map[string]keyParser{
	"PRIVATE KEY": parsePKCS8, "RSA PRIVATE KEY": parsePKCS1, "EC PRIVATE KEY": parseSEC1, encryptedLabel: parsePKCS8,
}

func (b *PEMBlock) openKey(parse keyParser, password func() ([]byte, error)) (cipher.PrivateKey, error) {
	if b.Type == encryptedLabel {
		return OpenPrivateKey(b.Bytes, password)
	}
	sealed, err := b.sealed()
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return parse(b.Bytes)
	}
	return openSealed(sealed, parse, password)
}

// OpenPrivateKey reads a DER key: those of ParsePrivateKey, and PKCS#8's EncryptedPrivateKeyInfo (RFC 5958, Section 3). That may
// be encrypted by PBES2 (RFC 8018) with PBKDF2 or scrypt (RFC 7914) and AES-CBC, AES-GCM or 3DES, by PBES1 with DES, or by PKCS
// #12's PBE with 3DES (RFC 7292, Appendix C). password is as for OpenPrivateKeyPEM; encoding is not kept.
//
// Errors, wrapped: ErrEncryptedKey if there is no password function, its own error, ErrPasswordTooLong, ErrWrongPassword,
// ErrUnsupportedEncryption (also for key derivation that costs too much), and those of ParsePrivateKey.
func OpenPrivateKey(encoding []byte, password func() ([]byte, error)) (cipher.PrivateKey, error) {
	d := der(encoding)
	var v der
	// An encrypted key begins with an AlgorithmIdentifier, all others with a version number.
	if readSequence(&d, &v) && v.PeekASN1Tag(tagSequence) {
		sealed, err := readEncryptedKey(encoding)
		if err != nil {
			return nil, err
		}
		return openSealed(sealed, parsePKCS8, password)
	}
	return ParsePrivateKey(encoding)
}

// sealedKey is an encrypted key whose parameters were checked, so that opening it fails only for its password or its contents.
type sealedKey struct {
	derive     func(password []byte) (material []byte, err error) // the key and, if the format wants it, the IV
	open       func(material, ciphertext []byte) (plain []byte, ok bool)
	ciphertext []byte
}

// openSealed asks for the password, decrypts and parses.
func openSealed(s *sealedKey, parse keyParser, password func() ([]byte, error)) (cipher.PrivateKey, error) {
	if password == nil {
		return nil, ErrEncryptedKey
	}
	secret, err := password()
	defer clear(secret)
	if err != nil {
		return nil, fmt.Errorf("x509lite: no password for the private key: %w", err)
	}
	if len(secret) > maxPassword {
		return nil, ErrPasswordTooLong
	}
	material, err := s.derive(secret)
	if err != nil {
		return nil, err
	}
	defer clear(material)
	plain, ok := s.open(material, s.ciphertext)
	defer clear(plain)
	if !ok {
		return nil, ErrWrongPassword
	}
	k, err := parse(plain)
	// One wrong password in 256 leaves what looks like padding, and then what is no key in DER.
	var form *ParseError
	if errors.As(err, &form) {
		return nil, ErrWrongPassword
	}
	return k, err
}

// sealed reads the headers of RFC 1421, Section 4.6 as OpenSSL writes them; nil if the block isn't encrypted.
func (b *PEMBlock) sealed() (*sealedKey, error) {
	var process, info string
	for _, h := range b.Headers {
		name, value, _ := strings.Cut(h, ":")
		switch name {
		case "Proc-Type":
			process = strings.ReplaceAll(value, " ", "")
		case "DEK-Info":
			info = strings.ReplaceAll(value, " ", "")
		}
	}
	if process == "" && info == "" {
		return nil, nil
	}
	if process != "4,ENCRYPTED" || info == "" {
		return nil, malformed("private key", `has a Proc-Type other than "4,ENCRYPTED", or lacks one of Proc-Type and DEK-Info`)
	}
	return traditional(info, b.Bytes)
}
