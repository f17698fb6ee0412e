package handshake

import (
	"fmt"

	"tlsengine/cipher"
	"tlsengine/record"
)

// ExtensionID is the number of an extension (RFC 8446, Section 4.2, and the IANA registry of TLS ExtensionType values).
type ExtensionID uint16

// The extensions that have rows.
const (
	ExtServerName              ExtensionID = 0      // RFC 6066, Section 3
	ExtMaxFragmentLength       ExtensionID = 1      // RFC 6066, Section 4
	ExtStatusRequest           ExtensionID = 5      // RFC 6066, Section 8; RFC 8446, Section 4.4.2.1
	ExtSupportedGroups         ExtensionID = 10     // RFC 8446, Section 4.2.7; RFC 8422, Section 5.1.1
	ExtECPointFormats          ExtensionID = 11     // RFC 8422, Section 5.1.2
	ExtSignatureAlgorithms     ExtensionID = 13     // RFC 8446, Section 4.2.3
	ExtALPN                    ExtensionID = 16     // RFC 7301
	ExtSCT                     ExtensionID = 18     // RFC 6962, Section 3.3.1
	ExtClientCertificateType   ExtensionID = 19     // RFC 7250, Section 3
	ExtServerCertificateType   ExtensionID = 20     // RFC 7250, Section 3
	ExtEncryptThenMAC          ExtensionID = 22     // RFC 7366
	ExtExtendedMasterSecret    ExtensionID = 23     // RFC 7627
	ExtSessionTicket           ExtensionID = 35     // RFC 5077, Section 3.2
	ExtRecordSizeLimit         ExtensionID = 28     // RFC 8449, Section 4
	ExtCompressCertificate     ExtensionID = 27     // RFC 8879, Section 3
	ExtDelegatedCredential     ExtensionID = 34     // RFC 9345, Section 4.1
	ExtPreSharedKey            ExtensionID = 41     // RFC 8446, Section 4.2.11
	ExtEarlyData               ExtensionID = 42     // RFC 8446, Section 4.2.10
	ExtSupportedVersions       ExtensionID = 43     // RFC 8446, Section 4.2.1
	ExtCookie                  ExtensionID = 44     // RFC 8446, Section 4.2.2
	ExtPSKKeyExchangeModes     ExtensionID = 45     // RFC 8446, Section 4.2.9
	ExtCertificateAuthorities  ExtensionID = 47     // RFC 8446, Section 4.2.4
	ExtPostHandshakeAuth       ExtensionID = 49     // RFC 8446, Section 4.2.6
	ExtSignatureAlgorithmsCert ExtensionID = 50     // RFC 8446, Section 4.2.3
	ExtKeyShare                ExtensionID = 51     // RFC 8446, Section 4.2.8
	ExtEncryptedClientHello    ExtensionID = 0xfe0d // RFC 9849, Section 5
	ExtNextProtocols           ExtensionID = 13172  // draft-agl-tls-nextprotoneg-03
	ExtRenegotiationInfo       ExtensionID = 0xff01
)

// String returns the RFC's name, or the number of an extension without a row.
func (id ExtensionID) String() string {
	if x := rowOf(id); x != nil {
		return x.Name
	}
	return fmt.Sprintf("extension 0x%04x", uint16(id))
}

