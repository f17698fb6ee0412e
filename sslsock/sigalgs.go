package sslsock

import (
	"tlsengine/cipher"
	"tlsengine/handshake"
)

// SetSignatureAlgorithms chooses with which algorithms the peer may sign the handshake, the best first, as a list of names
// with colons between them: "ecdsa_secp256r1_sha256:RSA-PSS+SHA256". A question mark before a name passes over it if it is
// unknown; otherwise an unknown name gives an *SSLError.
func (c *Context) SetSignatureAlgorithms(list string) error {
	return c.setSchemes(list, func(s *settings, schemes []cipher.SignatureScheme) {
		s.accepted = [2][]cipher.SignatureScheme{handshake.ClientRole: schemes, handshake.ServerRole: schemes}
	})
}

// SetServerSigalgs chooses with which algorithms servers sign the handshake, in the form of SetSignatureAlgorithms:
// clients take no others, and servers use no others.
func (c *Context) SetServerSigalgs(list string) error {
	return c.setSchemes(list, func(s *settings, schemes []cipher.SignatureScheme) {
		s.accepted[handshake.ClientRole], s.signed[handshake.ServerRole] = schemes, schemes
	})
}

// SetClientSigalgs chooses with which algorithms clients that authenticate sign the handshake, in the form of
// SetSignatureAlgorithms: servers take no others, and clients use no others.
func (c *Context) SetClientSigalgs(list string) error {
	return c.setSchemes(list, func(s *settings, schemes []cipher.SignatureScheme) {
		s.accepted[handshake.ServerRole], s.signed[handshake.ClientRole] = schemes, schemes
	})
}

func (c *Context) setSchemes(list string, set func(*settings, []cipher.SignatureScheme)) error {
	schemes, err := cipher.ParseSchemeList(list)
	if err != nil {
		return sslError("", "unrecognized signature algorithm", err)
	}
	ids := make([]cipher.SignatureScheme, len(schemes))
	for i, s := range schemes {
		ids[i] = s.ID
	}
	c.change(func(s *settings) { set(s, ids) })
	return nil
}

// signing returns what a role authenticates with: no credential whose key fits none of the algorithms that were chosen.
func (s *settings) signing(role handshake.Role) []*handshake.Credential {
	schemes := s.signed[role]
	if schemes == nil {
		return s.shown()
	}
	var list []*handshake.Credential
	for _, c := range s.shown() {
		if c, err := c.WithSchemes(schemes); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// SignatureAlgorithms returns the names of all that SetSignatureAlgorithms takes, the best first.
func SignatureAlgorithms() []string {
	var names []string
	for _, s := range cipher.Schemes() {
		names = append(names, s.Name)
	}
	return names
}

// ServerSigalg returns the name of the algorithm with which the server signed the handshake, "" if it didn't.
func (s *Socket) ServerSigalg() string { return sigalgOf(s.HandshakeInfo(), handshake.ServerRole) }

// ClientSigalg returns the name of the algorithm with which the client signed the handshake, "" if it didn't.
func (s *Socket) ClientSigalg() string { return sigalgOf(s.HandshakeInfo(), handshake.ClientRole) }

// ServerSigalg is (*Socket).ServerSigalg.
func (o *Object) ServerSigalg() string { return sigalgOf(o.conn.Info(), handshake.ServerRole) }

// ClientSigalg is (*Socket).ClientSigalg.
func (o *Object) ClientSigalg() string { return sigalgOf(o.conn.Info(), handshake.ClientRole) }

// sigalgOf names what one end signed with.
func sigalgOf(i *handshake.Info, who handshake.Role) string {
	if i == nil {
		return ""
	}
	scheme := i.PeerScheme
	if who == i.Role {
		scheme = i.LocalScheme
	}
	if scheme == 0 {
		return ""
	}
	return scheme.String()
}
