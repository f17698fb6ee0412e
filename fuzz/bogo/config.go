package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// config makes what the engine is configured with, but for the answers to its questions, which hooks.go sets.
func (s *settings) config() (*engine.Config, error) {
	c := &engine.Config{
		PreferOwnOrder:     s.serverPreference,
		AllowLegacyServer:  !s.noLegacyServerConnect,
		MaxFragment:        s.maxSendFragment,
		MaxCertificateList: s.maxCertList,
		Suites:             allSuites(),
	}
	c.Renegotiation = handshake.RenegotiationForbidden
	if s.renegotiateIgnore {
		c.Renegotiation = handshake.RenegotiationIgnored
	}
	if s.enableOCSPStapling && !s.server {
		c.Stapling = handshake.StaplingReported // BoringSSL's servers ask for none
	}
	c.SCTs = s.enableSCTs && !s.server
	c.CertificateCompression = s.compressions()
	var err error
	if c.MinVersion, c.MaxVersion, err = s.versions(); err != nil {
		return nil, err
	}
	if c.Groups, err = groups(s.curves); err != nil {
		return nil, err
	}
	if c.KeyShares, err = s.shares(c.Groups, c.MaxVersion); err != nil {
		return nil, err
	}
	if c.Schemes, err = schemes(s.verifyPrefs, acceptedSchemes); err != nil {
		return nil, err
	}
	if c.Protocols, err = protocols(s.advertiseALPN); err != nil {
		return nil, err
	}
	if s.server && s.selectALPN != "" {
		c.Protocols, c.TolerateNoProtocol = []string{s.selectALPN}, true
	}
	c.ClientAuth = s.clientAuth()
	c.Authorities, err = names(s.useClientCAList)
	return c, err
}

// allSuites returns every suite there is: BoGo wants to meet them all.
func allSuites() []cipher.SuiteID {
	var ids []cipher.SuiteID
	for _, s := range cipher.Suites() {
		ids = append(ids, s.ID)
	}
	return ids
}

// acceptedSchemes are the schemes that BoGo takes for granted that a peer may sign with, in this order.
var acceptedSchemes = []cipher.SignatureScheme{
	cipher.ECDSAP256SHA256, cipher.RSAPSSRSAESHA256, cipher.RSAPKCS1SHA256,
	cipher.ECDSAP384SHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384,
	cipher.RSAPSSRSAESHA512, cipher.RSAPKCS1SHA512, cipher.RSAPKCS1SHA1,
}

// versions bounds the versions. Those that the engine hasn't got are not missed below the lowest; a test in which
// nothing else is left can't be done.
func (s *settings) versions() (lowest, highest cipher.Version, err error) {
	lowest, highest = cipher.VersionTLS12, cipher.VersionTLS13
	lowest = max(lowest, cipher.Version(s.minVersion))
	if s.maxVersion != 0 {
		highest = min(highest, cipher.Version(s.maxVersion))
	}
	if s.noTLS13 {
		highest = min(highest, cipher.VersionTLS12)
	}
	if s.noTLS12 {
		lowest = max(lowest, cipher.VersionTLS13)
	}
	older := highest < cipher.VersionTLS12 || s.noTLS12 && s.noTLS13
	if older && !(s.noTLS11 && s.noTLS10) {
		return 0, 0, fmt.Errorf("%w: no version before TLSv1.2 yet", errUnimplemented)
	}
	return lowest, highest, nil
}

// groups turns numbers into groups; nil stays nil.
func groups(numbers []int) ([]cipher.GroupID, error) {
	var ids []cipher.GroupID
	for _, n := range numbers {
		id := cipher.GroupID(n)
		if cipher.GroupByID(id) == nil {
			return nil, fmt.Errorf("%w: group %v", errUnimplemented, id)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// shares returns the groups of the key shares: those of the flags, or what BoGo takes for granted, which is the first
// classical group and the first post-quantum one. The engine's own default sends the second only if it comes first.
func (s *settings) shares(offered []cipher.GroupID, highest cipher.Version) ([]cipher.GroupID, error) {
	if s.noKeyShares {
		return []cipher.GroupID{}, nil
	}
	if s.keyShares != nil || offered == nil || highest < cipher.VersionTLS13 {
		return groups(s.keyShares)
	}
	var shares []cipher.GroupID
	var have [2]bool
	for _, id := range offered {
		kind := 0
		if cipher.GroupByID(id).PostQuantum {
			kind = 1
		}
		if !have[kind] {
			have[kind] = true
			shares = append(shares, id)
		}
	}
	return shares, nil
}

// knownGroups are those that the server is said to have, unknown ones included.
func (s *settings) knownGroups() []cipher.GroupID {
	var ids []cipher.GroupID
	for _, n := range s.serverGroupsHint {
		ids = append(ids, cipher.GroupID(n))
	}
	return ids
}

// schemes turns numbers into signature schemes; without any it is otherwise.
func schemes(numbers []int, otherwise []cipher.SignatureScheme) ([]cipher.SignatureScheme, error) {
	if len(numbers) == 0 {
		return otherwise, nil
	}
	var ids []cipher.SignatureScheme
	for _, n := range numbers {
		id := cipher.SignatureScheme(n)
		if id.Info() == nil {
			return nil, fmt.Errorf("%w: signature scheme %v", errUnimplemented, id)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// protocols reads a list of ALPN names, each behind its length.
func protocols(list string) ([]string, error) {
	var names []string
	for list != "" {
		n := int(list[0])
		if n > len(list)-1 {
			return nil, fmt.Errorf("%w: ALPN list %q", errBroken, list)
		}
		names = append(names, list[1:1+n])
		list = list[1+n:]
	}
	return names, nil
}

// clientAuth is what a server asks of its clients.
func (s *settings) clientAuth() handshake.ClientAuth {
	switch {
	case s.requireAnyClientCertificate:
		return handshake.AuthRequired
	case s.verifyPeer:
		return handshake.AuthOptional
	}
	return handshake.AuthNone
}

// names reads a list of names in hexadecimal.
func names(list string) ([][]byte, error) {
	if list == "" || list == "<EMPTY>" || list == "<NULL>" {
		return nil, nil
	}
	var all [][]byte
	for _, one := range strings.Split(list, ",") {
		der, err := hex.DecodeString(one)
		if err != nil {
			return nil, fmt.Errorf("%w: list of names: %v", errBroken, err)
		}
		all = append(all, der)
	}
	return all, nil
}
