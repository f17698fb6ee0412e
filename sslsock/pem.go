package sslsock

import (
	"encoding/base64"
	"strings"
)

const pemHeader, pemFooter = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"

// pemLine is how many characters of base64 a line of PEM has (RFC 7468, Section 2).
const pemLine = 64

// DERCertToPEM returns a certificate in PEM. The bytes are not looked at.
func DERCertToPEM(der []byte) string {
	body := base64.StdEncoding.EncodeToString(der)
	var b strings.Builder
	b.Grow(len(pemHeader) + len(body) + len(body)/pemLine + len(pemFooter) + 3)
	b.WriteString(pemHeader + "\n")
	for len(body) > 0 {
		n := min(len(body), pemLine)
		b.WriteString(body[:n] + "\n")
		body = body[n:]
	}
	b.WriteString(pemFooter + "\n")
	return b.String()
}

// PEMCertToDER returns the bytes of a certificate in PEM, with nothing but white space around it. They are not looked at.
// Other text gives ErrInvalidArgument. To read files with several certificates use LoadVerifyLocations, or
// x509lite.ParseCertificatesPEM.
func PEMCertToDER(pem string) ([]byte, error) {
	text, ok := strings.CutPrefix(pem, pemHeader)
	if !ok {
		return nil, argumentError("Invalid PEM encoding; must start with " + pemHeader)
	}
	text, ok = strings.CutSuffix(strings.TrimSpace(text), pemFooter)
	if !ok {
		return nil, argumentError("Invalid PEM encoding; must end with " + pemFooter)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, argumentError("Invalid PEM encoding; " + err.Error())
	}
	return der, nil
}
