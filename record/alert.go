package record

import (
	"strconv"
	"strings"
)

// Alert is the description of an alert (RFC 8446, Section 6; the IANA registry "TLS Alerts"). It is an error, so that an
// application's callback can answer with the alert that the peer is to see.
type Alert uint8

// The alerts. AlertNoCertificate belongs to SSL 3.0; the two marked so are only ever received.
const (
	AlertCloseNotify                  Alert = 0
	AlertUnexpectedMessage            Alert = 10
	AlertBadRecordMAC                 Alert = 20
	AlertDecryptionFailed             Alert = 21 // received only: telling it apart from bad_record_mac helps an attacker
	AlertRecordOverflow               Alert = 22
	AlertDecompressionFailure         Alert = 30
	AlertHandshakeFailure             Alert = 40
	AlertNoCertificate                Alert = 41
	AlertBadCertificate               Alert = 42
	AlertUnsupportedCertificate       Alert = 43
	AlertCertificateRevoked           Alert = 44
	AlertCertificateExpired           Alert = 45
	AlertCertificateUnknown           Alert = 46
	AlertIllegalParameter             Alert = 47
	AlertUnknownCA                    Alert = 48
	AlertAccessDenied                 Alert = 49
	AlertDecodeError                  Alert = 50
	AlertDecryptError                 Alert = 51
	AlertExportRestriction            Alert = 60 // received only: TLS 1.0's export suites are gone
	AlertProtocolVersion              Alert = 70
	AlertInsufficientSecurity         Alert = 71
	AlertInternalError                Alert = 80
	AlertInappropriateFallback        Alert = 86
	AlertUserCanceled                 Alert = 90
	AlertNoRenegotiation              Alert = 100
	AlertMissingExtension             Alert = 109
	AlertUnsupportedExtension         Alert = 110
	AlertCertificateUnobtainable      Alert = 111
	AlertUnrecognizedName             Alert = 112
	AlertBadCertificateStatusResponse Alert = 113
	AlertBadCertificateHashValue      Alert = 114
	AlertUnknownPSKIdentity           Alert = 115
	AlertCertificateRequired          Alert = 116
	AlertNoApplicationProtocol        Alert = 120
	AlertECHRequired                  Alert = 121
)

// alertRow is what is known about one alert: its name in the RFC and OpenSSL's reason for having received it.
type alertRow struct {
	name     string
	received string
}

