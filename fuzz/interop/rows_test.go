package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// protocol is the ALPN protocol that every peer here speaks; otherProtocol is one that we never choose.
const protocol, otherProtocol = "http/1.1", "x-other"

// row is one connection: what shall be agreed. The zero value of a field leaves it open.
type row struct {
	version cipher.Version
	suite   cipher.SuiteID
	group   cipher.GroupID
	key     keyName                // the server's
	scheme  cipher.SignatureScheme // with which the server signs
	client  keyName                // the client's; "" is a client without a certificate
	asks    bool                   // the server asks for a certificate that the client may lack
	alpn    bool                   // the engine's side speaks protocol; otherwise it has no ALPN
	retry   bool                   // the row must not come about without a HelloRetryRequest
}

// String is the name of the row's subtest.
func (r row) String() string {
	parts := []string{r.version.String()}
	if r.suite != 0 {
		parts = append(parts, cipher.SuiteByID(r.suite).OpenSSL)
	}
	if r.group != 0 {
		parts = append(parts, cipher.GroupByID(r.group).Name)
	}
	parts = append(parts, string(r.key))
	if r.scheme != 0 {
		parts = append(parts, r.scheme.String())
	}
	if r.client != "" {
		parts = append(parts, "client-"+string(r.client))
	}
	if r.asks {
		parts = append(parts, "asks")
	}
	if r.alpn {
		parts = append(parts, "alpn")
	}
	if r.retry {
		parts = append(parts, "retry")
	}
	return strings.Join(parts, " ")
}

// can is what a peer has of what we have.
type can struct {
	groups []cipher.GroupID
	keys   []keyName
}

// What the libraries here have. OpenSSL 3.0 and GnuTLS 3.7 know no ML-KEM.
var (
	classical = []cipher.GroupID{cipher.X25519, cipher.CurveP256, cipher.CurveP384, cipher.CurveP521}
	allGroups = append([]cipher.GroupID{cipher.X25519MLKEM768, cipher.SecP256r1MLKEM768, cipher.SecP384r1MLKEM1024}, classical...)
	fields    = []cipher.GroupID{cipher.FFDHE2048, cipher.FFDHE3072, cipher.FFDHE4096, cipher.FFDHE6144, cipher.FFDHE8192}
	openSSL   = can{groups: append(fields, classical...), keys: []keyName{p256, p384, p521, ed25519, rsa, rsaPSS}}
	gnuTLS    = can{groups: append(fields, classical...), keys: []keyName{p256, p384, p521, ed25519, rsa, rsaPSS}}
	goTLS     = can{groups: allGroups, keys: []keyName{p256, p384, p521, ed25519, rsa}} // crypto/x509 reads no RSA-PSS keys
)

// opensslGroups are those of openSSL in its own words; the first makes the key share.
const opensslGroups = "X25519:P-256:P-384:P-521:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"

var versions = []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13}

// rows returns all that a peer can agree with us: every suite with every group, every key with every signature scheme, every key
// as the client's, ALPN, and a HelloRetryRequest.
func (c can) rows(t testing.TB) []row {
	var all []row
	for _, v := range versions {
		for _, s := range cipher.Suites() {
			if !s.Usable(v) || s.Weak != "" {
				continue
			}
			for _, g := range c.groups {
				if group := cipher.GroupByID(g); group.Usable(v) && (v == cipher.VersionTLS13 || !group.FiniteField) {
					all = append(all, row{version: v, suite: s.ID, group: g, key: keyFor(s)})
				}
			}
		}
		for _, k := range c.keys {
			all = append(all, c.keyRows(t, v, k)...)
			all = append(all, row{version: v, key: p256, client: k}, row{version: v, key: rsa, client: k})
		}
		all = append(all, row{version: v, key: p256, alpn: true}, row{version: v, key: p256, client: p256, alpn: true},
			row{version: v, key: p256, asks: true})
	}
	return append(all,
		row{version: cipher.VersionTLS13, key: p256, group: cipher.CurveP384, retry: true},
		row{version: cipher.VersionTLS13, key: rsa, group: cipher.CurveP521, client: p256, retry: true})
}

// keyRows are the rows of one kind of key: one for each scheme that it can sign with.
func (c can) keyRows(t testing.TB, v cipher.Version, k keyName) []row {
	var all []row
	public := newPKI(t).identities[k].key.Public()
	for _, s := range cipher.Schemes() {
		if s.Weak == "" && s.ID.FitsCurve(public) && s.Usable(v) {
			all = append(all, row{version: v, key: k, scheme: s.ID})
		}
	}
	return all
}

// keyFor returns a kind of key that serves the suite.
func keyFor(s *cipher.Suite) keyName {
	switch s.Auth {
	case cipher.AuthRSA:
		return rsa
	case cipher.AuthDSS:
		return dsa
	}
	return p256
}

