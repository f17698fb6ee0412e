package cipher

// suiteRows lists the suites that are on unless somebody chooses others. Why they stand in this order:
//
//   - TLS 1.3 comes first: where both sides have it, nothing below is ever looked at.
//   - Every suite here has forward secrecy and an AEAD. All give at least 128 bits, and no attack tells them apart, so
//     cost decides: AES-128 before AES-256. AES-256 buys margin against a quantum search that nobody can mount, for a
//     fifth more time per byte; who needs it puts it first.
//   - ECDSA before RSA, in TLS 1.2 only, where the suite chooses the certificate: a P-256 signature costs a server
//     a twenty-fifth of one by RSA-2048.
//   - Where ChaCha20-Poly1305 goes is a question of hardware, which SuitesFor answers. With AES instructions AES-GCM takes
//     a third of ChaCha20's time. Without them AES is several times slower, and made of table look-ups whose timing
//     may tell the key, so ChaCha20 comes first. A server does well to follow a client that puts ChaCha20 first: that
//     client has no AES instructions, and the server can afford either.
//
// A suite is added as a row here and a constant in suite_ids.go; a row with a new kind of protection also needs a Bulk.
var suiteRows = [...]Suite{
	{
		ID: TLS_AES_128_GCM_SHA256, Name: "TLS_AES_128_GCM_SHA256", OpenSSL: "TLS_AES_128_GCM_SHA256",
		Min: VersionTLS13, Max: VersionTLS13, Bulk: aes128GCM13, Hash: SHA256,
	},
	{
		ID: TLS_AES_256_GCM_SHA384, Name: "TLS_AES_256_GCM_SHA384", OpenSSL: "TLS_AES_256_GCM_SHA384",
		Min: VersionTLS13, Max: VersionTLS13, Bulk: aes256GCM13, Hash: SHA384,
	},
	{
		ID: TLS_CHACHA20_POLY1305_SHA256, Name: "TLS_CHACHA20_POLY1305_SHA256", OpenSSL: "TLS_CHACHA20_POLY1305_SHA256",
		Min: VersionTLS13, Max: VersionTLS13, Bulk: chaCha20Poly1305, Hash: SHA256,
	},
	{
		ID: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, Name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
		OpenSSL: "ECDHE-ECDSA-AES128-GCM-SHA256", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthECDSA, Bulk: aes128GCM12, Hash: SHA256,
	},
	{
		ID: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		OpenSSL: "ECDHE-RSA-AES128-GCM-SHA256", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthRSA, Bulk: aes128GCM12, Hash: SHA256,
	},
	{
		ID: TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, Name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
		OpenSSL: "ECDHE-ECDSA-AES256-GCM-SHA384", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthECDSA, Bulk: aes256GCM12, Hash: SHA384,
	},
	{
		ID: TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Name: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
		OpenSSL: "ECDHE-RSA-AES256-GCM-SHA384", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthRSA, Bulk: aes256GCM12, Hash: SHA384,
	},
	{
		ID: TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, Name: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
		OpenSSL: "ECDHE-ECDSA-CHACHA20-POLY1305", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthECDSA, Bulk: chaCha20Poly1305, Hash: SHA256,
	},
	{
		ID: TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, Name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
		OpenSSL: "ECDHE-RSA-CHACHA20-POLY1305", Min: VersionTLS12, Max: VersionTLS12,
		Kx: KxECDHE, Auth: AuthRSA, Bulk: chaCha20Poly1305, Hash: SHA256,
	},
}
