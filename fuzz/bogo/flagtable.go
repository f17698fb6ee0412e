package main

import (
	"strconv"

	"tlsengine/engine"
)

// flags are the flags that the shim applies. The fields that they set are described by the flags' names; what a flag
// of BoGo means is in BoringSSL's documentation of the runner.
var flags = []flag{
	number("port", func(s *settings) *int { return &s.port }),
	{name: "shim-id", value: true, set: func(s *settings, v string) (err error) {
		s.shimID, err = strconv.ParseUint(v, 10, 64)
		return err
	}},
	yes("ipv6", func(s *settings) *bool { return &s.ipv6 }),
	yes("server", func(s *settings) *bool { return &s.server }),
	yes("async", func(s *settings) *bool { return &s.async }),

	yes("implicit-handshake", func(s *settings) *bool { return &s.implicitHandshake }),
	yes("shim-writes-first", func(s *settings) *bool { return &s.shimWritesFirst }),
	text("shim-initial-write", func(s *settings) *string { return &s.shimInitialWrite }),
	number("repeat-shim-initial-write", func(s *settings) *int { return &s.repeatShimInitialWrite }),
	yes("read-with-unfinished-write", func(s *settings) *bool { return &s.readWithUnfinishedWrite }),
	number("read-size", func(s *settings) *int { return &s.readSize }),
	yes("shim-shuts-down", func(s *settings) *bool { return &s.shimShutsDown }),
	yes("check-close-notify", func(s *settings) *bool { return &s.checkCloseNotify }),
	yes("key-update", func(s *settings) *bool { return &s.keyUpdate }),
	yes("send-alert", func(s *settings) *bool { return &s.sendAlert }),
	yes("peek-then-read", func(s *settings) *bool { return &s.peekThenRead }),
	yes("write-different-record-sizes", func(s *settings) *bool { return &s.writeRecordSizes }),
	yes("no-op-extra-handshake", func(s *settings) *bool { return &s.noOpExtraHandshake }),
	yes("handshake-never-done", func(s *settings) *bool { return &s.handshakeNeverDone }),

	number("min-version", func(s *settings) *int { return &s.minVersion }),
	number("max-version", func(s *settings) *int { return &s.maxVersion }),
	yes("no-tls13", func(s *settings) *bool { return &s.noTLS13 }),
	yes("no-tls12", func(s *settings) *bool { return &s.noTLS12 }),
	yes("no-tls11", func(s *settings) *bool { return &s.noTLS11 }),
	yes("no-tls1", func(s *settings) *bool { return &s.noTLS10 }),
	policy("fips-202205", engine.PolicySP80052),
	policy("wpa-202304", engine.PolicyWPA3),
	policy("cnsa1-202603", engine.PolicyCNSA1),
	policy("cnsa2-202603", engine.PolicyCNSA2Secrecy),
	yes("cnsa-202407", func(s *settings) *bool { return &s.longKeysFirst }), // an order, which takes nothing away
	text("cipher", func(s *settings) *string { return &s.cipher }),
	yes("fallback-scsv", func(s *settings) *bool { return &s.fallbackSCSV }),
	text("psk", func(s *settings) *string { return &s.psk }),
	text("psk-identity", func(s *settings) *string { return &s.pskIdentity }),
	ignored("cbc-record-splitting", false), // the engine does unless told otherwise
	ignored("partial-write", false),        // Write always says how much it took
	yes("server-preference", func(s *settings) *bool { return &s.serverPreference }),
	numbers("curves", func(s *settings) *[]int { return &s.curves }),
	numbers("curves-flags", func(s *settings) *[]int { return &s.curvesFlags }),
	numbers("key-shares", func(s *settings) *[]int { return &s.keyShares }),
	yes("no-key-shares", func(s *settings) *bool { return &s.noKeyShares }),
	numbers("server-supported-groups-hint", func(s *settings) *[]int { return &s.serverGroupsHint }),
	numbers("verify-prefs", func(s *settings) *[]int { return &s.verifyPrefs }),
	number("max-send-fragment", func(s *settings) *int { return &s.maxSendFragment }),
	number("max-cert-list", func(s *settings) *int { return &s.maxCertList }),
	yes("no-legacy-server-connect", func(s *settings) *bool { return &s.noLegacyServerConnect }),

	yes("renegotiate-ignore", func(s *settings) *bool { return &s.renegotiateIgnore }),
	yes("renegotiate-freely", func(s *settings) *bool { return &s.renegotiateFreely }),
	yes("renegotiate-once", func(s *settings) *bool { return &s.renegotiateOnce }),
	yes("renegotiate-explicit", func(s *settings) *bool { return &s.renegotiateExplicit }),
	yes("use-exporter-between-reads", func(s *settings) *bool { return &s.exportBetweenReads }),
	yes("forbid-renegotiation-after-handshake", func(s *settings) *bool { return &s.forbidRenegotiation }),

	number("resume-count", func(s *settings) *int { return &s.resumeCount }),
	number("resumption-delay", func(s *settings) *int { return &s.resumptionDelay }),
	yes("no-ticket", func(s *settings) *bool { return &s.noTicket }),
	yes("use-ticket-callback", func(s *settings) *bool { return &s.useTicketCallback }),
	yes("use-ticket-aead-callback", func(s *settings) *bool { return &s.useTicketCallback }), // there is one way only here
	yes("renew-ticket", func(s *settings) *bool { return &s.renewTicket }),
	yes("skip-ticket", func(s *settings) *bool { return &s.skipTicket }),
	number("early-write-after-message", func(s *settings) *int { return &s.earlyWriteAfterMessage }),
	yes("false-start", func(s *settings) *bool { return &s.falseStart }),
	yes("allow-false-start-without-alpn", func(s *settings) *bool { return &s.falseStartWithoutALPN }),
	yes("handshake-twice", func(s *settings) *bool { return &s.handshakeTwice }),
	yes("enable-early-data", func(s *settings) *bool { return &s.enableEarlyData }),
	yes("reverify-on-resume", func(s *settings) *bool { return &s.reverifyOnResume }),

	text("key-file", func(s *settings) *string { return &s.credential().keyFile }),
	text("cert-file", func(s *settings) *string { return &s.credential().certFile }),
	encoded("ocsp-response", func(s *settings) *string { return &s.credential().staple }),
	encoded("signed-cert-timestamps", func(s *settings) *string { return &s.credential().scts }),
	yes("install-cert-compression-algs", func(s *settings) *bool { return &s.installCompressions }),
	number("install-one-cert-compression-alg", func(s *settings) *int { return &s.installCompression }),
	encoded("delegated-credential", func(s *settings) *string { return &s.credential().delegated }),
	{name: "new-delegated-credential", set: func(s *settings, _ string) error {
		s.further = append(s.further, credentialSettings{kind: delegatedCredential})
		return nil
	}},
	{name: "new-rpk-credential", set: func(s *settings, _ string) error {
		s.further = append(s.further, credentialSettings{kind: rawKeyCredential})
		return nil
	}},
	numbers("accepted-peer-cert-types", func(s *settings) *[]int { return &s.acceptedTypes }),
	numbers("available-client-cert-types", func(s *settings) *[]int { return &s.availableTypes }),
	yes("enable-grease", func(s *settings) *bool { return &s.enableGREASE }),
	yes("permute-extensions", func(s *settings) *bool { return &s.permuteExtensions }),
	{name: "new-psk-credential", set: func(s *settings, _ string) error {
		s.further = append(s.further, credentialSettings{kind: pskCredential})
		return nil
	}},
	encoded("psk-importer-key", func(s *settings) *string { return &s.credential().importer.key }),
	encoded("psk-importer-identity", func(s *settings) *string { return &s.credential().importer.identity }),
	encoded("psk-importer-context", func(s *settings) *string { return &s.credential().importer.context }),
	ignored("psk-importer-sha256", false), // if nothing else is said
	yes("psk-importer-sha384", func(s *settings) *bool { return &s.credential().importer.sha384 }),
	yes("must-match-issuer", func(s *settings) *bool { return &s.credential().mustMatchIssuer }),
	{name: "new-x509-credential", set: func(s *settings, _ string) error {
		s.further = append(s.further, credentialSettings{})
		return nil
	}},
	ignored("trust-cert", true), // the verification hook decides, and it looks at -verify-fail only
	numbers("signing-prefs", func(s *settings) *[]int { return &s.credential().signingPrefs }),
	yes("use-ocsp-callback", func(s *settings) *bool { return &s.useOCSPCallback }),
	yes("set-ocsp-in-callback", func(s *settings) *bool { return &s.setOCSPInCallback }),
	yes("decline-ocsp-callback", func(s *settings) *bool { return &s.declineOCSPCallback }),
	yes("fail-ocsp-callback", func(s *settings) *bool { return &s.failOCSPCallback }),
	yes("use-early-callback", func(s *settings) *bool { return &s.useEarlyCallback }),
	yes("fail-early-callback", func(s *settings) *bool { return &s.failEarlyCallback }),
	yes("install-ddos-callback", func(s *settings) *bool { return &s.installDDoSCallback }),
	yes("fail-ddos-callback", func(s *settings) *bool { return &s.failDDoSCallback }),
	yes("fail-cert-callback", func(s *settings) *bool { return &s.failCertCallback }),
	yes("use-old-client-cert-callback", func(s *settings) *bool { return &s.useOldClientCertCallback }),

	yes("verify-peer", func(s *settings) *bool { return &s.verifyPeer }),
	yes("require-any-client-certificate", func(s *settings) *bool { return &s.requireAnyClientCertificate }),
	yes("use-custom-verify-callback", func(s *settings) *bool { return &s.useCustomVerifyCallback }),
	yes("verify-fail", func(s *settings) *bool { return &s.verifyFail }),
	yes("enable-ocsp-stapling", func(s *settings) *bool { return &s.enableOCSPStapling }),
	yes("enable-signed-cert-timestamps", func(s *settings) *bool { return &s.enableSCTs }),
	text("use-client-ca-list", func(s *settings) *string { return &s.useClientCAList }),

	text("host-name", func(s *settings) *string { return &s.hostName }),
	text("advertise-alpn", func(s *settings) *string { return &s.advertiseALPN }),
	text("advertise-npn", func(s *settings) *string { return &s.advertiseNPN }),
	yes("advertise-empty-npn", func(s *settings) *bool { return &s.advertiseEmptyNPN }),
	yes("select-empty-next-proto", func(s *settings) *bool { return &s.selectEmptyNextProto }),
	text("select-next-proto", func(s *settings) *string { return &s.selectNextProto }),
	text("select-alpn", func(s *settings) *string { return &s.selectALPN }),
	yes("decline-alpn", func(s *settings) *bool { return &s.declineALPN }),
	yes("reject-alpn", func(s *settings) *bool { return &s.rejectALPN }),
	yes("no-server-name-ack", func(s *settings) *bool { return &s.noServerNameAck }),
	yes("allow-unknown-alpn-protos", func(s *settings) *bool { return &s.allowUnknownALPN }),
	yes("select-empty-alpn", func(s *settings) *bool { return &s.selectEmptyALPN }),
	ignored("srtp-profiles", true),             // DTLS only: nothing of it may show over TCP
	ignored("quic-use-legacy-codepoint", true), // QUIC only, likewise

	encoded("ech-config-list", func(s *settings) *string { return &s.ech.configList }),
	yes("enable-ech-grease", func(s *settings) *bool { return &s.ech.grease }),
	yes("reject-unusable-ech-config", func(s *settings) *bool { return &s.ech.rejectUnusable }),
	blobs("ech-server-config", func(s *settings) *[]string { return &s.ech.serverConfigs }),
	blobs("ech-server-key", func(s *settings) *[]string { return &s.ech.serverKeys }),
	numbers("ech-is-retry-config", func(s *settings) *[]int { return &s.ech.isRetryConfig }),
	yes("fail-early-callback-ech-rewind", func(s *settings) *bool { return &s.ech.declinesInCallback }),
	yes("expect-ech-accept", func(s *settings) *bool { return &s.expected.ech.accept }),
	encoded("expect-ech-retry-configs", func(s *settings) *string { return &s.expected.ech.retryConfigs }),
	yes("expect-no-ech-retry-configs", func(s *settings) *bool { return &s.expected.ech.noRetryConfigs }),
	text("expect-ech-name-override", func(s *settings) *string { return &s.expected.ech.nameOverride }),
	yes("expect-no-ech-name-override", func(s *settings) *bool { return &s.expected.ech.noNameOverride }),

	number("export-keying-material", func(s *settings) *int { return &s.exportKeyingMaterial }),
	text("export-label", func(s *settings) *string { return &s.exportLabel }),
	text("export-context", func(s *settings) *string { return &s.exportContext }),
	yes("use-export-context", func(s *settings) *bool { return &s.useExportContext }),

	yes("export-traffic-secrets", func(s *settings) *bool { return &s.exportTrafficSecrets }),
	yes("tls-unique", func(s *settings) *bool { return &s.tlsUnique }),

	yes("expect-session-miss", func(s *settings) *bool { return &s.expected.sessionMiss }),
	yes("expect-session-id", func(s *settings) *bool { return &s.expected.sessionID }),
	yes("expect-no-session-id", func(s *settings) *bool { return &s.expected.noSessionID }),
	yes("expect-no-session", func(s *settings) *bool { return &s.expected.noSession }),
	yes("expect-ticket-renewal", func(s *settings) *bool { return &s.expected.ticketRenewal }),
	number("expect-ticket-age-skew", func(s *settings) *int { return &s.expected.ticketAgeSkew }),
	yes("expect-ticket-supports-early-data", func(s *settings) *bool { return &s.expected.ticketEarlyData }),
	yes("expect-accept-early-data", func(s *settings) *bool { return &s.expected.acceptEarlyData }),
	yes("expect-reject-early-data", func(s *settings) *bool { return &s.expected.rejectEarlyData }),
	yes("expect-no-offer-early-data", func(s *settings) *bool { return &s.expected.noOfferEarlyData }),
	text("expect-early-data-reason", func(s *settings) *string { return &s.expected.earlyDataReason }),
	yes("expect-not-resumable-across-names", func(s *settings) *bool { return &s.expected.notAcrossNames }),
	number("expect-version", func(s *settings) *int { return &s.expected.version }),
	number("expect-cipher", func(s *settings) *int { return &s.expected.cipher }),
	number("expect-cipher-aes", func(s *settings) *int { return &s.expected.cipherAES }),
	number("expect-cipher-no-aes", func(s *settings) *int { return &s.expected.cipherNoAES }),
	number("expect-curve-id", func(s *settings) *int { return &s.expected.curveID }),
	number("expect-peer-signature-algorithm", func(s *settings) *int { return &s.expected.peerSignatureAlgorithm }),
	numbers("expect-peer-verify-pref", func(s *settings) *[]int { return &s.expected.peerVerifyPrefs }),
	yes("expect-hrr", func(s *settings) *bool { return &s.expected.hrr }),
	yes("expect-no-hrr", func(s *settings) *bool { return &s.expected.noHRR }),
	yes("expect-extended-master-secret", func(s *settings) *bool { return &s.expected.ems }),
	number("expect-total-renegotiations", func(s *settings) *int { return &s.expected.totalRenegotiations }),
	yes("expect-secure-renegotiation", func(s *settings) *bool { return &s.expected.secureRenegotiation }),
	yes("expect-no-secure-renegotiation", func(s *settings) *bool { return &s.expected.noSecureRenegotiation }),
	text("expect-server-name", func(s *settings) *string { return &s.expected.serverName }),
	yes("expect-no-server-name", func(s *settings) *bool { return &s.expected.noServerName }),
	text("expect-next-proto", func(s *settings) *string { return &s.expected.nextProto }),
	yes("expect-no-next-proto", func(s *settings) *bool { return &s.expected.noNextProto }),
	text("expect-alpn", func(s *settings) *string { return &s.expected.alpn }),
	text("expect-advertised-alpn", func(s *settings) *string { return &s.expected.advertisedALPN }),
	yes("expect-verify-result", func(s *settings) *bool { return &s.expected.verifyResult }),
	text("expect-peer-cert-file", func(s *settings) *string { return &s.expected.peerCertFile }),
	yes("expect-no-peer-cert", func(s *settings) *bool { return &s.expected.noPeerCert }),
	{name: "expect-selected-credential", value: true, set: func(s *settings, v string) error {
		n, err := strconv.Atoi(v)
		s.expected.selectedCredential = &n
		return err
	}},
	encoded("expect-ocsp-response", func(s *settings) *string { return &s.expected.staple }),
	encoded("expect-signed-cert-timestamps", func(s *settings) *string { return &s.expected.scts }),
	{name: "expect-peer-certificate-type", value: true, set: func(s *settings, v string) error {
		n, err := strconv.Atoi(v)
		s.expected.peerType = &n
		return err
	}},
	encoded("expect-peer-rpk-sha256", func(s *settings) *string { return &s.expected.peerKeyHash }),
	encoded("expect-certificate-types", func(s *settings) *string { return &s.expected.certificateTypes }),
	text("expect-msg-callback", func(s *settings) *string { return &s.expected.trace }),
	text("expect-client-ca-list", func(s *settings) *string { return &s.expected.clientCAList }),
}