// curves are the groups that a key takes up in a TLS 1.2 client's list: RFC 8422, Section 5.1.1 has the list bind the
// curve of the server's key too.
var curves = map[keyName]cipher.GroupID{p256: cipher.CurveP256, p384: cipher.CurveP384, p521: cipher.CurveP521}

// config is what both roles of a row have in common.
func (r row) config(t testing.TB) *engine.Config {
	c := &engine.Config{MinVersion: r.version, MaxVersion: r.version, Roots: newPKI(t).roots}
	if r.suite != 0 {
		c.Suites = []cipher.SuiteID{r.suite}
	}
	if r.alpn {
		c.Protocols = []string{protocol}
	}
	return c
}

// clientConfig pins our client to the row.
func (r row) clientConfig(t testing.TB) *engine.Config {
	c := r.config(t)
	c.Groups = classical
	if r.group != 0 {
		c.Groups = []cipher.GroupID{r.group}
		if curve := curves[r.key]; curve != 0 && r.version < cipher.VersionTLS13 && curve != r.group {
			c.Groups = append(c.Groups, curve)
		}
	}
	if r.retry {
		c.KeyShares = []cipher.GroupID{}
	}
	if r.scheme != 0 {
		// The certificates above the leaf are signed with ECDSA on P-256.
		c.Schemes = []cipher.SignatureScheme{r.scheme}
		if r.scheme != cipher.ECDSAP256SHA256 {
			c.Schemes = append(c.Schemes, cipher.ECDSAP256SHA256)
		}
	}
	if r.client != "" {
		c.Credentials = []*handshake.Credential{newPKI(t).identities[r.client].credential(t, 0)}
	}
	return c
}

// serverConfig pins our server to the row.
func (r row) serverConfig(t testing.TB) *engine.Config {
	c := r.config(t)
	c.Groups = allGroups
	if r.group != 0 {
		c.Groups = []cipher.GroupID{r.group}
	}
	c.RetryCookie = r.retry
	c.Credentials = []*handshake.Credential{newPKI(t).identities[r.key].credential(t, r.scheme)}
	switch {
	case r.client != "":
		c.ClientAuth = handshake.AuthRequired
	case r.asks:
		c.ClientAuth = handshake.AuthOptional
	}
	return c
}

// check compares our report with the row.
func (r row) check(t testing.TB, info *handshake.Info) {
	t.Helper()
	differ := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: agreed on %v, want %v", what, got, want)
		}
	}
	differ("version", info.Version, r.version)
	if r.suite != 0 {
		differ("suite", info.Suite.ID, r.suite)
	}
	if r.group != 0 {
		differ("group", info.Group.ID, r.group)
	}
	if r.alpn {
		differ("ALPN", info.Protocol, protocol)
	} else {
		differ("ALPN", info.Protocol, "")
	}
	differ("extended master secret", info.ExtendedMasterSecret, true)
	differ("secure renegotiation", info.SecureRenegotiation, true)
	if r.retry {
		differ("HelloRetryRequest", info.HelloRetried, true)
	}
	r.checkSignatures(t, info)
}

// checkSignatures compares who has signed, and with what.
func (r row) checkSignatures(t testing.TB, info *handshake.Info) {
	t.Helper()
	server, client := info.PeerScheme, info.LocalScheme
	peer := r.key
	if info.Role == handshake.ServerRole {
		server, client = client, server
		peer = r.client
	}
	if r.scheme != 0 && server != r.scheme {
		t.Errorf("the server signed with %v, want %v", server, r.scheme)
	}
	if (client != 0) != (r.client != "") {
		t.Errorf("the client signed with %v, its key is %q", client, r.client)
	}
	if peer == "" {
		if info.PeerChain != nil {
			t.Error("a certificate came unasked")
		}
		return
	}
	want := newPKI(t).identities[peer].chain
	if len(info.PeerChain) == 0 || !info.PeerChain[0].Equal(want[0]) {
		t.Errorf("the peer's leaf is not its own: %d certificates", len(info.PeerChain))
	}
	if info.Verdict == nil {
		t.Error("the peer's chain was not verified")
	}
}

// each runs f as a subtest for each row.
func each(t *testing.T, rows []row, f func(*testing.T, row)) {
	t.Helper()
	if len(rows) < 20 {
		t.Fatalf("only %d rows: the tables have lost something", len(rows))
	}
	for _, r := range rows {
		t.Run(r.String(), func(t *testing.T) { f(t, r) })
	}
}

// byKey sorts the rows so that those with the same server key follow each other.
func byKey(rows []row) []row {
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(string(a.key), string(b.key)) })
	return rows
}

// expect returns an error unless what was read is what was wanted.
func expect(got, want string) error {
	if got != want {
		return fmt.Errorf("read %.200q, want %.200q", got, want)
	}
	return nil
}
