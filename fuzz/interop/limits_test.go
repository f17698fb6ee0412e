package interop

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is about how long records may be: record_size_limit (RFC 8449), which GnuTLS has, and max_fragment_length (RFC 6066,
// Section 4), which OpenSSL has too.

// lengths are the longest records of application data that came and went.
type lengths struct{ in, out atomic.Int32 }

func (s *lengths) trace() *engine.Trace {
	return &engine.Trace{Record: func(d engine.Direction, t record.ContentType, n int) {
		longest := &s.in
		if d == engine.Outbound {
			longest = &s.out
		}
		if t == record.TypeApplicationData && int32(n) > longest.Load() {
			longest.Store(int32(n))
		}
	}}
}

// What a record of an AEAD suite has beside its data: tag, and TLS 1.2's explicit nonce or TLS 1.3's type. A first flight of TLS
// 1.3 goes in such records too, and is longer than most data.
const protection = 16 + 8

// checkLimit looks whether records were as long as they may be and no longer.
func checkLimit(t *testing.T, what string, longest *atomic.Int32, limit int) {
	t.Helper()
	if n := int(longest.Load()); n > limit+protection || n < limit {
		t.Errorf("the longest record %s has %d bytes, for a limit of %d", what, n, limit)
	}
}

// TestServersKeepToOurLimit: what our client asks for they do, in 1 MiB; a longer record would end the connection.
func TestServersKeepToOurLimit(t *testing.T) {
	for _, remote := range []remoteServer{gnutlsServer, sslServer} {
		for _, v := range versions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				addr, _ := remote.start(t, p256, handshake.AuthNone)
				config := row{version: v, key: p256}.clientConfig(t)
				var longest lengths
				config.RecordSizeLimit, config.Trace = 1024, longest.trace()
				l := connect(t, addr, config)
				if err := exchangeAndFinish(l); err != nil {
					t.Error(err)
				}
				l.hangUp()
				checkLimit(t, "that came", &longest.in, 1024)
			})
		}
	}
}

// TestWeKeepToClientsLimit: our server does what clients ask for, in 1 MiB. (gnutls-cli has a buffer of its own size for what it
// sends, of which it loses what doesn't fit in one record.)
func TestWeKeepToClientsLimit(t *testing.T) {
	openssl, gnutls := opensslClient, gnutlsClient
	openssl.command = func(c clientSetup) []string { return append(sClient(c), "-maxfraglen", "1024") }
	gnutls.command = func(c clientSetup) []string { return append([]string{"--recordsize", "1024"}, gnutlsCli(c)...) }
	for _, remote := range []remoteClient{openssl, gnutls} {
		for _, v := range versions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				peers.Need(t, remote.program)
				config := row{version: v, key: p256}.serverConfig(t)
				var longest lengths
				config.Trace = longest.trace()
				finish := remote.handle()
				s := serve(t, config, func(l *link) error {
					if err := sendStream(l); err != nil {
						return err
					}
					return finish(l)
				})
				output, err := remote.run(t, s.addr, "")
				if err := errors.Join(err, s.wait(t).err); err != nil {
					t.Error(err)
				}
				if !strings.Contains(output, string(stream())) {
					t.Errorf("the client didn't print what we sent")
				}
				checkLimit(t, "that went", &longest.out, 1024)
			})
		}
	}
}

// TestEncryptThenMAC (RFC 7366): with peers that have it and with peers that were told not to, in each version and role.
func TestEncryptThenMAC(t *testing.T) {
	for _, v := range oldVersions {
		for _, without := range []bool{false, true} {
			more := map[string][]string{}
			if without {
				more = map[string][]string{"openssl": {"-no_etm"}}
			}
			priority := gnutlsPriority(v)
			if without {
				priority += ":%NO_ETM"
			}
			r := oldRow{v, againSuite}
			check := func(t *testing.T, info *handshake.Info) {
				t.Helper()
				r.check(t, info)
				if info.EncryptThenMAC == without {
					t.Errorf("encrypt-then-MAC: %v", info.EncryptThenMAC)
				}
			}
			openssl, gnutls := opensslServer, gnutlsServer
			openssl.command = func(s serverSetup) []string {
				return append(append(sServer(s), more["openssl"]...), opensslOld(v, againSuite.OpenSSL)...)
			}
			gnutls.command = func(s serverSetup) []string { return append(gnutlsServ(s), "--priority", priority) }
			for _, remote := range []remoteServer{openssl, gnutls} {
				t.Run(fmt.Sprintf("%s %v without %v", remote.name, v, without), func(t *testing.T) {
					addr, _ := remote.start(t, rsa, handshake.AuthNone)
					l := connect(t, addr, r.with(t, r.row().clientConfig(t)))
					check(t, l.conn.Info())
					talk(t, l, remote.answer)
				})
			}
			cli, gnutlsCLI := opensslClient, gnutlsClient
			cli.command = func(c clientSetup) []string {
				return append(append(sClient(c), more["openssl"]...), opensslOld(v, againSuite.OpenSSL)...)
			}
			gnutlsCLI.command = func(c clientSetup) []string { return append([]string{"--priority", priority}, gnutlsCli(c)...) }
			for _, remote := range []remoteClient{cli, gnutlsCLI} {
				t.Run(fmt.Sprintf("%s %v without %v", remote.name, v, without), func(t *testing.T) {
					s := serve(t, r.with(t, r.row().serverConfig(t)), remote.handle())
					_, err := remote.run(t, s.addr, "")
					got := s.wait(t)
					if err := errors.Join(err, got.err); err != nil {
						t.Fatal(err)
					}
					check(t, got.link.conn.Info())
				})
			}
		}
	}
}

// TestFallbackIsFound (RFC 7507): who comes again with less than its best is told that there was no need, in both roles.
func TestFallbackIsFound(t *testing.T) {
	reason := func(remote bool) refusal {
		r := refusal{remote: remote, reason: record.ReasonInappropriateFallback, alert: record.AlertInappropriateFallback}
		if remote {
			r.reason = record.ReasonReceived(r.alert)
		}
		return r
	}
	for _, v := range oldVersions {
		r := oldRow{v, againSuite}
		t.Run("server "+v.String(), func(t *testing.T) {
			config := r.with(t, r.row().serverConfig(t))
			config.MaxVersion, config.Suites = cipher.VersionTLS13, append(config.Suites, cipher.TLS_AES_128_GCM_SHA256)
			s := serve(t, config, answerOnce)
			remote := opensslClient
			remote.command = func(c clientSetup) []string {
				return append(append(sClient(c), "-fallback_scsv"), opensslOld(v, againSuite.OpenSSL)...)
			}
			output, _ := remote.run(t, s.addr, "")
			reason(false).check(t, s.wait(t).err)
			if !strings.Contains(output, "SSL alert number 86") {
				t.Error("s_client doesn't say why")
			}
		})
		t.Run("client "+v.String(), func(t *testing.T) {
			addr, _ := opensslServer.start(t, rsa, handshake.AuthNone)
			config := r.with(t, r.row().clientConfig(t))
			config.Fallback = true
			l := dial(t, addr, config)
			reason(true).check(t, l.handshake())
			l.hangUp()
		})
	}
}
