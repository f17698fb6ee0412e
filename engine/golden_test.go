package engine

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

var updateGolden = flag.Bool("update-golden", false, "write the golden transcripts anew")

const goldenFolder = "../testdata/golden"

// goldens are the connections that are kept as transcripts, by the name of their file: every group under both
// versions that have it, every kind of key, a retry, client authentication. Seeds, clock and certificates are fixed.
func goldens() map[string]*story {
	acts := []act{{clientEnd, write, 5}, {serverEnd, write, 7}, {clientEnd, renewBoth, 0}, {serverEnd, lend, 3}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	all := map[string]*story{}
	// One key share; the other groups are those of the servers' keys.
	short := groups(cipher.X25519, cipher.CurveP256, cipher.CurveP384)
	name := func(v cipher.Version, what string) string {
		return strings.ToLower(strings.NewReplacer("TLSv", "tls", ".", "").Replace(v.String()) + "-" + what)
	}
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, g := range cipher.Groups() {
			if g.Usable(v) && g.ID != cipher.CurveP256 && (v == cipher.VersionTLS13 || !g.FiniteField) {
				all[name(v, g.Name)] = &story{client: with(only(v), groups(g.ID, cipher.CurveP256)), server: groups(g.ID), acts: acts}
			}
		}
		all[name(v, "secp256r1")] = &story{client: with(only(v), groups(cipher.CurveP256)), acts: acts}
		for key, kind := range map[string]x509lite.KeyKind{"p384": x509lite.KeyP384, "ed25519": x509lite.KeyEd25519, "rsa": x509lite.KeyRSA2048} {
			all[name(v, "key-"+key)] = &story{client: with(only(v), short), server: has(kind), acts: acts}
		}
		all[name(v, "client-auth")] = &story{client: with(only(v), short, authenticated, speaks("h2")), server: with(requires, speaks("h2")), acts: acts}
		for _, s := range []cipher.SuiteID{cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_AES_256_GCM_SHA384,
			cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384} {
			if row := cipher.SuiteByID(s); row.Usable(v) {
				all[name(v, strings.ReplaceAll(row.Bulk.Name, " ", "-"))] = &story{client: with(only(v), short, suites(s)), acts: acts}
			}
		}
	}
	for _, s := range resumeStories()[:goldenResumptions] {
		version, what, _ := strings.Cut(s.name, " ")
		all["tls"+strings.ReplaceAll(version, ".", "")+"-"+strings.ReplaceAll(what, " ", "-")] = s
	}
	all["tls12-false-start"] = falseStartStories()[0]
	all["tls12-next-protocol"], all["tls12-next-protocol-resumed"] = nextProtocolStories()[0], nextProtocolStories()[1]
	maps.Copy(all, againGoldens())
	for _, s := range echStories() {
		all[strings.ReplaceAll("tls13-"+s.name, " ", "-")] = s
	}
	for key, kind := range map[string]x509lite.KeyKind{"mldsa44": x509lite.KeyMLDSA44, "mldsa65": x509lite.KeyMLDSA65, "mldsa87": x509lite.KeyMLDSA87} {
		all["tls13-key-"+key] = &story{client: with(only(cipher.VersionTLS13), short, takesMLDSA), server: has(kind), acts: acts}
	}
	all["tls13-retry"] = &story{client: with(only(cipher.VersionTLS13), short, noShares), server: cookies, acts: acts}
	all["tls13-plain"] = &story{client: with(only(cipher.VersionTLS13), short, undisguised), server: undisguised, acts: acts}
	maps.Copy(all, oldGoldens(acts))
	all["refused"] = &story{client: with(only(cipher.VersionTLS13), short), server: only(cipher.VersionTLS12)}
	for n, s := range all {
		s.name = n
		s.client = with(goldenSuites, s.client)
	}
	return all
}

// goldenSuites offers suites in an order that does not depend on the machine.
func goldenSuites(_ *testPKI, c *Config) {
	c.Suites = []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_AES_256_GCM_SHA384,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
}

func has(kind x509lite.KeyKind) change {
	return func(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.credentials[kind]} }
}

