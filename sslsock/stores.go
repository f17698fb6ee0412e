package sslsock

import "tlsengine/x509lite"

// Encoding is how the certificates and revocation lists of a system's store are encoded.
type Encoding string

// The encodings.
const (
	X509ASN  Encoding = "x509_asn"   // DER of the certificate or list itself
	PKCS7ASN Encoding = "pkcs_7_asn" // PKCS #7
)

// Trust says what a certificate in a system's store is trusted for.
type Trust struct {
	All  bool     // for every purpose
	OIDs []string // otherwise the extended key usages, "1.3.6.1.5.5.7.3.1" for servers
}

// Allows reports whether a certificate is trusted for a purpose.
func (t Trust) Allows(p Purpose) bool {
	if t.All {
		return true
	}
	for _, id := range t.OIDs {
		if id == p.OID() {
			return true
		}
	}
	return false
}

// StoreCert is a certificate in a system's store.
type StoreCert struct {
	Data     []byte
	Encoding Encoding
	Trust    Trust
}

// StoreCRL is a revocation list in a system's store.
type StoreCRL struct {
	Data     []byte
	Encoding Encoding
}

// systemStore is where EnumCertificates and EnumCRLs look: Windows's API, nothing elsewhere, or a test's.
type systemStore interface {
	certificates(name string) ([]StoreCert, error)
	revocationLists(name string) ([]StoreCRL, error)
}

// EnumCertificates returns the certificates in a store of Windows: "CA", "ROOT", "MY" or another. A store that there
// isn't gives an *SSLError with Windows's error. Elsewhere the error is errors.ErrUnsupported.
func EnumCertificates(store string) ([]StoreCert, error) {
	certs, err := system.certificates(store)
	return certs, storeError(store, err)
}

// EnumCRLs returns the revocation lists in a store of Windows; its errors are those of EnumCertificates.
func EnumCRLs(store string) ([]StoreCRL, error) {
	lists, err := system.revocationLists(store)
	return lists, storeError(store, err)
}

func storeError(store string, err error) error {
	if _, unsupported := err.(unsupportedError); err == nil || unsupported {
		return err
	}
	message := "the certificate store " + quote(store) + " can't be read: " + err.Error()
	return &SSLError{Code: ErrorSyscall, Message: message, Err: err}
}

// storeAnchors returns the certificates of a system's stores that are trusted for a purpose. Those that can't be read are
// passed over.
func storeAnchors(s systemStore, p Purpose) (list []x509lite.Anchor, err error) {
	for _, name := range []string{"CA", "ROOT"} {
		certs, err := s.certificates(name)
		if err != nil {
			return nil, storeError(name, err)
		}
		for _, c := range certs {
			if c.Encoding != X509ASN || !c.Trust.Allows(p) {
				continue
			}
			if cert, err := x509lite.ParseCertificate(c.Data); err == nil {
				list = append(list, x509lite.Anchor{Certificate: cert})
			}
		}
	}
	return list, nil
}
