package record

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestAlertNumbersAreIANAs(t *testing.T) { // S-134, S-135, S-136
	want := map[Alert]string{
		0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow", 30: "decompression_failure",
		40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
		45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
		51: "decrypt_error", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
		86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
		111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
		115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
	}
	for i := range 256 {
		a := Alert(i)
		name := want[a]
		if a.Known() != (name != "") {
			t.Errorf("alert %d: Known is %v", i, a.Known())
		}
		if name == "" {
			name = fmt.Sprintf("alert %d", i)
		}
		if a.String() != name {
			t.Errorf("alert %d is %q, want %q", i, a, name)
		}
	}
}

func TestReceivedAlertHasOpenSSLsReason(t *testing.T) { // S-011
	for a, want := range map[Alert]string{
		40: "SSLV3_ALERT_HANDSHAKE_FAILURE", 41: "SSLV3_ALERT_NO_CERTIFICATE", 70: "TLSV1_ALERT_PROTOCOL_VERSION", 49: "TLSV1_ALERT_ACCESS_DENIED",
		22: "TLSV1_ALERT_RECORD_OVERFLOW", 110: "TLSV1_UNSUPPORTED_EXTENSION", 112: "TLSV1_UNRECOGNIZED_NAME", 109: "TLSV13_ALERT_MISSING_EXTENSION",
		116: "TLSV13_ALERT_CERTIFICATE_REQUIRED", 200: "TLS_ALERT_200", 255: "TLS_ALERT_255", 1: "TLS_ALERT_1",
	} {
		e := FromPeer(a)
		if e.Reason.String() != want || !e.Remote || e.Alert != a {
			t.Errorf("alert %d: %+v, reason %v", a, e, e.Reason)
		}
	}
	seen := map[string]bool{}
	for i := range 256 {
		r := FromPeer(Alert(i)).Reason.String()
		if r == "" || seen[r] {
			t.Errorf("alert %d: reason %q", i, r)
		}
		seen[r] = true
	}
}

func TestReasonsAreNamedOnce(t *testing.T) { // S-010
	seen := map[string]bool{}
	for r := Reason(1); int(r) < len(reasonNames); r++ {
		if s := r.String(); s == "" || seen[s] || s != strings.ToUpper(s) {
			t.Errorf("reason %d: %q", r, s)
		}
		seen[r.String()] = true
	}
	for _, must := range strings.Fields("CERTIFICATE_VERIFY_FAILED NO_SHARED_CIPHER UNSUPPORTED_PROTOCOL WRONG_VERSION_NUMBER HTTP_REQUEST KEY_VALUES_MISMATCH " +
		"NO_START_LINE NO_CERTIFICATE_OR_CRL_FOUND PEER_DID_NOT_RETURN_A_CERTIFICATE UNEXPECTED_EOF_WHILE_READING DECRYPTION_FAILED_OR_BAD_RECORD_MAC BAD_DECRYPT NO_RENEGOTIATION") {
		if !seen[must] {
			t.Errorf("%s is missing", must)
		}
	}
}

func TestErrorSaysWhoseAlertWhichAndWhy(t *testing.T) {
	cause := errors.New("cause")
	e := Fail(AlertHandshakeFailure, ReasonNoSharedCipher, "%d suites", 3).Because(cause)
	if got := e.Error(); got != "tls: NO_SHARED_CIPHER: 3 suites: cause (sent alert handshake_failure)" {
		t.Error(got)
	}
	if !errors.Is(e, cause) {
		t.Error("the cause is lost")
	}
	if got := FromPeer(200).Error(); got != "tls: TLS_ALERT_200: the peer sent alert 200" {
		t.Error(got)
	}
}

func TestAlertParsing(t *testing.T) {
	for _, c := range []struct {
		in     string
		reason Reason
	}{{"", ReasonBadAlert}, {"\x01", ReasonBadAlert}, {"\x01\x00\x01", ReasonBadAlert}, {"\x00\x00", ReasonUnknownAlertType}, {"\x03\x28", ReasonUnknownAlertType}, {"\x02\x28", 0}} {
		m, err := ParseAlert([]byte(c.in))
		if c.reason == 0 {
			if err != nil || m != (AlertMessage{LevelFatal, AlertHandshakeFailure}) || string(m.Append(nil)) != c.in {
				t.Errorf("%q: %v %v", c.in, m, err)
			}
			continue
		}
		wantReason(t, err, c.reason)
	}
}

func TestAlertEffectByEra(t *testing.T) {
	for i := range 256 {
		for _, level := range []AlertLevel{LevelWarning, LevelFatal} {
			m := AlertMessage{level, Alert(i)}
			want12, want13 := EffectFatal, EffectFatal
			if level == LevelWarning {
				want12 = EffectIgnore
			}
			switch m.Alert {
			case AlertCloseNotify:
				want12, want13 = EffectClose, EffectClose
			case AlertUserCanceled:
				want13 = EffectIgnore
			}
			if got := AlertsOf(0x0303).Effect(m); got != want12 {
				t.Errorf("1.2: %v %v: %d", level, m.Alert, got)
			}
			if got := AlertsOf(0x0304).Effect(m); got != want13 {
				t.Errorf("1.3: %v %v: %d", level, m.Alert, got)
			}
		}
	}
}

// wantReason fails unless err is an *Error of our own with this reason.
func wantReason(t testing.TB, err error, want Reason) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason != want || e.Remote {
		t.Fatalf("error is %v, want %v", err, want)
	}
}
