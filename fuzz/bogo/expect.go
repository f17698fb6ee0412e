package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// check compares the report of the handshake with what the flags expect, and names all that differs.
func (c *connection) check() error {
	info, e := c.conn.Info(), &c.s.expected
	if info == nil {
		return fmt.Errorf("%w: the handshake is done and there is no report", errBroken)
	}
	return errors.Join(
		c.checkSession(info),
		e.ech.check(info),
		c.checkTold(info),
		e.checkChoices(info),
		e.checkNames(info, c.hooks),
		e.checkPeer(info, c.hooks, c.s.verifyFail),
	)
}

// same compares a value with an expectation; the zero expectation is none.
func same[T comparable](what string, got, want T) error {
	var none T
	if want == none || got == want {
		return nil
	}
	return fmt.Errorf("%s is %v, expected %v", what, got, want)
}

// holds demands a fact, if it is expected.
func holds(what string, expected, fact bool) error {
	if expected && !fact {
		return fmt.Errorf("%s: not so", what)
	}
	return nil
}

func (e *expected) checkChoices(info *handshake.Info) error {
	suite := e.cipherNoAES
	if cipher.HasAESHardware() {
		suite = e.cipherAES
	}
	group := cipher.GroupID(0)
	if info.Group != nil {
		group = info.Group.ID
	}
	return errors.Join(
		same("the version", info.Version, cipher.Version(e.version)),
		same("the suite", info.Suite.ID, cipher.SuiteID(e.cipher)),
		same("the suite for this hardware", info.Suite.ID, cipher.SuiteID(suite)),
		same("the group", group, cipher.GroupID(e.curveID)),
		same("the peer's signature scheme", info.PeerScheme, cipher.SignatureScheme(e.peerSignatureAlgorithm)),
		holds("HelloRetryRequest", e.hrr, info.HelloRetried),
		holds("no HelloRetryRequest", e.noHRR, !info.HelloRetried),
		holds("extended master secret", e.ems, info.ExtendedMasterSecret),
		holds("secure renegotiation", e.secureRenegotiation, info.SecureRenegotiation),
		holds("no secure renegotiation", e.noSecureRenegotiation, !info.SecureRenegotiation),
	)
}

func (e *expected) checkNames(info *handshake.Info, h *hooks) error {
	err := errors.Join(
		same("the server's name", info.ServerName, e.serverName),
		holds("no server name", e.noServerName, info.ServerName == ""),
		same("the protocol", info.Protocol, e.alpn),
		same("the next protocol", info.NextProtocol, e.nextProto),
		holds("no next protocol", e.noNextProto, info.NextProtocol == ""),
	)
	if e.advertisedALPN == "" {
		return err
	}
	offered, listErr := protocols(e.advertisedALPN)
	if h.hello == nil {
		return errors.Join(err, listErr, errors.New("no ClientHello was seen"))
	}
	return errors.Join(err, listErr, same("the offer of protocols", fmt.Sprint(h.hello.Protocols), fmt.Sprint(offered)))
}

func (e *expected) checkPeer(info *handshake.Info, h *hooks, refused bool) error {
	err := errors.Join(
		holds("the verdict on the peer", e.verifyResult, (info.Recorded != nil) == refused),
		same("the types of certificates", fmt.Sprintf("%x", h.types), fmt.Sprintf("%x", e.certificateTypes)),
		same("the staple", string(info.Staple), e.staple),
		same("the timestamps", string(info.SCTs), e.scts),
		holds("no certificate of the peer", e.noPeerCert, info.PeerChain == nil),
	)
	if e.peerVerifyPrefs != nil {
		want, listErr := schemes(e.peerVerifyPrefs, nil)
		err = errors.Join(err, listErr, same("what the peer accepts", fmt.Sprint(h.peerSchemes), fmt.Sprint(want)))
	}
	if e.clientCAList != "" {
		want, listErr := names(e.clientCAList)
		err = errors.Join(err, listErr, same("the authorities", fmt.Sprintf("%x", h.authorities), fmt.Sprintf("%x", want)))
	}
	if e.selectedCredential != nil {
		err = errors.Join(err, same("the credential, counted from 1,", h.selected(info)+1, *e.selectedCredential+1))
	}
	if e.peerType != nil {
		got := handshake.CertificateX509
		if info.PeerKey != nil {
			got = handshake.CertificateRawPublicKey
		}
		err = errors.Join(err, same("the type of the peer's certificate", got.String(), handshake.CertificateType(*e.peerType).String()))
	}
	if e.peerCertFile != "" {
		err = errors.Join(err, sameChain(info, e.peerCertFile))
	}
	return err
}

// selected returns the index of the credential that was used; -1 if it was the one that isn't counted, or none.
func (h *hooks) selected(info *handshake.Info) int {
	used := slices.Index(h.credentials, info.Credential)
	for i := range h.s.further {
		if h.s.further[i].kind == pskCredential {
			if info.PSK != nil && bytes.Contains(info.PSK.Identity(), []byte(h.s.further[i].importer.identity)) {
				return i
			}
			continue
		}
		if used == 0 && info.PSK == nil {
			return i
		}
		used--
	}
	return -1
}

// sameChain compares the peer's chain with that of a file.
func sameChain(info *handshake.Info, file string) error {
	want, err := readChain(file)
	if err != nil {
		return fmt.Errorf("%w: %v", errBroken, err)
	}
	if len(want) != len(info.PeerChain) {
		return fmt.Errorf("the peer's chain has %d certificates, expected %d", len(info.PeerChain), len(want))
	}
	for i := range want {
		if !bytes.Equal(want[i].Raw(), info.PeerChain[i].Raw()) {
			return fmt.Errorf("certificate %d of the peer's chain is another one than expected", i)
		}
	}
	return nil
}
