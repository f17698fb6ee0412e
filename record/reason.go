package record

import "strconv"

// Reason says why a connection failed: a closed list as fine as OpenSSL's and BoringSSL's, spelled as theirs, so that what people
// know and search for is what they see (api.md, S-010). The zero Reason means that none is known.
type Reason uint16

// receivedBase and the 255 values behind it stand for the alerts that a peer can send, as in OpenSSL's numbering.
const receivedBase Reason = 1000

// ReasonReceived returns the reason for having received alert a: "SSLV3_ALERT_HANDSHAKE_FAILURE" for example, or "TLS_ALERT_n"
// for an alert that nobody defined (api.md, S-011).
func ReasonReceived(a Alert) Reason { return receivedBase + Reason(a) }

// String returns the mnemonic, "NO_SHARED_CIPHER" for example, "" for the zero Reason.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	if receivedBase <= r && r <= receivedBase+255 {
		if a := Alert(r - receivedBase); !a.Known() {
			return "TLS_ALERT_" + strconv.Itoa(int(a))
		} else {
			return alertRows[a].received
		}
	}
	return "REASON_" + strconv.Itoa(int(r))
}

// The reasons. A new one is a constant here and its name below; numbers mean nothing outside the process.
const (
	_ Reason = iota

	// Records: what package record finds by itself.

	ReasonBadAlert
	ReasonBadChangeCipherSpec
	ReasonBadDecompression
	ReasonBadDecrypt
	ReasonBadLength
	ReasonBadRecordType
	ReasonCompressedLengthTooLong
	ReasonDataLengthTooLong
	ReasonDecryptionFailed
	ReasonDecryptionFailedOrBadRecordMAC
	ReasonEncryptedLengthTooLong
	ReasonHTTPSProxyRequest
	ReasonHTTPRequest
	ReasonInvalidOuterRecordType
	ReasonRecordLimitReached
	ReasonTooManyEmptyFragments
	ReasonTooManyKeyUpdates
	ReasonTooManyWarningAlerts
	ReasonTooMuchReadEarlyData
	ReasonTooMuchSkippedEarlyData
	ReasonUnexpectedRecord
	ReasonUnknownAlertType
	ReasonWrongVersionNumber

	// Messages: their form, their order.

	ReasonBadHandshakeLength
	ReasonBadHelloRequest
	ReasonBadKeyUpdate
	ReasonClientHelloParseFailed
	ReasonDecodeError
	ReasonDuplicateExtension
	ReasonEmptyHelloRetryRequest
	ReasonErrorParsingExtension
	ReasonExcessiveMessageSize
	ReasonExcessHandshakeData
	ReasonHandshakeFailureOnClientHello
	ReasonHandshakeNotComplete
	ReasonInvalidOuterExtension
	ReasonLengthMismatch
	ReasonMissingExtension
	ReasonParseTLSExt
	ReasonTrailingData
	ReasonUnexpectedExtension
	ReasonUnexpectedMessage
	ReasonUnsolicitedExtension

	// Negotiation.

	ReasonALPNMismatchOnEarlyData
	ReasonCipherMismatchOnEarlyData
	ReasonClientHelloChanged
	ReasonConnectionRejected
	ReasonCookieMismatch
	ReasonDowngradeDetected
	ReasonDuplicateKeyShare
	ReasonInappropriateFallback
	ReasonInvalidALPNProtocol
	ReasonInvalidCompressionList
	ReasonInvalidMaxFragmentLength
	ReasonInvalidServerName
	ReasonMissingKeyShare
	ReasonNegotiatedBothNPNAndALPN
	ReasonNegotiatedALPSWithoutALPN
	ReasonNoApplicationProtocol
	ReasonNoCiphersAvailable
	ReasonNoCiphersSpecified
	ReasonNoCommonSignatureAlgorithms
	ReasonNoCompressionSpecified
	ReasonNoGroupsSpecified
	ReasonNoRenegotiation
	ReasonNoSharedCipher
	ReasonNoSharedGroup
	ReasonNoSupportedVersionsEnabled
	ReasonRenegotiationEMSMismatch
	ReasonRenegotiationMismatch
	ReasonSecondServerHelloVersionMismatch
	ReasonServerEchoedInvalidSessionID
	ReasonTLS13Downgrade
	ReasonUnknownCipherReturned
	ReasonUnknownProtocol
	ReasonUnrecognizedName
	ReasonUnsafeLegacyRenegotiationDisabled
	ReasonUnsupportedCompressionAlgorithm
	ReasonUnsupportedProtocol
	ReasonWrongCipherReturned
	ReasonWrongCurve
	ReasonWrongSSLVersion
	ReasonWrongVersionOnEarlyData

	// Keys, signatures, Finished.

	ReasonBadDHPLength
	ReasonBadECCCert
	ReasonBadECPoint
	ReasonBadRSADecrypt
	ReasonBadSignature
	ReasonDHKeyTooSmall
	ReasonDigestCheckFailed
	ReasonInvalidKeyShare
	ReasonInvalidSignatureAlgorithm
	ReasonKeyUsageBitIncorrect
	ReasonPrivateKeyOperationFailed
	ReasonRSAKeyTooSmall
	ReasonUnsupportedAlgorithm
	ReasonWrongSignatureType

	// Certificates.

	ReasonCannotParseLeafCert
	ReasonCertificateVerifyFailed
	ReasonCertCBError
	ReasonCertDecompressionFailed
	ReasonCertLengthMismatch
	ReasonDecodedCertTooLarge
	ReasonInvalidOCSPResponse
	ReasonInvalidRawPublicKey
	ReasonInvalidSCTList
	ReasonNoCertificatesReturned
	ReasonNoCertificateSet
	ReasonNoMatchingIssuer
	ReasonOCSPCBError
	ReasonPeerDidNotReturnACertificate
	ReasonServerCertChanged
	ReasonUncompressedCertTooLarge
	ReasonUnknownCertificateType
	ReasonUnknownCertCompressionAlg
	ReasonUnsupportedCertificate
	ReasonWrongCertificateType

	// Resumption, pre-shared keys, early data.

	ReasonBinderDoesNotVerify
	ReasonEarlyDataNotAccepted
	ReasonInvalidTicketKeys
	ReasonNoSupportedPSKMode
	ReasonOldSessionCipherNotReturned
	ReasonOldSessionPRFHashMismatch
	ReasonOldSessionVersionNotReturned
	ReasonPreSharedKeyMustBeLast
	ReasonPSKIdentityBinderCountMismatch
	ReasonPSKIdentityNotFound
	ReasonPSKNoClientCB
	ReasonPSKNoServerCB
	ReasonResumedEMSSessionWithoutEMSExtension
	ReasonResumedNonEMSSessionWithEMSExtension
	ReasonSessionIDContextUninitialized
	ReasonSessionMayNotBeCreated
	ReasonTicketEncryptionFailed

	// Encrypted Client Hello.

	ReasonECHRejected
	ReasonInconsistentECHNegotiation
	ReasonInvalidClientHelloInner
	ReasonInvalidECHConfigList
	ReasonInvalidECHPublicName
	ReasonUnusableECHConfigList

	// Closing, the application, and the rest.

	ReasonApplicationDataOnShutdown
	ReasonBadWriteRetry
	ReasonCallbackFailed
	ReasonInternalError
	ReasonProtocolIsShutdown
	ReasonShutdownWhileInInit
	ReasonUnexpectedEOFWhileReading
	ReasonUninitialized

	// Files and keys of our own (package sslsock's SSLError.Reason).

	ReasonBadBase64Decode
	ReasonBadEndLine
	ReasonBadPasswordRead
	ReasonKeyTypeMismatch
	ReasonKeyValuesMismatch
	ReasonNoCertificateOrCRLFound
	ReasonNoStartLine
	ReasonUnknownKeyType
	ReasonUnsupportedEncryption
)

