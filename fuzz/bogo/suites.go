package main

import (
	"fmt"
	"slices"
	"strings"

	"tlsengine/cipher"
	"tlsengine/engine"
)

// configureSuites sets suites and versions.
func (s *settings) configureSuites(c *engine.Config) (err error) {
	c.PreferOwnOrder = s.serverPreference || s.cipher != "" || s.longKeysFirst
	if c.Suites, c.EqualSuites, err = s.suites(); err != nil {
		return err
	}
	if s.longKeysFirst {
		slices.SortStableFunc(c.Suites, func(a, b cipher.SuiteID) int { return keyRank(a) - keyRank(b) })
	}
	c.MinVersion, c.MaxVersion, c.WithoutVersions = s.versions()
	c.WithoutVersions = append(c.WithoutVersions, versionsWithout(c.Suites)...)
	return nil
}

// keyRank puts AES before other ciphers, and long keys before short ones.
func keyRank(id cipher.SuiteID) int {
	switch b := cipher.SuiteByID(id).Bulk; {
	case !strings.HasPrefix(b.Name, "AES"):
		return 0
	default:
		return -b.Bits
	}
}

// versionsWithout returns the versions that have none of the suites: BoringSSL finds that out in the handshake.
func versionsWithout(suites []cipher.SuiteID) (none []cipher.Version) {
	for v := cipher.VersionTLS10; v <= cipher.VersionTLS13; v++ {
		if !slices.ContainsFunc(suites, func(id cipher.SuiteID) bool { return cipher.SuiteByID(id).Usable(v) }) {
			none = append(none, v)
		}
	}
	return none
}

// suites returns the suites of -cipher, or all, and which of them are equal.
func (s *settings) suites() (ids []cipher.SuiteID, equals [][]cipher.SuiteID, err error) {
	if s.cipher == "" {
		return allSuites(), nil, nil
	}
	for _, x := range cipher.Suites() {
		if x.Min == cipher.VersionTLS13 {
			ids = append(ids, x.ID)
		}
	}
	if !strings.Contains(s.cipher, "TLS_") {
		list, err := cipher.ParseSuiteList(s.cipher, 0)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: -cipher %s: %v", errUnimplemented, s.cipher, err)
		}
		for _, x := range list.Suites {
			ids = append(ids, x.ID)
		}
		return ids, nil, nil
	}
	for _, item := range strings.Split(s.cipher, ":") {
		set, err := suiteSet(item)
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, set...)
		if len(set) > 1 {
			equals = append(equals, set)
		}
	}
	return ids, equals, nil
}

// suiteSet reads a suite's name in the RFCs, or several between brackets, which are equal: a notation of BoringSSL's.
func suiteSet(item string) (set []cipher.SuiteID, err error) {
	for _, name := range strings.Split(strings.Trim(item, "[]"), "|") {
		x := cipher.SuiteByName(name)
		if x == nil {
			return nil, fmt.Errorf("%w: -cipher with %s", errUnimplemented, name)
		}
		set = append(set, x.ID)
	}
	return set, nil
}

// allSuites returns the suites that BoGo takes for granted, in its order: those of BoringSSL, of which those with a PSK are for
// who has one.
func allSuites() []cipher.SuiteID {
	var ids []cipher.SuiteID
	for _, s := range cipher.Suites() {
		ids = append(ids, s.ID)
	}
	return append(ids,
		cipher.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, cipher.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, cipher.TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA,
		cipher.TLS_RSA_WITH_AES_128_GCM_SHA256, cipher.TLS_RSA_WITH_AES_256_GCM_SHA384,
		cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_PSK_WITH_AES_128_CBC_SHA,
		cipher.TLS_RSA_WITH_AES_256_CBC_SHA, cipher.TLS_PSK_WITH_AES_256_CBC_SHA,
	)
}