// againGoldens are the connections on which there is more than one handshake, or a part of one comes later.
func againGoldens() map[string]*story {
	twice := func(first, then int) []act {
		return []act{{clientEnd, write, 5}, {first, again, 7}, {serverEnd, write, 3}, {then, again, 2}, {clientEnd, write, 4}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	}
	older := with(only(cipher.VersionTLS12), groups(cipher.X25519, cipher.CurveP256, cipher.CurveP384), freely)
	newer := with(only(cipher.VersionTLS13), groups(cipher.X25519, cipher.CurveP256, cipher.CurveP384), later)
	oldest := with(only(cipher.VersionSSL30), suites(cipher.TLS_RSA_WITH_AES_128_CBC_SHA), freely)
	asked := []act{{clientEnd, write, 5}, {serverEnd, ask, 7}, {clientEnd, renewBoth, 0}, {serverEnd, ask, 2}, {serverEnd, write, 4}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	return map[string]*story{
		"tls12-renegotiation":                 {client: older, server: freely, acts: twice(clientEnd, serverEnd)},
		"tls12-renegotiation-for-client-auth": {client: with(older, authenticated), server: with(freely, requiresLater), acts: twice(serverEnd, clientEnd)},
		"tls12-renegotiation-refused":         {client: older, acts: twice(serverEnd, clientEnd)},
		"ssl3-renegotiation":                  {client: oldest, server: oldest, acts: twice(serverEnd, clientEnd)},
		"tls13-late-client-auth":              {client: with(newer, authenticated, keeps), server: with(later, requires, grants), acts: asked},
		"tls13-late-client-auth-without":      {client: newer, server: with(later, asks), acts: asked},
	}
}

// transcript tells a story and writes it down: what was agreed, every record, and the secrets that open them.
func transcript(t *testing.T, s *story) string {
	var b strings.Builder
	var keys bytes.Buffer
	told := *s
	told.server = with(s.server, func(_ *testPKI, c *Config) { c.KeyLog = &keys })
	if s.server == nil {
		told.server = func(_ *testPKI, c *Config) { c.KeyLog = &keys }
	}
	v := told.begin(t, direct{}, 0)
	keys.Reset() // of a connection that went before
	var records strings.Builder
	v.moved = func(from int, p []byte) {
		for len(p) > 0 {
			n := 5 + int(p[3])<<8 + int(p[4])
			fmt.Fprintf(&records, "%c %x\n", "><"[from], p[:n])
			p = p[n:]
		}
	}
	o := v.run(t)
	fmt.Fprintf(&b, "# Golden transcript %q: > client to server, < server to client, one record a line.\n", s.name)
	if i := v.ends[serverEnd].Info(); i != nil {
		group := "none"
		if i.Group != nil {
			group = i.Group.Name
		}
		fmt.Fprintf(&b, "# %v, %v, group %v, server signs with %v, client with %v, protocol %q, retried %v\n",
			i.Version, i.Suite.Name, group, i.LocalScheme, i.PeerScheme, i.Protocol, i.HelloRetried)
	}
	for who, name := range []string{"client", "server"} {
		fmt.Fprintf(&b, "# the %s received %x; error: %s\n", name, o.got[who], o.fail[who])
	}
	b.WriteString(records.String())
	b.Write(keys.Bytes())
	return b.String()
}

// TestGoldenTranscripts: both ends of each connection send, byte for byte, what they sent when the transcript was made.
func TestGoldenTranscripts(t *testing.T) {
	all := goldens()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		file := filepath.Join(goldenFolder, name+".txt")
		got := transcript(t, all[name])
		if *updateGolden {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				t.Errorf("%s, line %d: %.100s\nis now %.100s", file, i+1, w[i], g[i])
				break
			}
		}
		if len(g) != len(w) {
			t.Errorf("%s has %d lines, now it would have %d", file, len(w), len(g))
		}
	}
	files, err := filepath.Glob(filepath.Join(goldenFolder, "*.txt"))
	if err != nil || len(files) != len(all) {
		t.Errorf("%d files for %d transcripts: %v", len(files), len(all), err)
	}
}