// reasonNames spells them for people and for BoGo's error map.
var reasonNames = [...]string{
	ReasonBadAlert:                             "BAD_ALERT",
	ReasonBadChangeCipherSpec:                  "BAD_CHANGE_CIPHER_SPEC",
	ReasonBadDecompression:                     "BAD_DECOMPRESSION",
	ReasonBadDecrypt:                           "BAD_DECRYPT",
	ReasonBadLength:                            "BAD_LENGTH",
	ReasonBadRecordType:                        "BAD_RECORD_TYPE",
	ReasonCompressedLengthTooLong:              "COMPRESSED_LENGTH_TOO_LONG",
	ReasonDataLengthTooLong:                    "DATA_LENGTH_TOO_LONG",
	ReasonDecryptionFailed:                     "DECRYPTION_FAILED",
	ReasonDecryptionFailedOrBadRecordMAC:       "DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
	ReasonEncryptedLengthTooLong:               "ENCRYPTED_LENGTH_TOO_LONG",
	ReasonHTTPSProxyRequest:                    "HTTPS_PROXY_REQUEST",
	ReasonHTTPRequest:                          "HTTP_REQUEST",
	ReasonInvalidOuterRecordType:               "INVALID_OUTER_RECORD_TYPE",
	ReasonRecordLimitReached:                   "RECORD_LIMIT_REACHED",
	ReasonTooManyEmptyFragments:                "TOO_MANY_EMPTY_FRAGMENTS",
	ReasonTooManyKeyUpdates:                    "TOO_MANY_KEY_UPDATES",
	ReasonTooManyWarningAlerts:                 "TOO_MANY_WARNING_ALERTS",
	ReasonTooMuchReadEarlyData:                 "TOO_MUCH_READ_EARLY_DATA",
	ReasonTooMuchSkippedEarlyData:              "TOO_MUCH_SKIPPED_EARLY_DATA",
	ReasonUnexpectedRecord:                     "UNEXPECTED_RECORD",
	ReasonUnknownAlertType:                     "UNKNOWN_ALERT_TYPE",
	ReasonWrongVersionNumber:                   "WRONG_VERSION_NUMBER",
	ReasonBadHandshakeLength:                   "BAD_HANDSHAKE_LENGTH",
	ReasonBadHelloRequest:                      "BAD_HELLO_REQUEST",
	ReasonBadKeyUpdate:                         "BAD_KEY_UPDATE",
	ReasonClientHelloParseFailed:               "CLIENTHELLO_PARSE_FAILED",
	ReasonDecodeError:                          "DECODE_ERROR",
	ReasonDuplicateExtension:                   "DUPLICATE_EXTENSION",
	ReasonEmptyHelloRetryRequest:               "EMPTY_HELLO_RETRY_REQUEST",
	ReasonErrorParsingExtension:                "ERROR_PARSING_EXTENSION",
	ReasonExcessiveMessageSize:                 "EXCESSIVE_MESSAGE_SIZE",
	ReasonExcessHandshakeData:                  "EXCESS_HANDSHAKE_DATA",
	ReasonHandshakeFailureOnClientHello:        "HANDSHAKE_FAILURE_ON_CLIENT_HELLO",
	ReasonHandshakeNotComplete:                 "HANDSHAKE_NOT_COMPLETE",
	ReasonInvalidOuterExtension:                "INVALID_OUTER_EXTENSION",
	ReasonLengthMismatch:                       "LENGTH_MISMATCH",
	ReasonMissingExtension:                     "MISSING_EXTENSION",
	ReasonParseTLSExt:                          "PARSE_TLSEXT",
	ReasonTrailingData:                         "TRAILING_DATA",
	ReasonUnexpectedExtension:                  "UNEXPECTED_EXTENSION",
	ReasonUnexpectedMessage:                    "UNEXPECTED_MESSAGE",
	ReasonUnsolicitedExtension:                 "UNSOLICITED_EXTENSION",
	ReasonALPNMismatchOnEarlyData:              "ALPN_MISMATCH_ON_EARLY_DATA",
	ReasonCipherMismatchOnEarlyData:            "CIPHER_MISMATCH_ON_EARLY_DATA",
	ReasonClientHelloChanged:                   "CLIENT_HELLO_CHANGED",
	ReasonConnectionRejected:                   "CONNECTION_REJECTED",
	ReasonCookieMismatch:                       "COOKIE_MISMATCH",
	ReasonDowngradeDetected:                    "DOWNGRADE_DETECTED",
	ReasonDuplicateKeyShare:                    "DUPLICATE_KEY_SHARE",
	ReasonInappropriateFallback:                "INAPPROPRIATE_FALLBACK",
	ReasonInvalidALPNProtocol:                  "INVALID_ALPN_PROTOCOL",
	ReasonInvalidCompressionList:               "INVALID_COMPRESSION_LIST",
	ReasonInvalidMaxFragmentLength:             "INVALID_MAX_FRAGMENT_LENGTH",
	ReasonInvalidServerName:                    "INVALID_SERVER_NAME",
	ReasonMissingKeyShare:                      "MISSING_KEY_SHARE",
	ReasonNegotiatedALPSWithoutALPN:            "NEGOTIATED_ALPS_WITHOUT_ALPN",
	ReasonNoApplicationProtocol:                "NO_APPLICATION_PROTOCOL",
	ReasonNoCiphersAvailable:                   "NO_CIPHERS_AVAILABLE",
	ReasonNoCiphersSpecified:                   "NO_CIPHERS_SPECIFIED",
	ReasonNoCommonSignatureAlgorithms:          "NO_COMMON_SIGNATURE_ALGORITHMS",
	ReasonNoCompressionSpecified:               "NO_COMPRESSION_SPECIFIED",
	ReasonNoGroupsSpecified:                    "NO_GROUPS_SPECIFIED",
	ReasonNoRenegotiation:                      "NO_RENEGOTIATION",
	ReasonNoSharedCipher:                       "NO_SHARED_CIPHER",
	ReasonNoSharedGroup:                        "NO_SHARED_GROUP",
	ReasonNoSupportedVersionsEnabled:           "NO_SUPPORTED_VERSIONS_ENABLED",
	ReasonRenegotiationEMSMismatch:             "RENEGOTIATION_EMS_MISMATCH",
	ReasonRenegotiationMismatch:                "RENEGOTIATION_MISMATCH",
	ReasonSecondServerHelloVersionMismatch:     "SECOND_SERVERHELLO_VERSION_MISMATCH",
	ReasonServerEchoedInvalidSessionID:         "SERVER_ECHOED_INVALID_SESSION_ID",
	ReasonTLS13Downgrade:                       "TLS13_DOWNGRADE",
	ReasonUnknownCipherReturned:                "UNKNOWN_CIPHER_RETURNED",
	ReasonUnknownProtocol:                      "UNKNOWN_PROTOCOL",
	ReasonUnrecognizedName:                     "UNRECOGNIZED_NAME",
	ReasonUnsafeLegacyRenegotiationDisabled:    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
	ReasonUnsupportedCompressionAlgorithm:      "UNSUPPORTED_COMPRESSION_ALGORITHM",
	ReasonUnsupportedProtocol:                  "UNSUPPORTED_PROTOCOL",
	ReasonWrongCipherReturned:                  "WRONG_CIPHER_RETURNED",
	ReasonWrongCurve:                           "WRONG_CURVE",
	ReasonWrongSSLVersion:                      "WRONG_SSL_VERSION",
	ReasonNegotiatedBothNPNAndALPN:             "NEGOTIATED_BOTH_NPN_AND_ALPN",
	ReasonWrongVersionOnEarlyData:              "WRONG_VERSION_ON_EARLY_DATA",
	ReasonBadDHPLength:                         "BAD_DH_P_LENGTH",
	ReasonBadECCCert:                           "BAD_ECC_CERT",
	ReasonBadECPoint:                           "BAD_ECPOINT",
	ReasonBadRSADecrypt:                        "BAD_RSA_DECRYPT",
	ReasonBadSignature:                         "BAD_SIGNATURE",
	ReasonDHKeyTooSmall:                        "DH_KEY_TOO_SMALL",
	ReasonDigestCheckFailed:                    "DIGEST_CHECK_FAILED",
	ReasonInvalidKeyShare:                      "INVALID_KEY_SHARE",
	ReasonInvalidSignatureAlgorithm:            "INVALID_SIGNATURE_ALGORITHM",
	ReasonKeyUsageBitIncorrect:                 "KEY_USAGE_BIT_INCORRECT",
	ReasonPrivateKeyOperationFailed:            "PRIVATE_KEY_OPERATION_FAILED",
	ReasonRSAKeyTooSmall:                       "RSA_KEY_TOO_SMALL",
	ReasonUnsupportedAlgorithm:                 "UNSUPPORTED_ALGORITHM",
	ReasonWrongSignatureType:                   "WRONG_SIGNATURE_TYPE",
	ReasonCannotParseLeafCert:                  "CANNOT_PARSE_LEAF_CERT",
	ReasonCertificateVerifyFailed:              "CERTIFICATE_VERIFY_FAILED",
	ReasonCertCBError:                          "CERT_CB_ERROR",
	ReasonCertDecompressionFailed:              "CERT_DECOMPRESSION_FAILED",
	ReasonCertLengthMismatch:                   "CERT_LENGTH_MISMATCH",
	ReasonDecodedCertTooLarge:                  "DECODED_CERT_TOO_LARGE",
	ReasonInvalidOCSPResponse:                  "INVALID_OCSP_RESPONSE",
	ReasonInvalidRawPublicKey:                  "INVALID_RAW_PUBLIC_KEY",
	ReasonInvalidSCTList:                       "INVALID_SCT_LIST",
	ReasonNoCertificatesReturned:               "NO_CERTIFICATES_RETURNED",
	ReasonNoCertificateSet:                     "NO_CERTIFICATE_SET",
	ReasonNoMatchingIssuer:                     "NO_MATCHING_ISSUER",
	ReasonOCSPCBError:                          "OCSP_CB_ERROR",
	ReasonPeerDidNotReturnACertificate:         "PEER_DID_NOT_RETURN_A_CERTIFICATE",
	ReasonServerCertChanged:                    "SERVER_CERT_CHANGED",
	ReasonUncompressedCertTooLarge:             "UNCOMPRESSED_CERT_TOO_LARGE",
	ReasonUnknownCertificateType:               "UNKNOWN_CERTIFICATE_TYPE",
	ReasonUnknownCertCompressionAlg:            "UNKNOWN_CERT_COMPRESSION_ALG",
	ReasonUnsupportedCertificate:               "UNSUPPORTED_CERTIFICATE",
	ReasonWrongCertificateType:                 "WRONG_CERTIFICATE_TYPE",
	ReasonBinderDoesNotVerify:                  "BINDER_DOES_NOT_VERIFY",
	ReasonEarlyDataNotAccepted:                 "EARLY_DATA_NOT_ACCEPTED",
	ReasonInvalidTicketKeys:                    "INVALID_TICKET_KEYS",
	ReasonNoSupportedPSKMode:                   "NO_SUPPORTED_PSK_MODE",
	ReasonOldSessionCipherNotReturned:          "OLD_SESSION_CIPHER_NOT_RETURNED",
	ReasonOldSessionPRFHashMismatch:            "OLD_SESSION_PRF_HASH_MISMATCH",
	ReasonOldSessionVersionNotReturned:         "OLD_SESSION_VERSION_NOT_RETURNED",
	ReasonPreSharedKeyMustBeLast:               "PRE_SHARED_KEY_MUST_BE_LAST",
	ReasonPSKIdentityBinderCountMismatch:       "PSK_IDENTITY_BINDER_COUNT_MISMATCH",
	ReasonPSKIdentityNotFound:                  "PSK_IDENTITY_NOT_FOUND",
	ReasonPSKNoClientCB:                        "PSK_NO_CLIENT_CB",
	ReasonPSKNoServerCB:                        "PSK_NO_SERVER_CB",
	ReasonResumedEMSSessionWithoutEMSExtension: "RESUMED_EMS_SESSION_WITHOUT_EMS_EXTENSION",
	ReasonResumedNonEMSSessionWithEMSExtension: "RESUMED_NON_EMS_SESSION_WITH_EMS_EXTENSION",
	ReasonSessionIDContextUninitialized:        "SESSION_ID_CONTEXT_UNINITIALIZED",
	ReasonSessionMayNotBeCreated:               "SESSION_MAY_NOT_BE_CREATED",
	ReasonTicketEncryptionFailed:               "TICKET_ENCRYPTION_FAILED",
	ReasonECHRejected:                          "ECH_REJECTED",
	ReasonInconsistentECHNegotiation:           "INCONSISTENT_ECH_NEGOTIATION",
	ReasonInvalidClientHelloInner:              "INVALID_CLIENT_HELLO_INNER",
	ReasonInvalidECHConfigList:                 "INVALID_ECH_CONFIG_LIST",
	ReasonInvalidECHPublicName:                 "INVALID_ECH_PUBLIC_NAME",
	ReasonUnusableECHConfigList:                "UNUSABLE_ECH_CONFIG_LIST",
	ReasonApplicationDataOnShutdown:            "APPLICATION_DATA_ON_SHUTDOWN",
	ReasonBadWriteRetry:                        "BAD_WRITE_RETRY",
	ReasonCallbackFailed:                       "CALLBACK_FAILED",
	ReasonInternalError:                        "INTERNAL_ERROR",
	ReasonProtocolIsShutdown:                   "PROTOCOL_IS_SHUTDOWN",
	ReasonShutdownWhileInInit:                  "SHUTDOWN_WHILE_IN_INIT",
	ReasonUnexpectedEOFWhileReading:            "UNEXPECTED_EOF_WHILE_READING",
	ReasonUninitialized:                        "UNINITIALIZED",
	ReasonBadBase64Decode:                      "BAD_BASE64_DECODE",
	ReasonBadEndLine:                           "BAD_END_LINE",
	ReasonBadPasswordRead:                      "BAD_PASSWORD_READ",
	ReasonKeyTypeMismatch:                      "KEY_TYPE_MISMATCH",
	ReasonKeyValuesMismatch:                    "KEY_VALUES_MISMATCH",
	ReasonNoCertificateOrCRLFound:              "NO_CERTIFICATE_OR_CRL_FOUND",
	ReasonNoStartLine:                          "NO_START_LINE",
	ReasonUnknownKeyType:                       "UNKNOWN_KEY_TYPE",
	ReasonUnsupportedEncryption:                "UNSUPPORTED_ENCRYPTION",
}
