package sslsock

import (
	"bytes"
	"os"
	"slices"

	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// Stapling says what is wanted of OCSP responses that the peer staples to its certificates.
type Stapling = handshake.Stapling

// The degrees of interest in staples.
const (
	// StaplingOff asks for none. It is the default.
	StaplingOff = handshake.StaplingOff
	// StaplingReported asks for one, which is in HandshakeInfo as it came.
	StaplingReported = handshake.StaplingReported
	// StaplingChecked wants one that comes to be good, and one to come for a certificate that says so (RFC 7633).
	StaplingChecked = handshake.StaplingChecked
	// StaplingRequired wants one to come, and to be good.
	StaplingRequired = handshake.StaplingRequired
)

// Stapling returns what is wanted of OCSP responses that the peer staples.
func (c *Context) Stapling() Stapling { return c.current().stapling }

// SetStapling sets what is wanted of OCSP responses that the peer staples; with CertNone none is judged. What is no
// Stapling gives ErrInvalidArgument.
func (c *Context) SetStapling(s Stapling) error {
	if s > StaplingRequired {
		return argumentError("no such stapling: " + s.String())
	}
	c.change(func(of *settings) { of.stapling = s })
	return nil
}

// OCSPResponse returns the OCSP response that the peer stapled to its certificate, as DER; nil if there is none.
// SetStapling asks for one, and says what it must be. The slice is the caller's.
func (s *Socket) OCSPResponse() []byte { return staplingOf(s.HandshakeInfo()) }

// OCSPResponse is (*Socket).OCSPResponse.
func (o *Object) OCSPResponse() []byte { return staplingOf(o.conn.Info()) }

func staplingOf(i *handshake.Info) []byte {
	if i == nil {
		return nil
	}
	return bytes.Clone(i.Staple)
}

// SetStaplesCount chooses whether a stapled OCSP response that says "good" stands for the revocation list that
// VerifyCRLCheckLeaf and VerifyCRLCheckChain ask for. A list that names the certificate outweighs it: the peer chooses
// what it staples. The default is false, as with OpenSSL, whose flags ask for lists whatever is stapled. It asks for
// responses as StaplingReported does.
func (c *Context) SetStaplesCount(count bool) {
	c.change(func(s *settings) { s.staplesCount = count })
}

// wantedStaples is what the engine is to ask for.
func (s *settings) wantedStaples() Stapling {
	if s.staplesCount {
		return max(s.stapling, StaplingReported)
	}
	return s.stapling
}

// LoadStaple loads a file with an OCSP response in DER, as `openssl ocsp -respout` writes it, to staple to the
// certificate that it is about, which was loaded before with LoadCertChain. A later response replaces it, for sockets
// that are wrapped later.
//
// Errors: *fs.PathError for a file that can't be read, an *SSLError for what is no response, or one about none of the
// certificates.
func (c *Context) LoadStaple(file string) error {
	response, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return c.LoadStapleDER(response)
}

// LoadStapleDER is LoadStaple for a response in memory, of which it keeps a copy.
func (c *Context) LoadStapleDER(response []byte) error {
	r, err := x509lite.ParseOCSPResponse(response)
	if err != nil {
		return stapleError(err.Error(), err)
	}
	found := false
	c.change(func(s *settings) {
		list := slices.Clone(s.credentials)
		for i, credential := range list {
			if !answers(r, credential.Chain()[0]) {
				continue
			}
			if list[i], err = credential.WithStaples(response); err != nil {
				return
			}
			found = true
		}
		s.credentials = list
	})
	switch {
	case err != nil:
		return stapleError(err.Error(), err)
	case !found:
		return stapleError("the OCSP response is about none of the certificates that were loaded", nil)
	}
	return nil
}

// answers tells whether the response is about a certificate with this one's serial number: what else identifies it is
// known to clients, who check it, and not always to us.
func answers(r *x509lite.OCSPResponse, cert *x509lite.Certificate) bool {
	for a := range r.Answers() {
		if bytes.Equal(a.Serial, cert.RawSerial()) {
			return true
		}
	}
	return false
}

func stapleError(message string, cause error) error {
	return sslError(record.ReasonInvalidOCSPResponse.String(), message, cause)
}
