package main

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// hooks are the application's answers to the engine's questions about one connection, and what it saw while it gave
// them.
type hooks struct {
	s, retry    *settings // retry: once early data was refused
	past        *past
	told        []*handshake.Session // new ones
	own         *ownTickets          // of an application that seals them itself
	credentials []*handshake.Credential
	asked       [16]bool // each kind of question may come once

	hello       *handshake.ClientHelloInfo // on servers
	peerSchemes []cipher.SignatureScheme   // that the peer accepts
	authorities [][]byte                   // that the peer named
	types       []byte                     // of certificates that the peer asked for
	trace       trace
	secrets     secrets
}

// params makes the engine's configuration, with h as the application.
func (h *hooks) params() (*engine.Params, error) {
	c, err := h.s.config()
	if err != nil {
		return nil, err
	}
	if h.credentials, err = h.s.credentials(); err != nil {
		return nil, err
	}
	if h.s.useTicketCallback {
		if h.own, err = newOwnTickets(h.s); err != nil {
			return nil, err
		}
	}
	h.install(c)
	if h.s.exportTrafficSecrets {
		c.KeyLog = &h.secrets
	}
	if h.s.expected.trace != "" || h.s.earlyWriteAfterMessage != 0 {
		c.Trace = h.trace.watch()
	}
	c.Defer = handshake.Kinds(handshake.KindRenegotiate)
	if h.s.async {
		c.Defer = handshake.AllOperations()
	}
	return c.Freeze()
}

func (h *hooks) install(c *engine.Config) {
	if !h.s.useEarlyCallback && !h.s.useOldClientCertCallback {
		c.Credentials = h.credentials
	}
	c.SelectContext = h.selectContext
	c.SelectCredential = h.selectCredential
	c.VerifyPeer = h.verifyPeer
	h.remember(c)
}

// once notes that a question was asked.
func (h *hooks) once(k handshake.OperationKind) error {
	if h.asked[k] {
		return fmt.Errorf("%w: the engine asked twice to %v", errBroken, k)
	}
	h.asked[k] = true
	return nil
}

// selectContext sees the ClientHello first. It may refuse it, and install credentials and protocols.
func (h *hooks) selectContext(hello *handshake.ClientHelloInfo) (*engine.Params, error) {
	if err := h.once(handshake.KindSelectContext); err != nil {
		return nil, err
	}
	h.hello = hello
	if h.s.ech.declinesInCallback && hello.ECH == handshake.ECHAccepted {
		h.asked[handshake.KindSelectContext] = false // it will be asked about the outer hello
		return nil, handshake.ErrDeclineECH
	}
	if want := h.s.expected.serverName; want != "" && hello.ServerName != want {
		return nil, fmt.Errorf("%w: the ClientHello asks for %q, expected %q", errBroken, hello.ServerName, want)
	}
	switch s := h.s; {
	case s.failEarlyCallback:
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonConnectionRejected, "the shim refuses the hello")
	case s.failDDoSCallback:
		return nil, errors.New("the shim refuses the hello")
	case s.rejectALPN && len(hello.Protocols) > 0:
		return nil, record.Fail(record.AlertNoApplicationProtocol, record.ReasonNoApplicationProtocol, "the shim refuses all protocols")
	case s.useEarlyCallback || s.selectEmptyALPN && len(hello.Protocols) > 0:
		return h.contextFor()
	}
	return nil, nil
}

// contextFor makes the configuration for a ClientHello that was seen.
func (h *hooks) contextFor() (*engine.Params, error) {
	c, err := h.s.config()
	if err != nil {
		return nil, err
	}
	h.install(c)
	c.Credentials = h.credentials
	if h.s.selectEmptyALPN {
		c.Protocols = []string{""}
	}
	return c.Freeze()
}

// selectCredential answers when a credential is wanted.
func (h *hooks) selectCredential(op *handshake.SelectCredential) (*handshake.Credential, error) {
	if err := h.once(handshake.KindSelectCredential); err != nil {
		return nil, err
	}
	h.peerSchemes, h.authorities, h.types = op.Schemes, op.Authorities, op.Types
	if h.s.failCertCallback {
		return nil, errors.New("the shim has no credential to give")
	}
	var why error
	for _, c := range h.credentials {
		if why = op.Check(c); why == nil {
			return h.staple(c)
		}
	}
	if h.s.psk != "" || h.s.certificateFirst() {
		return nil, nil // there are PSKs, which need no certificate
	}
	return nil, why // who has credentials that don't fit would rather have no connection than go without
}

// staple answers, on a server with a hook for staples, whether a credential goes with its own.
func (h *hooks) staple(c *handshake.Credential) (*handshake.Credential, error) {
	switch s := h.s; {
	case !s.useOCSPCallback || !s.server:
		return c, nil
	case s.failOCSPCallback:
		return nil, record.Fail(record.AlertInternalError, record.ReasonOCSPCBError, "the shim has no staple to give")
	case s.declineOCSPCallback:
		return c.WithStaples()
	}
	return c, nil
}

// verifyPeer answers whether the peer is who it should be: yes, unless the flags say otherwise.
func (h *hooks) verifyPeer(op *handshake.VerifyPeer) (*x509lite.Verdict, error) {
	s := h.s
	if !s.server && op.EarlyData != handshake.EarlyNotOffered && op.EarlyData != handshake.EarlyAccepted {
		s = h.retry
	}
	soft := s.verifyFail && !s.verifyPeer && !s.server
	if op.Resumed && !s.reverifyOnResume && !soft {
		return nil, nil // BoringSSL would not ask, and remembers what was said
	}
	if err := h.once(handshake.KindVerifyPeer); err != nil {
		return nil, err
	}
	names := &h.s.expected.ech
	if op.ECHRejected && h.s.enableEarlyData {
		names = &h.retry.expected.ech
	}
	if err := names.checkName(op); err != nil {
		return nil, err
	}
	if want := s.expected.peerKeyHash; want != "" {
		if got := sha256.Sum256(op.RawKey); string(got[:]) != want {
			return nil, fmt.Errorf("%w: the peer's raw public key is another one than expected", errBroken)
		}
	}
	if s.expected.staple != "" && len(op.Staples) == 0 {
		return nil, fmt.Errorf("%w: no staple is to be seen when the peer is to be verified", errBroken)
	}
	if s.useOCSPCallback && s.failOCSPCallback && !s.server {
		return nil, record.Fail(record.AlertBadCertificateStatusResponse, record.ReasonOCSPCBError, "the shim doesn't like the staple")
	}
	if !s.verifyFail {
		return nil, nil
	}
	err := errors.New("the shim trusts nobody")
	switch {
	case !s.verifyPeer && !s.server && op.RawKey == nil:
		op.CompleteRecorded(err) // a client that doesn't insist goes on and remembers
		return nil, nil
	case s.useCustomVerifyCallback:
		return nil, err
	}
	return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonCertificateVerifyFailed, "the shim trusts nobody")
}
