package main

// A refusal says why flags are answered with status 89. Flags that are in no table are too; those here are known.
type refusal struct {
	why   string
	flags string // names, separated by blanks
}

// refusals are the flags that we know and don't apply: what the engine hasn't got yet, and what it will never have.
var refusals = []refusal{
	{"a flag for DTLS", `key-update-before-read`},

	{"Channel ID: an expired draft", `enable-channel-id send-channel-id expect-channel-id`},
	{"ALPS: an expired draft", `application-settings expect-peer-application-settings alps-use-new-codepoint defer-alps`},
	{"PAKE: a draft", `new-spake2plusv1-credential pake-context pake-client-id pake-server-id pake-password
		wrong-pake-role`},
	{"trust anchor IDs: a draft", `requested-trust-anchors available-trust-anchors expect-peer-match-trust-anchor
		expect-no-peer-match-trust-anchor expect-peer-available-trust-anchors cert-properties`},
	{"resumption across names: a draft", `resumption-across-names-enabled expect-resumable-across-names`},
	{"server padding: BoringSSL's experiment", `request-server-padding server-supports-padding
		expect-server-sent-requested-padding`},
	{"a workaround for one bug of JDK 11", `jdk11-workaround`},
	{"BoringSSL's saving of memory", `retain-only-sha256-client-cert expect-sha256-client-cert`},
	{"BoringSSL's own format of tickets", `ticket-key`},
	{"BoringSSL's split handshake", `handshake-hints allow-hint-mismatch handshaker-path handshaker-resume`},
	{"no DTLS, no QUIC", `dtls mtu initial-timeout-duration-ms private-key-delay-ms quic quic-transport-params expect-quic-transport-params
		quic-early-data-context`},
	{"BoringSSL's own tools", `fuzzer-mode wait-for-debugger write-settings`},
}
