package sslsock

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// PasswordFunc returns the pass phrase of an encrypted private key. The caller clears the slice.
type PasswordFunc func() ([]byte, error)

// PasswordString returns a PasswordFunc for a known pass phrase.
func PasswordString(s string) PasswordFunc {
	return func() ([]byte, error) { return []byte(s), nil }
}

// PasswordBytes returns a PasswordFunc for a known pass phrase. b is not changed.
func PasswordBytes(b []byte) PasswordFunc {
	return func() ([]byte, error) { return slices.Clone(b), nil }
}

// LoadCertChain loads what the context's sockets authenticate with: a file of PEM certificates, the own one first, then
// those of its issuers as they are to be sent, and its private key, in keyFile or, if that is "", in the same file. A
// second call adds a chain for another kind of key, or replaces that of the same kind. pw is called once if the key is
// encrypted, and not otherwise; nil asks as SetPasswordPrompt says.
//
// Errors: *fs.PathError for files that can't be read, an *SSLError for what is in them and for a key that is too weak
// for the security level. On error the context stays as it was.
func (c *Context) LoadCertChain(certFile, keyFile string, pw PasswordFunc) error {
	if certFile == "" {
		return argumentError("certfile must be specified")
	}
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return err
	}
	key := cert
	if keyFile != "" {
		if key, err = os.ReadFile(keyFile); err != nil {
			return err
		}
	}
	defer clear(key)
	return c.LoadCertChainPEM(cert, key, pw)
}

// LoadCertChainPEM is LoadCertChain for PEM texts in memory. A nil keyPEM means that the key is in certPEM. Neither is kept.
func (c *Context) LoadCertChainPEM(certPEM, keyPEM []byte, pw PasswordFunc) error {
	if keyPEM == nil {
		keyPEM = certPEM
	}
	chain, err := x509lite.ParseCertificatesPEM(certPEM)
	if err != nil {
		return pemError(err)
	}
	if pw == nil {
		pw = c.askPassword
	}
	key, err := x509lite.OpenPrivateKeyPEM(keyPEM, pw)
	if err != nil {
		return keyError(err)
	}
	return c.addCredential(chain, key)
}

// addCredential adds a chain with its key, in place of one with the same kind of key.
func (c *Context) addCredential(chain []*x509lite.Certificate, key cipher.PrivateKey) error {
	if err := chain[0].CheckKey(key); err != nil {
		return mismatch(chain[0], key, err)
	}
	credential, err := handshake.NewCredential(chain, key, nil)
	if err != nil {
		return sslError("", err.Error(), err)
	}
	kind := key.Public().Type()
	c.change(func(s *settings) {
		if x509lite.KeyStrength(key.Public()) < s.level.Bits() {
			err = &SSLError{
				Code: ErrorSSL, Library: "SSL", Reason: "EE_KEY_TOO_SMALL",
				Message: fmt.Sprintf("ee key too small: %v of %d bits, for security level %d", kind, key.Public().Bits(), s.level),
			}
			return
		}
		list := slices.Clone(s.credentials)
		list = slices.DeleteFunc(list, func(o *handshake.Credential) bool { return o.Key().Public().Type() == kind })
		s.credentials = append(list, credential)
	})
	return err
}

// mismatch is the error for a key that is another certificate's.
func mismatch(leaf *x509lite.Certificate, key cipher.PrivateKey, cause error) error {
	e := &SSLError{
		Code: ErrorSSL, Library: "X509", Reason: record.ReasonKeyValuesMismatch.String(), Message: "key values mismatch", Err: cause,
	}
	if p := leaf.PublicKey(); p != nil && p.Type() != key.Public().Type() {
		e.Reason, e.Message = record.ReasonKeyTypeMismatch.String(), "key type mismatch"
	}
	return e
}

// pemError is the error for a text without usable certificates.
func pemError(err error) error {
	e := &SSLError{Code: ErrorSSL, Library: "PEM", Message: "PEM lib: " + err.Error(), Err: err}
	if errors.Is(err, x509lite.ErrNoCertificate) {
		e.Reason, e.Message = record.ReasonNoStartLine.String(), "no start line: "+err.Error()
	}
	return e
}

// keyError is the error for a text without a usable private key.
func keyError(err error) error {
	e := &SSLError{Code: ErrorSSL, Library: "PEM", Message: "PEM lib: " + err.Error(), Err: err}
	switch {
	case errors.Is(err, x509lite.ErrPasswordTooLong):
		return argumentError("password cannot be longer than 1024 bytes")
	case errors.Is(err, x509lite.ErrEncryptedKey):
		e.Err = ErrPasswordRequired
	case errors.Is(err, x509lite.ErrWrongPassword):
		e.Reason, e.Message = record.ReasonBadDecrypt.String(), "bad decrypt: "+err.Error()
	}
	return e
}

// VerifyLocations say where trusted certificates are. Any number of the fields may be set.
type VerifyLocations struct {
	// CAFile is a file of PEM certificates, and of revocation lists for VerifyCRLCheckLeaf and VerifyCRLCheckChain. What is in
	// OpenSSL's TRUSTED CERTIFICATE blocks, in any file or text, is trusted for the purposes that stand there.
	CAFile string
	// CAPath is a directory whose files are named <8 hexadecimal digits>.<number>, as by `openssl rehash`, and hold PEM
	// certificates. Those of a peer's issuers are read when it is verified, and kept; revocation lists
	// (<8 hexadecimal digits>.r<number>) are read anew each time. That there is no directory is no error. A list of directories,
	// separated as in PATH, is looked through in its order.
	CAPath string
	// CADataPEM is a text of PEM certificates.
	CADataPEM string
	// CADataDER is one or more certificates and revocation lists in DER, one behind the other.
	CADataDER []byte
}

func (v *VerifyLocations) empty() bool {
	return v.CAFile == "" && v.CAPath == "" && v.CADataPEM == "" && v.CADataDER == nil
}

// LoadVerifyLocations adds certificates to those that the context trusts. On error nothing of the call is kept.
//
// Errors: *fs.PathError for a file that can't be read, an *SSLError for what is in it, ErrInvalidArgument if nothing is given.
func (c *Context) LoadVerifyLocations(v VerifyLocations) error {
	if v.empty() {
		return argumentError("cafile, capath and cadata cannot be all omitted")
	}
	var all []x509lite.Anchor
	var lists []*x509lite.CRL
	if v.CAFile != "" {
		list, revoked, err := readAnchors(v.CAFile)
		if err != nil {
			return err
		}
		all, lists = append(all, list...), append(lists, revoked...)
	}
	if v.CADataPEM != "" {
		list, err := parseAnchors([]byte(v.CADataPEM))
		if err != nil {
			return pemError(err)
		}
		all = append(all, list...)
	}
	if v.CADataDER != nil {
		list, revoked, err := splitDER(v.CADataDER)
		if err != nil {
			return err
		}
		all, lists = append(all, list...), append(lists, revoked...)
	}
	if v.CAPath != "" {
		c.lookIn(v.CAPath)
	}
	c.trust(all)
	c.addLists(lists)
	return nil
}