// OpenSSL names a received alert after the protocol that brought it, as api.md S-011 lists.
var alertRows = [...]alertRow{
	AlertCloseNotify:                  {"close_notify", "SSLV3_ALERT_CLOSE_NOTIFY"},
	AlertUnexpectedMessage:            {"unexpected_message", "SSLV3_ALERT_UNEXPECTED_MESSAGE"},
	AlertBadRecordMAC:                 {"bad_record_mac", "SSLV3_ALERT_BAD_RECORD_MAC"},
	AlertDecryptionFailed:             {"decryption_failed", "TLSV1_ALERT_DECRYPTION_FAILED"},
	AlertRecordOverflow:               {"record_overflow", "TLSV1_ALERT_RECORD_OVERFLOW"},
	AlertDecompressionFailure:         {"decompression_failure", "SSLV3_ALERT_DECOMPRESSION_FAILURE"},
	AlertHandshakeFailure:             {"handshake_failure", "SSLV3_ALERT_HANDSHAKE_FAILURE"},
	AlertNoCertificate:                {"no_certificate", "SSLV3_ALERT_NO_CERTIFICATE"},
	AlertBadCertificate:               {"bad_certificate", "SSLV3_ALERT_BAD_CERTIFICATE"},
	AlertUnsupportedCertificate:       {"unsupported_certificate", "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"},
	AlertCertificateRevoked:           {"certificate_revoked", "SSLV3_ALERT_CERTIFICATE_REVOKED"},
	AlertCertificateExpired:           {"certificate_expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"},
	AlertCertificateUnknown:           {"certificate_unknown", "SSLV3_ALERT_CERTIFICATE_UNKNOWN"},
	AlertIllegalParameter:             {"illegal_parameter", "SSLV3_ALERT_ILLEGAL_PARAMETER"},
	AlertUnknownCA:                    {"unknown_ca", "TLSV1_ALERT_UNKNOWN_CA"},
	AlertAccessDenied:                 {"access_denied", "TLSV1_ALERT_ACCESS_DENIED"},
	AlertDecodeError:                  {"decode_error", "TLSV1_ALERT_DECODE_ERROR"},
	AlertDecryptError:                 {"decrypt_error", "TLSV1_ALERT_DECRYPT_ERROR"},
	AlertExportRestriction:            {"export_restriction", "TLSV1_ALERT_EXPORT_RESTRICTION"},
	AlertProtocolVersion:              {"protocol_version", "TLSV1_ALERT_PROTOCOL_VERSION"},
	AlertInsufficientSecurity:         {"insufficient_security", "TLSV1_ALERT_INSUFFICIENT_SECURITY"},
	AlertInternalError:                {"internal_error", "TLSV1_ALERT_INTERNAL_ERROR"},
	AlertInappropriateFallback:        {"inappropriate_fallback", "TLSV1_ALERT_INAPPROPRIATE_FALLBACK"},
	AlertUserCanceled:                 {"user_canceled", "TLSV1_ALERT_USER_CANCELLED"},
	AlertNoRenegotiation:              {"no_renegotiation", "TLSV1_ALERT_NO_RENEGOTIATION"},
	AlertMissingExtension:             {"missing_extension", "TLSV13_ALERT_MISSING_EXTENSION"},
	AlertUnsupportedExtension:         {"unsupported_extension", "TLSV1_UNSUPPORTED_EXTENSION"},
	AlertCertificateUnobtainable:      {"certificate_unobtainable", "TLSV1_CERTIFICATE_UNOBTAINABLE"},
	AlertUnrecognizedName:             {"unrecognized_name", "TLSV1_UNRECOGNIZED_NAME"},
	AlertBadCertificateStatusResponse: {"bad_certificate_status_response", "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE"},
	AlertBadCertificateHashValue:      {"bad_certificate_hash_value", "TLSV1_BAD_CERTIFICATE_HASH_VALUE"},
	AlertUnknownPSKIdentity:           {"unknown_psk_identity", "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY"},
	AlertCertificateRequired:          {"certificate_required", "TLSV13_ALERT_CERTIFICATE_REQUIRED"},
	AlertNoApplicationProtocol:        {"no_application_protocol", "TLSV1_ALERT_NO_APPLICATION_PROTOCOL"},
	AlertECHRequired:                  {"ech_required", "TLSV1_ALERT_ECH_REQUIRED"},
}

// Known reports whether some RFC defines a.
func (a Alert) Known() bool { return int(a) < len(alertRows) && alertRows[a].name != "" }

// String returns the RFC's name, "handshake_failure" for example, or "alert n" if nobody defined a.
func (a Alert) String() string {
	if a.Known() {
		return alertRows[a].name
	}
	return "alert " + strconv.Itoa(int(a))
}

// Error makes an Alert an error that a callback can return: the alert is then what the peer is sent.
func (a Alert) Error() string { return "tls: " + strings.ReplaceAll(a.String(), "_", " ") }

// Level says how a record with this alert calls itself when we send it.
//
// RFC 8446, Section 6: close_notify and user_canceled announce a closure and go out as warnings, all others as fatal.
// RFC 5246, Section 7.2.2: so does no_renegotiation; RFC 6101, Section 5.4.2: and SSL 3.0's no_certificate.
func (a Alert) Level() AlertLevel {
	switch a {
	case AlertCloseNotify, AlertUserCanceled, AlertNoRenegotiation, AlertNoCertificate:
		return LevelWarning
	}
	return LevelFatal
}

// AlertLevel is the first byte of an alert (RFC 5246, Section 7.2). TLS 1.3 sends it and ignores it.
type AlertLevel uint8

// The two levels.
const (
	LevelWarning AlertLevel = 1
	LevelFatal   AlertLevel = 2
)

// String returns "warning", "fatal" or the number.
func (l AlertLevel) String() string {
	switch l {
	case LevelWarning:
		return "warning"
	case LevelFatal:
		return "fatal"
	}
	return "level " + strconv.Itoa(int(l))
}
