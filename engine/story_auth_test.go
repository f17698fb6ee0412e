package engine

import (
	"slices"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

// authStories are those in which the ends say more about who they are than a chain of certificates does, or say it in another way.
func authStories() []*story {
	acts := []act{{clientEnd, write, 20}, {serverEnd, write, 30}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	return []*story{
		{name: "1.3 staples", client: with(statuses, authenticated, vouched), server: with(statuses, requires, vouched), acts: acts},
		{name: "1.2 staples", client: with(only(cipher.VersionTLS12), statuses), server: vouched, acts: acts},
		{name: "1.2 staples wanted and not there", client: with(only(cipher.VersionTLS12), reported), acts: acts},
	}
}

func statuses(_ *testPKI, c *Config) { c.Stapling, c.SCTs = handshake.StaplingRequired, true }
func reported(_ *testPKI, c *Config) { c.Stapling, c.SCTs = handshake.StaplingReported, true }

// vouched gives each credential a staple and timestamps.
func vouched(_ *testPKI, c *Config) {
	c.Credentials = slices.Clone(c.Credentials)
	for i, credential := range c.Credentials {
		credential, _ = credential.WithStaples(pki.New().Staple(credential.Chain()[0], pki.Good, pki.Time))
		c.Credentials[i], _ = credential.WithSCTs([]byte{0, 3, 0, 1, 7})
	}
}
