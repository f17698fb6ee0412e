// Package engine is TLS as a machine for bytes: the peer's bytes go in, bytes for the peer come out, and in between lies
// a connection that owns no socket, no goroutine, no clock and no source of randomness but those it was given.
//
// # The shape of a program
//
// A Config is what people write. Freeze checks it once and makes a Params, which any number of connections share:
//
//	params, err := config.Freeze()
//	conn, err := engine.Client(params, engine.Options{ServerName: "example.org"})
//
// From then on whoever owns the transport carries bytes back and forth. The same calls serve the handshake and what
// comes after it, clients and servers, and all versions:
//
//	for {
//		for n := conn.Read(buffer); n > 0; n = conn.Read(buffer) {
//			handle(buffer[:n]) // decrypted data
//		}
//		n := transport.write(conn.Outgoing()) // to the peer, as much as the transport takes
//		conn.Sent(n)
//		if !conn.Status().Has(engine.WantsInput) {
//			break // Err says why, or Status: PeerClosed, WantsAnswer
//		}
//		n = transport.read(conn.Buffer()) // from the peer, as much as there is
//		conn.Commit(n)
//	}
//
// "Not yet" is a status and never an error; an error is final, and its alert is the end of what Outgoing returns next.
// Nobody has to call anything for the sake of housekeeping.
//
// # Two halves
//
// A Conn has an inbound and an outbound half. During the handshake they belong to one goroutine. Once HandshakeDone they
// are apart: one goroutine may read while another writes, without a lock. What the inbound half owes to the peer (an alert,
// the answer to a close_notify or a KeyUpdate) it posts in an atomic word; the outbound half makes the records of it. What
// begins another handshake, or a part of one, takes both halves again: Renegotiate, RequestCertificate, and Resume while
// anything is in Pending.
//
// # Whose memory is it
//
// Feed and Write copy. The zero-copy forms lend: Buffer and Commit lend space for input, Peek and Discard lend opened
// data, Space and Seal lend room inside the output. Each method says how long its slice is valid. Buffers come from a pool
// when there are bytes to hold, and go back when there are none: an idle connection holds none.
//
// # Questions
//
// Everything that is slow or a matter of policy is a handshake.Operation: which configuration and credential to use, a key
// agreement, a signature, a verdict on the peer. Callbacks in Config answer at once. Kinds in Config.Defer wait in Pending
// until somebody answers, on whatever goroutine; Resume goes on. Both ways give the same bytes.
//
// # What is off until it is asked for
//
// The zero Config is a careful deployment's of 2026: TLS 1.3 and 1.2, AEAD suites with a fresh key exchange, the hybrid
// post-quantum group first, certificates and names verified. What follows takes a word, each for a reason, and has an example
// that runs:
//
//	raw public keys        PeerCertificateTypes, TrustedKeys      no names, dates or revocation: who has the key is trusted (Example_rawKeys)
//	pre-shared keys        PSKs, FindPSK, CertificateFirst        somebody has to hand out keys that can't be guessed (Example_preSharedKey)
//	delegated credentials  DelegatedCredentials                   a delegated key can't be revoked (Example_delegatedCredential)
//	compressed certificates  CertificateCompression               few peers have it; a decompressor for strangers (Example_certificateCompression)
//	staples, timestamps    Stapling, SCTs                         few authorities offer OCSP; which logs count is yours to say (Example_staples)
//	encrypted hellos       ECHKeys, Options.ECHConfigs            keys are to be made, published and changed (Example_encryptedHello)
//	early data             MaxEarlyData, Replays                  whoever saw it can send it again (Example_earlyData)
//	sessions               Tickets, Sessions, NewSession          a key that is kept undoes forward secrecy (Example_ownTickets)
//	false start            FalseStart                             TLS 1.3 is as fast, and confirms first (Example_falseStart)
//	renegotiation          Renegotiation                          gone from TLS 1.3, and the door to two attacks (Example_renegotiation)
//	GREASE, random order   GREASE, PermuteExtensions              it helps the Web, and no single connection (Example_hints)
//	a better group         AskForBestGroup, PreferOwnOrder        a round trip for a matter of taste, mostly (Example_askForBestGroup)
//	rules of authorities   Policy                                 each takes less than what is sound (Example_policy)
//
// Several Credentials are in order of preference, and SelectCredential may choose otherwise (Example_selectCredential). There
// is no QUIC: its transport parameters are refused where they come over TCP (RFC 9001, Section 8.2).
//
// # Determinism
//
// With Options.Rand and Config.Time a connection is a function of its configuration, those two, and its input: a fuzzer can
// replay and clone it, a test can keep whole connections as files.
//
// # Attacks
//
// The attacks of TLS's history, and the tests that show what became of each here:
//
//	BEAST                            engine.TestBEASTFirstByteGoesAlone, record.TestFirstByteGoesAloneWhereIVsAreChained
//	Bleichenbacher, ROBOT            engine.TestBleichenbacherAndROBOTLearnNothing, cipher.TestBleichenbacher, cipher.TestKeyTransportTakesOneTime
//	burning others' tickets          engine.TestForgedBinderBurnsNothing, engine.TestRememberedTicketCountsOnce,
//	                                 engine.TestTicketOfACacheIsUsedOnce
//	CRIME                            engine.TestCRIMENothingIsCompressedByDefault, engine.TestCRIMECompressionTakesBothEnds
//	CVE-2025-61730 (key changes)     engine.TestCoalescedMessagesAcrossKeyChangeToHandshakeKeys,
//	                                 engine.TestCoalescedMessagesAcrossKeyChangeOfAnUpdate,
//	                                 engine.TestCoalescedMessagesAcrossKeyChangeByChangeCipherSpec
//	CVE-2025-68121 (trust)           engine.TestTicketIsNotReusedAcrossTrust, engine.TestSessionIsNotOfferedAcrossTrust
//	downgrade to an old version      engine.TestDowngradeSentinels, engine.TestPOODLEFallbackIsRefused
//	DROWN                            engine.TestDROWNFindsTheDoorClosed
//	false start with a weak suite    engine.TestAttackFalseStartWithAWeakSuite
//	floods of KeyUpdates and others  engine.TestFloodsOfNothingEnd, engine.TestEndlessMessagesAfterTheHandshakeEnd
//	FREAK                            engine.TestFREAKNoServerKeyExchangeWithStaticRSA
//	Logjam                           engine.TestLogjamShortPrimesAreRefused, cipher.TestLogjam
//	Lucky 13                         record.TestPaddingOfEveryLength, record.TestTimingOfCBCTellsNothingOfThePadding
//	POODLE                           engine.TestPOODLEAndBEASTNeedAChoice, engine.TestPOODLEFallbackIsRefused, record.TestPaddingOfEveryLength
//	renegotiation injection          handshake.TestRenegotiationBindsTheHandshakes, handshake.TestInsecureRenegotiationIsRefused
//	replay of early data             engine.TestReplayedEarlyDataIsRefused, engine.TestEarlyDataNeedsAMemory
//	SLOTH                            engine.TestSLOTHWeakHashesAreNotNegotiated
//	SMACK                            engine.TestSMACKSkippedMessagesAreNoticed
//	Sweet32                          record.TestKeysOfSmallBlocksEndInTime
//	triple handshake                 engine.TestTripleHandshakeSecretsAreBoundToTheHandshake,
//	                                 handshake.TestExtendedMasterSecretOnResumption
//
// Holes of other implementations, by number:
//
//	CVE-2020-13777 (GnuTLS: ticket keys of zeros)        engine.TestTicketKeysAreDrawnFromTheFirstTicket
//	CVE-2020-24613, CVE-2022-25640 (wolfSSL: no proof)   handshake.TestProofOfThePeerIsNotSkipped
//	CVE-2021-3449 (OpenSSL: renegotiation)               handshake.TestRenegotiationWithoutSchemesDoesNoHarm
//	CVE-2022-25638 (wolfSSL: empty signature)            handshake.TestEmptySignatureProvesNothing
//	CVE-2022-30629 (Go: ticket_age_add)                  handshake.TestTicketAgesAreHidden
//	CVE-2022-41724 (Go: large messages)                  engine.TestOversizedSessionGetsNoTicket, handshake.TestCookieWithoutRoomForItEndsTheHandshake
//	CVE-2022-4304, CVE-2023-0361 (RSA key transport)     engine.TestBleichenbacherAndROBOTLearnNothing
//	CVE-2023-2650 (OpenSSL: object identifiers)          x509lite.TestEnormousObjectIdentifiersAreCheap
//	CVE-2023-3724 (wolfSSL: no key exchange)             handshake.TestServerHelloWithoutAnySecretIsRefused
//	CVE-2023-29409 (Go: large RSA keys)                  x509lite.TestEnormousRSAKeysAreNone
//	CVE-2023-39321, -39322 (Go: after the handshake)     engine.TestEndlessMessagesAfterTheHandshakeEnd
//	CVE-2024-2511 (OpenSSL: a cache that grows)          engine.TestRememberedSessionsAreBounded
//	CVE-2024-5535 (OpenSSL: empty lists of protocols)    handshake.TestNextProtocol
//	CVE-2024-32650 (rustls: close_notify)                engine.TestCloseNotifyInsideTheHandshakeEndsIt
//	CVE-2024-45341 (Go: zones in URIs)                   x509lite.TestURIWithAZoneIsUnderNoDomain
//	CVE-2025-58185 (Go: lists of nothing)                x509lite.TestListsOfNothingCostAFixedMultiple
//	CVE-2025-58187 (Go: name constraints)                x509lite.TestManyNamesManyConstraints
//	CVE-2025-58188 (Go: DSA keys)                        x509lite.TestDSAKeysThatAreNoneDoNoHarm
//	CVE-2025-58189 (Go: text of errors)                  engine.TestErrorsQuoteWhatThePeerMadeUp
//	CVE-2025-61723 (Go: PEM)                             x509lite.TestHostilePEMCostsAFixedMultiple
//	RUSTSEC-2024-0399 (rustls: a hello in pieces)        engine.TestEveryMessageMayBeCutIntoRecords
//
// # Reading order
//
//   - config.go, freeze.go, algorithms.go, validate.go, config_error.go: what people write, and what is made of it;
//     policy.go: choices that authorities prescribe
//   - conn.go, status.go: the connection and what both of its halves know
//   - inbound.go: from Feed to Read
//   - drive.go: where the handshake's machine meets the records
//   - outbound.go: from Write to Outgoing
//   - fail.go: the only place where an error becomes an alert; close.go: the end in order
//   - renegotiate.go, postauth.go: another handshake, or a client's certificate, on a connection that runs
//   - sessioncache.go, ticketids.go, ticketkeys.go, ticketkey.go, replays.go: where sessions wait for who resumes them
//   - footprint.go, exporter.go, trace.go, keylog.go, cache.go: what surrounds a connection
//
// # How to add
//
// A setting: a field in Config with its default, its check in validate.go, a field in handshake.Params if the handshake
// needs it. An effect of the handshake: a kind in handshake/flight.go and a line in carryOut. A question: see
// handshake/operation.go; the engine needs a callback in Config and nothing else. A debt to the peer: a bit in conn.go and
// its payment in fail.go.
package engine
