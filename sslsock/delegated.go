package sslsock

import (
	"errors"
	"os"
	"slices"

	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// LoadDelegatedCredential loads a delegated credential (RFC 9345): certFile has the certificate that delegates, then
// those of its issuers, in PEM; its key may be on another machine. delegatedFile has the blocks DELEGATED CREDENTIAL,
// as `sslcat delegate` writes it, and PRIVATE KEY: the key that signs in place of the certificate's, for at most seven
// days. It is used with peers of TLS 1.3 that take such (SetDelegatedCredentials), and as long as it lasts; what
// LoadCertChain loads is for the others. A second call replaces the first, which is how a server goes on to the next
// one. pw is as for LoadCertChain.
//
// Errors: *fs.PathError for files that can't be read, an *SSLError for what is in them. On error the context stays as it was.
func (c *Context) LoadDelegatedCredential(certFile, delegatedFile string, pw PasswordFunc) error {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return err
	}
	delegated, err := os.ReadFile(delegatedFile)
	if err != nil {
		return err
	}
	defer clear(delegated)
	return c.LoadDelegatedCredentialPEM(cert, delegated, pw)
}

// LoadDelegatedCredentialPEM is LoadDelegatedCredential for PEM texts in memory. Neither is kept.
func (c *Context) LoadDelegatedCredentialPEM(certPEM, delegatedPEM []byte, pw PasswordFunc) error {
	chain, err := x509lite.ParseCertificatesPEM(certPEM)
	if err != nil {
		return pemError(err)
	}
	blocks, err := x509lite.ParsePEM(delegatedPEM)
	if err != nil {
		return pemError(err)
	}
	at := slices.IndexFunc(blocks, func(b x509lite.PEMBlock) bool { return b.Type == handshake.PEMDelegatedCredential })
	if at < 0 {
		return &SSLError{Code: ErrorSSL, Library: "PEM", Reason: record.ReasonNoStartLine.String(), Message: "no start line: there is no delegated credential"}
	}
	if pw == nil {
		pw = c.askPassword
	}
	key, err := x509lite.OpenPrivateKeyPEM(delegatedPEM, pw)
	if err != nil {
		return keyError(err)
	}
	credential, err := handshake.NewDelegatedCredential(chain, blocks[at].Bytes, key)
	var bad *handshake.CredentialError
	if errors.As(err, &bad) {
		return &SSLError{Code: ErrorSSL, Library: "SSL", Reason: bad.Reason.String(), Message: err.Error(), Err: err}
	}
	c.change(func(s *settings) { s.delegate = credential })
	return nil
}