// Extensions holds the extensions of one message. What Present says is there; a field without it means nothing.
//
// When parsed, every slice is a view into the message or, for lists of numbers, a slice of its own. To build one, set
// fields and Add; the slices are read when the message is written and not kept.
type Extensions struct {
	Raw     []RawExtension // in the order of the wire, unknown ones included; when building, those without rows
	Present ExtensionSet   // those with a row that came; when building, those to write
	Order   []ExtensionID  // when building: written first and in this order, ahead of the rows' own

	ServerName              string                   // server_name in ClientHello; an answer is presence
	Staple                  []byte                   // status_request of a certificate: an OCSP response; asking for it is presence
	SupportedGroups         []cipher.GroupID         // supported_groups, preferred first
	PointFormats            []byte                   // ec_point_formats; 0 is uncompressed
	SignatureAlgorithms     []cipher.SignatureScheme // signature_algorithms, preferred first
	SignatureAlgorithmsCert []cipher.SignatureScheme // signature_algorithms_cert
	ALPN                    []string                 // protocols, preferred first; an answer has exactly one
	SCTs                    []byte                   // signed_certificate_timestamp: a whole SignedCertificateTimestampList
	SessionTicket           []byte                   // session_ticket in ClientHello: empty asks for one; an answer is presence
	SupportedVersions       []cipher.Version         // supported_versions in ClientHello, preferred first
	SelectedVersion         cipher.Version           // supported_versions in ServerHello and HelloRetryRequest
	Cookie                  []byte                   // cookie
	KeyShares               []KeyShareEntry          // key_share in ClientHello
	SelectedShare           KeyShareEntry            // key_share in ServerHello
	RetryGroup              cipher.GroupID           // key_share in HelloRetryRequest
	PSKModes                []byte                   // psk_key_exchange_modes: psk_ke (0), psk_dhe_ke (1)
	PSKIdentities           []PSKIdentity            // pre_shared_key in ClientHello
	PSKBinders              [][]byte                 // pre_shared_key in ClientHello, one for each identity
	SelectedIdentity        uint16                   // pre_shared_key in ServerHello: index into the identities
	MaxEarlyData            uint32                   // early_data in NewSessionTicket, bytes; elsewhere it is presence
	CertificateAuthorities  [][]byte                 // certificate_authorities, each a DER name
	ClientCertificateTypes  []CertificateType        // client_certificate_type, preferred first; an answer has exactly one
	ServerCertificateTypes  []CertificateType        // server_certificate_type, likewise
	RecordSizeLimit         uint16                   // record_size_limit, in bytes
	MaxFragmentLength       uint8                    // max_fragment_length: 1 is 512 bytes, 4 is 4096
	CertificateCompressions []CompressionID          // compress_certificate, preferred first
	DelegatedSchemes        []cipher.SignatureScheme // delegated_credential in ClientHello and CertificateRequest
	Delegated               *DelegatedCredential     // delegated_credential of a certificate
	ECH                     ECHClientHello           // encrypted_client_hello in ClientHello
	ECHConfirmation         []byte                   // encrypted_client_hello in HelloRetryRequest, 8 bytes
	ECHRetryConfigs         []byte                   // encrypted_client_hello in EncryptedExtensions: an ECHConfigList
	NextProtocols           []string                 // next_protocol_negotiation in ServerHello: what it has; asking for it is presence
	RenegotiationInfo       []byte                   // renegotiated_connection; empty in a first handshake
}

// Add marks id as present when building.
func (e *Extensions) Add(id ExtensionID) { e.Present.Add(id) }

