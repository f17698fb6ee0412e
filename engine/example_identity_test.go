package engine_test

import (
	"errors"
	"fmt"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// This file shows what else than a plain certificate tells who one is. Nothing of it is on by default.

// clock is the time for which the certificates were made.
func clock() time.Time { return pki.Time }

// credentialOf makes a credential of one of the test's identities.
func credentialOf(i pki.Identity) *handshake.Credential {
	c, err := handshake.NewCredential(i.Chain, i.Key, nil)
	check(err)
	return c
}

// ends returns configurations to begin with.
func ends() (clients, servers *engine.Config) {
	shared := pki.New()
	return &engine.Config{Roots: shared.Roots, Time: clock},
		&engine.Config{Credentials: []*handshake.Credential{credentialOf(shared.Identities[x509lite.KeyP256])}, Time: clock}
}

// meet makes a connection.
func meet(clients, servers *engine.Config, o engine.Options) (client, server *engine.Conn) {
	o.ServerName = pki.Host
	client, server = start(engine.Client, clients, o), start(engine.Server, servers, engine.Options{})
	for carry(client, server) || carry(server, client) {
	}
	return client, server
}

// Raw public keys (RFC 7250): two machines that know each other's keys need no certificates.
func Example_rawKeys() {
	key := pki.New().Identities[x509lite.KeyEd25519].Key
	own, err := handshake.NewRawKeyCredential(key, nil)
	check(err)
	known, err := x509lite.MarshalPublicKey(key.Public())
	check(err)
	servers := &engine.Config{Credentials: []*handshake.Credential{own}, Time: clock}
	clients := &engine.Config{
		PeerCertificateTypes: []handshake.CertificateType{handshake.CertificateRawPublicKey},
		TrustedKeys:          [][]byte{known}, // who has it is who we want: names and dates don't count
		Time:                 clock,
	}
	client, _ := meet(clients, servers, engine.Options{})
	fmt.Println(len(client.Info().PeerChain), "certificates,", len(client.Info().PeerKey), "bytes of key")
	// Output: 0 certificates, 44 bytes of key
}

// Pre-shared keys: a key that both ends were given is imported for TLS 1.3 (RFC 9258), once for the suites of each hash. A
// server with certificates too takes a PSK that it knows, unless CertificateFirst is set.
func Example_preSharedKey() {
	secret := []byte("32 bytes that nobody can guess..")
	imported, err := handshake.ImportPSK([]byte("pump 7"), secret, []byte("plant telemetry"), cipher.SHA256)
	check(err)
	clients := &engine.Config{PSKs: imported, NoCertificates: true, MinVersion: cipher.VersionTLS13}
	servers := &engine.Config{PSKs: imported, MinVersion: cipher.VersionTLS13}
	client, server := meet(clients, servers, engine.Options{})
	fmt.Println(client.Info().PSK == server.Info().PSK, client.Info().PeerChain == nil, client.Info().Group.ID)
	// Output: true true X25519MLKEM768
}

// Delegated credentials (RFC 9345): the certificate's key stays where it is safe, and signs, for some days, for one that is
// where the connections are.
func Example_delegatedCredential() {
	shared := pki.New()
	clients, servers := ends()
	onTheEdge := shared.Identities[x509lite.KeyEd25519].Key
	seed := make([]byte, cipher.SignSeedSize) // random bytes, if not an example
	delegated, err := credentialOf(shared.Delegator).Delegate(handshake.ServerRole, onTheEdge, cipher.Ed25519, pki.Time.AddDate(0, 0, 3), seed)
	check(err)
	servers.Credentials = append([]*handshake.Credential{delegated}, servers.Credentials...) // the other one is for those who don't take it
	clients.DelegatedCredentials = true
	client, _ := meet(clients, servers, engine.Options{})
	fmt.Println(client.Info().Delegated, client.Info().PeerScheme)
	// Output: true ed25519
}

// Certificate compression (RFC 8879): zlib is here, Brotli and Zstandard are in package certzip, a module of its own.
func Example_certificateCompression() {
	clients, servers := ends()
	clients.CertificateCompression = []*handshake.CertificateCompression{handshake.ZlibCompression()}
	servers.CertificateCompression = clients.CertificateCompression
	clients.Trace = &engine.Trace{Message: func(d engine.Direction, m handshake.MessageType, _ []byte) {
		if d == engine.Inbound && m == handshake.TypeCompressedCertificate {
			fmt.Println(m)
		}
	}}
	meet(clients, servers, engine.Options{})
	// Output: CompressedCertificate
}

// OCSP staples and certificate timestamps go with a credential, and to those who ask. StaplingChecked would judge the response;
// which logs of certificates are to be believed is for the application to know.
func Example_staples() {
	clients, servers := ends()
	stapled, err := servers.Credentials[0].WithStaples([]byte("an OCSP response"))
	check(err)
	stapled, err = stapled.WithSCTs([]byte{0, 6, 0, 4, 'o', 'n', 'e', '.'})
	check(err)
	servers.Credentials = []*handshake.Credential{stapled}
	clients.Stapling, clients.SCTs = handshake.StaplingReported, true
	client, _ := meet(clients, servers, engine.Options{})
	fmt.Printf("%s, %d bytes of timestamps\n", client.Info().Staple, len(client.Info().SCTs))
	// Output: an OCSP response, 8 bytes of timestamps
}

// Several credentials: the first that the peer can use is taken, and SelectCredential may decide otherwise, now or later
// (Config.Defer).
func Example_selectCredential() {
	shared := pki.New()
	clients, servers := ends()
	servers.Credentials = []*handshake.Credential{
		credentialOf(shared.Identities[x509lite.KeyEd25519]), credentialOf(shared.Identities[x509lite.KeyRSA2048]),
	}
	servers.SelectCredential = func(op *handshake.SelectCredential) (*handshake.Credential, error) {
		fmt.Println("for", op.Hello.ServerName)
		return op.Choose(), nil
	}
	clients.Schemes = []cipher.SignatureScheme{cipher.RSAPSSRSAESHA256, cipher.RSAPKCS1SHA256} // it knows no Ed25519
	client, _ := meet(clients, servers, engine.Options{})
	fmt.Println(client.Info().PeerScheme)
	// Output:
	// for example.test
	// rsa_pss_rsae_sha256
}

// A policy sets versions and algorithms as an authority prescribes them. What is set afterwards is no longer the policy's.
func Example_policy() {
	clients, servers := ends()
	signer := pki.New().Identities[x509lite.KeyP384]
	credential, err := handshake.NewCredential(signer.Chain, signer.Key, engine.PolicyCNSA1.Schemes())
	check(err)
	servers.Credentials = []*handshake.Credential{credential}
	engine.PolicyCNSA1.Apply(servers)
	clients.Groups = []cipher.GroupID{cipher.X25519, cipher.CurveP384}
	client, _ := meet(clients, servers, engine.Options{})
	i := client.Info()
	fmt.Println(i.Suite.Name, i.Group.ID, i.PeerScheme)
	// Output: TLS_AES_256_GCM_SHA384 secp384r1 ecdsa_secp384r1_sha384
}

// Peers that can't bear what they don't know are found early: GREASE (RFC 8701) and extensions in random order. A server that
// is known to have a group, by its DNS record for example, gets a share of that at once.
func Example_hints() {
	clients, servers := ends()
	clients.GREASE, clients.PermuteExtensions = true, true
	servers.Groups = []cipher.GroupID{cipher.CurveP384}
	for _, known := range [][]cipher.GroupID{nil, {cipher.CurveP384}} {
		client, _ := meet(clients, servers, engine.Options{KnownGroups: known})
		fmt.Println("asked again:", client.Info().HelloRetried)
	}
	// Output:
	// asked again: true
	// asked again: false
}

// A server that insists on the best group in common spends a round trip for it.
func Example_askForBestGroup() {
	clients, servers := ends()
	servers.Groups = []cipher.GroupID{cipher.CurveP384, cipher.X25519}
	servers.PreferOwnOrder, servers.AskForBestGroup = true, true
	client, _ := meet(clients, servers, engine.Options{})
	fmt.Println(client.Info().Group.ID, client.Info().HelloRetried)
	// Output: secp384r1 true
}

// An error says what happened, where, and by whom; the reason is from a closed list.
func Example_refusal() {
	clients, servers := ends()
	clients.Roots = x509lite.NewPool()
	client, server := start(engine.Client, clients, engine.Options{ServerName: pki.Host}), start(engine.Server, servers, engine.Options{})
	for exchange(client, server) || exchange(server, client) {
	}
	var trust *x509lite.VerifyError
	fmt.Println(errors.As(client.Err(), &trust))
	fmt.Println(server.Err())
	// Output:
	// true
	// tls: TLSV1_ALERT_UNKNOWN_CA: the peer sent alert unknown_ca
}
