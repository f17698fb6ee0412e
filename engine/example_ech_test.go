package engine_test

import (
	"errors"
	"fmt"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// Encrypted Client Hello (RFC 9849): a server makes a key and publishes its configuration, in the "ech" parameter of its HTTPS record
// for example; a client encrypts its hello to that. One with an old configuration learns the present one, from a server that proves to
// be the one of the public name, and tries again. All of this is off unless it is configured: keys are for somebody to make, and to
// change from time to time.
func Example_encryptedHello() {
	shared := pki.New()
	identity := shared.Identities[x509lite.KeyP256]
	credential, err := handshake.NewCredential(identity.Chain, identity.Key, nil)
	check(err)
	makeKey := func(id uint8) *handshake.ECHKey {
		key, err := handshake.GenerateECHKey(pki.Host, id, 0, nil)
		check(err)
		return key
	}
	yesterday, today := makeKey(1), makeKey(2)
	published, err := handshake.NewECHConfigList(yesterday.Config())
	check(err)
	clock := func() time.Time { return pki.Time }
	servers := &engine.Config{Credentials: []*handshake.Credential{credential}, ECHKeys: []*handshake.ECHKey{today}, Time: clock}
	clients := &engine.Config{Roots: shared.Roots, RequireECH: true, Time: clock}
	for {
		client := start(engine.Client, clients, engine.Options{ServerName: pki.Host, ECHConfigs: published})
		server := start(engine.Server, servers, engine.Options{})
		for exchange(client, server) || exchange(server, client) {
		}
		var rejection *handshake.ECHRejection
		if errors.As(client.Err(), &rejection) {
			fmt.Println(rejection)
			published = rejection.RetryConfigs
			continue
		}
		fmt.Println(client.Info().ECH)
		break
	}
	// Output:
	// the server for "example.test" has other keys for encrypted hellos: connect with those
	// accepted
}

// exchange is carry for ends that may fail.
func exchange(from, to *engine.Conn) bool {
	n, _ := to.Feed(from.Outgoing())
	from.Sent(n)
	return n > 0
}