// extensions has a row for each extension that this engine knows, in the order in which they are written. The order
// matters twice: what must be last is last, and nothing of length 0 stands at the end of a hello without
// pre_shared_key (some old servers refuse that).
var extensions = [...]extension{
	{ID: ExtServerName, Name: "server_name", Codecs: []extensionCodec{
		{In: inClientHello, put: putServerName, get: getServerName},
		{In: inServerHello12 | inEncryptedExtensions, put: putNothing, get: getNothing},
	}},
	{ID: ExtEncryptThenMAC, Name: "encrypt_then_mac", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12, put: putNothing, get: getNothing},
	}},
	{ID: ExtExtendedMasterSecret, Name: "extended_master_secret", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12, put: putNothing, get: getNothing},
	}},
	{ID: ExtSessionTicket, Name: "session_ticket", Codecs: []extensionCodec{
		{In: inClientHello, put: putSessionTicket, get: getSessionTicket},
		{In: inServerHello12, put: putNothing, get: getNothing},
	}},
	{ID: ExtRenegotiationInfo, Name: "renegotiation_info", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12, put: putRenegotiationInfo, get: getRenegotiationInfo},
	}},
	{ID: ExtSupportedGroups, Name: "supported_groups", Codecs: []extensionCodec{
		{In: inClientHello | inEncryptedExtensions, put: putSupportedGroups, get: getSupportedGroups},
		// No RFC has it here, but some load balancers send it; what it says binds nobody.
		{In: inServerHello12, put: putSupportedGroups, get: skipBody},
	}},
	{ID: ExtECPointFormats, Name: "ec_point_formats", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12, put: putPointFormats, get: getPointFormats},
	}},
	{ID: ExtNextProtocols, Name: "next_protocol_negotiation", Codecs: []extensionCodec{
		{In: inClientHello, put: putNothing, get: getNothing},
		{In: inServerHello12, put: putNextProtocols, get: getNextProtocols},
	}},
	{ID: ExtALPN, Name: "application_layer_protocol_negotiation", Codecs: []extensionCodec{
		{In: inClientHello, put: putALPN, get: getALPN},
		{In: inServerHello12 | inEncryptedExtensions, put: putALPN, get: getSelectedALPN},
	}},
	{ID: ExtStatusRequest, Name: "status_request", Codecs: []extensionCodec{
		{In: inClientHello, put: putStatusRequest, get: getStatusRequest},
		{In: inServerHello12 | inCertificateRequest, put: putNothing, get: getNothing},
		{In: inCertificate, put: putStaple, get: getStaple},
	}},
	{ID: ExtSCT, Name: "signed_certificate_timestamp", Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putNothing, get: getNothing},
		{In: inServerHello12 | inCertificate, put: putSCTs, get: getSCTs},
	}},
	{ID: ExtSignatureAlgorithms, Name: "signature_algorithms", Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putSignatureAlgorithms, get: getSignatureAlgorithms},
	}},
	{ID: ExtSignatureAlgorithmsCert, Name: "signature_algorithms_cert", Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putSignatureAlgorithmsCert, get: getSignatureAlgorithmsCert},
	}},
	{ID: ExtRecordSizeLimit, Name: "record_size_limit", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12 | inEncryptedExtensions, put: putRecordSizeLimit, get: getRecordSizeLimit},
	}},
	{ID: ExtMaxFragmentLength, Name: "max_fragment_length", Codecs: []extensionCodec{
		{In: inClientHello | inServerHello12 | inEncryptedExtensions, put: putMaxFragmentLength, get: getMaxFragmentLength},
	}},
	{ID: ExtClientCertificateType, Name: "client_certificate_type", Codecs: []extensionCodec{
		{In: inClientHello, put: putClientTypes, get: getClientTypes},
		{In: inServerHello12 | inEncryptedExtensions, put: putClientType, get: getClientType},
	}},
	{ID: ExtServerCertificateType, Name: "server_certificate_type", Codecs: []extensionCodec{
		{In: inClientHello, put: putServerTypes, get: getServerTypes},
		{In: inServerHello12 | inEncryptedExtensions, put: putServerType, get: getServerType},
	}},
	{ID: ExtCompressCertificate, Name: "compress_certificate", Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putCompressions, get: getCompressions},
	}},
	// RFC 9345, Sections 4.1.1 and 4.1.2: one that was not asked for is an unexpected_message.
	{ID: ExtDelegatedCredential, Name: "delegated_credential", Unwanted: record.AlertUnexpectedMessage, Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putDelegatedSchemes, get: getDelegatedSchemes},
		{In: inCertificate, put: putDelegated, get: getDelegated},
	}},
	{ID: ExtCertificateAuthorities, Name: "certificate_authorities", Codecs: []extensionCodec{
		{In: inClientHello | inCertificateRequest, put: putCertificateAuthorities, get: getCertificateAuthorities},
	}},
	{ID: ExtSupportedVersions, Name: "supported_versions", Codecs: []extensionCodec{
		{In: inClientHello, put: putSupportedVersions, get: getSupportedVersions},
		{In: inServerHello13 | inHelloRetryRequest, put: putSelectedVersion, get: getSelectedVersion},
	}},
	{ID: ExtPostHandshakeAuth, Name: "post_handshake_auth", Codecs: []extensionCodec{
		{In: inClientHello, put: putNothing, get: getNothing},
	}},
	// RFC 8446, Section 4.2: a cookie is the one answer that nobody has to ask for.
	{ID: ExtCookie, Name: "cookie", Unasked: inHelloRetryRequest, Codecs: []extensionCodec{
		{In: inClientHello | inHelloRetryRequest, put: putCookie, get: getCookie},
	}},
	{ID: ExtPSKKeyExchangeModes, Name: "psk_key_exchange_modes", Codecs: []extensionCodec{
		{In: inClientHello, put: putPSKModes, get: getPSKModes},
	}},
	{ID: ExtEarlyData, Name: "early_data", Codecs: []extensionCodec{
		{In: inClientHello | inEncryptedExtensions, put: putNothing, get: getNothing},
		{In: inNewSessionTicket, put: putMaxEarlyData, get: getMaxEarlyData},
	}},
	{ID: ExtKeyShare, Name: "key_share", Codecs: []extensionCodec{
		{In: inClientHello, put: putKeyShares, get: getKeyShares},
		{In: inServerHello13, put: putSelectedShare, get: getSelectedShare},
		{In: inHelloRetryRequest, put: putRetryGroup, get: getRetryGroup},
	}},
	// RFC 9849 is of TLS 1.3: to a version before that the answer means nothing.
	{ID: ExtEncryptedClientHello, Name: "encrypted_client_hello", Foreign: inServerHello12, Codecs: []extensionCodec{
		{In: inClientHello, put: putECH, get: getECH},
		{In: inHelloRetryRequest, put: putECHConfirmation, get: getECHConfirmation},
		{In: inEncryptedExtensions, put: putECHRetryConfigs, get: getECHRetryConfigs},
	}},
	{ID: ExtPreSharedKey, Name: "pre_shared_key", Last: true, Codecs: []extensionCodec{
		{In: inClientHello, put: putOfferedPSKs, get: getOfferedPSKs},
		{In: inServerHello13, put: putSelectedPSK, get: getSelectedPSK},
	}},
}

// lowRows finds the rows of small IDs, which are nearly all.
var lowRows = func() (rows [64]*extension) {
	for i := range extensions {
		if id := extensions[i].ID; int(id) < len(rows) {
			rows[id] = &extensions[i]
		}
	}
	return rows
}()

// rowOf returns the row of id, or nil if it is unknown.
func rowOf(id ExtensionID) *extension {
	if int(id) < len(lowRows) {
		return lowRows[id]
	}
	for i := range extensions {
		if extensions[i].ID == id {
			return &extensions[i]
		}
	}
	return nil
}
