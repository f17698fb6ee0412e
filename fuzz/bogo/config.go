package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// config makes what the engine is configured with, but for the answers to its questions, which hooks.go sets.
func (s *settings) config() (*engine.Config, error) {
	c := &engine.Config{
		MaxFragment:        s.maxSendFragment,
		MaxCertificateList: s.maxCertList,
		ClientAuth:         s.clientAuth(),
	}
	s.configureExtensions(c)
	for _, configure := range []func(*engine.Config) error{s.configureSuites, s.configureGroups, s.configurePSKs, s.configureNames, s.configureECH} {
		if err := configure(c); err != nil {
			return nil, err
		}
	}
	var err error
	if c.Schemes, err = schemes(s.verifyPrefs, acceptedSchemes); err != nil {
		return nil, err
	}
	// One of BoGo's numbers stands for what is never negotiated, which BoringSSL lets pass and ignores.
	c.Schemes = slices.DeleteFunc(slices.Clone(c.Schemes), func(id cipher.SignatureScheme) bool { return !id.Info().Negotiable() })
	if s.policy != nil {
		s.policy.Apply(c)
	}
	return c, nil
}

// configureExtensions sets what is asked of the peer, and how old peers are treated.
func (s *settings) configureExtensions(c *engine.Config) {
	switch {
	case s.falseStart && s.falseStartWithoutALPN:
		c.FalseStart = handshake.FalseStartAlways
	case s.falseStart:
		c.FalseStart = handshake.FalseStartWithProtocol
	}
	c.QuietServerName, c.TolerateUnknownProtocol = s.noServerNameAck, s.allowUnknownALPN
	c.Fallback, c.AllowLegacyServer = s.fallbackSCSV, !s.noLegacyServerConnect
	c.Renegotiation = handshake.RenegotiationForbidden
	switch {
	case s.renegotiateIgnore:
		c.Renegotiation = handshake.RenegotiationIgnored
	case s.renegotiateFreely || s.renegotiateOnce || s.renegotiateExplicit || s.forbidRenegotiation:
		// The limits of BoGo's other modes are those of the answer in connection.go: here a refusal is a warning, there it is
		// fatal.
		c.Renegotiation, c.InsecureRenegotiation = handshake.RenegotiationFreely, true
	}
	if s.enableOCSPStapling && !s.server {
		c.Stapling = handshake.StaplingReported // BoringSSL's servers ask for none
	}
	c.SCTs = s.enableSCTs && !s.server
	c.CertificateCompression = s.compressions()
	c.GREASE, c.PermuteExtensions = s.enableGREASE || s.server, s.permuteExtensions // BoringSSL's servers send some always
	c.PeerCertificateTypes, c.OwnCertificateTypes = certificateTypes(s.acceptedTypes), certificateTypes(s.availableTypes)
}

// configureGroups sets groups and key shares.
func (s *settings) configureGroups(c *engine.Config) (err error) {
	if c.Groups, err = groups(s.curves); err != nil {
		return err
	}
	c.EqualGroups = equalGroups(c.Groups, s.curvesFlags)
	c.KeyShares, err = s.shares(c.Groups, c.MaxVersion)
	return err
}

// equalGroups returns the sets of groups of which each but the last has the flag to be as good as the next.
func equalGroups(all []cipher.GroupID, flags []int) (equals [][]cipher.GroupID) {
	set := []cipher.GroupID(nil)
	for i, id := range all {
		set = append(set, id)
		if i < len(flags) && flags[i] == 1 {
			continue
		}
		if len(set) > 1 {
			equals = append(equals, set)
		}
		set = nil
	}
	return equals
}

// configurePSKs sets the PSK of -psk, or those that were imported for TLS 1.3.
func (s *settings) configurePSKs(c *engine.Config) (err error) {
	if s.psk == "" {
		c.PSKs, err = s.psks()
		c.CertificateFirst = s.certificateFirst()
		if len(c.PSKs) > 0 && !s.server && !s.verifyPeer {
			c.NoCertificates, c.MinVersion = true, cipher.VersionTLS13 // what was imported is for TLS 1.3 alone
		}
		return err
	}
	psk, err := handshake.NewPSK([]byte(s.pskIdentity), []byte(s.psk), cipher.SHA256)
	if err != nil {
		return err
	}
	c.PSKs = []*handshake.PSK{psk}
	if s.server {
		c.PSKHint = []byte(s.pskIdentity)
	}
	return nil
}

// configureNames sets names of protocols and authorities.
func (s *settings) configureNames(c *engine.Config) (err error) {
	if c.Protocols, err = protocols(s.advertiseALPN); err != nil {
		return err
	}
	if c.NextProtocols, err = protocols(s.advertiseNPN); err != nil {
		return err
	}
	if s.advertiseEmptyNPN || s.selectEmptyNextProto {
		c.NextProtocols = []string{}
	}
	if s.selectNextProto != "" {
		c.NextProtocols = []string{s.selectNextProto}
	}
	if s.server && s.selectALPN != "" {
		c.Protocols, c.TolerateNoProtocol = []string{s.selectALPN}, true
	}
	c.Authorities, err = names(s.useClientCAList)
	return err
}

func certificateTypes(numbers []int) (types []handshake.CertificateType) {
	for _, n := range numbers {
		types = append(types, handshake.CertificateType(n))
	}
	return types
}

// acceptedSchemes are the schemes that BoGo takes for granted that a peer may sign with, in this order.
var acceptedSchemes = []cipher.SignatureScheme{
	cipher.ECDSAP256SHA256, cipher.RSAPSSRSAESHA256, cipher.RSAPKCS1SHA256,
	cipher.ECDSAP384SHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384,
	cipher.RSAPSSRSAESHA512, cipher.RSAPKCS1SHA512, cipher.RSAPKCS1SHA1,
}

// versions bounds the versions: BoGo takes all from TLS 1.0 on for granted.
func (s *settings) versions() (lowest, highest cipher.Version, without []cipher.Version) {
	lowest, highest = cipher.VersionTLS10, cipher.VersionTLS13
	if s.minVersion != 0 {
		lowest = cipher.Version(s.minVersion)
	}
	if s.maxVersion != 0 {
		highest = cipher.Version(s.maxVersion)
	}
	for v, off := range map[cipher.Version]bool{
		cipher.VersionTLS13: s.noTLS13, cipher.VersionTLS12: s.noTLS12, cipher.VersionTLS11: s.noTLS11, cipher.VersionTLS10: s.noTLS10,
	} {
		if off {
			without = append(without, v)
		}
	}
	return lowest, highest, without
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
