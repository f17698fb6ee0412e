package sslsock

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"tlsengine/record"
	"tlsengine/x509lite"
)

// Environment variables that name trusted certificates, as OpenSSL has them.
const (
	caFileEnvironment = "SSL_CERT_FILE"
	caPathEnvironment = "SSL_CERT_DIR"
)

// VerifyPaths says where SetDefaultVerifyPaths looks.
type VerifyPaths struct {
	CAFile           string // the file that is used, "" if it doesn't exist
	CAPath           string // the directory that is used, "" if it doesn't exist
	OpenSSLCAFileEnv string // the environment variable for the file
	OpenSSLCAFile    string // the file when the variable isn't set
	OpenSSLCAPathEnv string // the environment variable for the directory
	OpenSSLCAPath    string // the directory when the variable isn't set
}

// DefaultVerifyPaths returns where SetDefaultVerifyPaths looks for trusted certificates: in the file and the directory
// that SSL_CERT_FILE and SSL_CERT_DIR name, otherwise where the system is known to have them.
func DefaultVerifyPaths() VerifyPaths {
	p := VerifyPaths{
		OpenSSLCAFileEnv: caFileEnvironment, OpenSSLCAFile: firstExisting(systemCAFiles, isFile),
		OpenSSLCAPathEnv: caPathEnvironment, OpenSSLCAPath: firstExisting(systemCAPaths, isDirectory),
	}
	p.CAFile, p.CAPath = p.OpenSSLCAFile, p.OpenSSLCAPath
	if v, ok := os.LookupEnv(caFileEnvironment); ok {
		p.CAFile = v
	}
	if v, ok := os.LookupEnv(caPathEnvironment); ok {
		p.CAPath = v
	}
	if !isFile(p.CAFile) {
		p.CAFile = ""
	}
	if !isDirectory(p.CAPath) {
		p.CAPath = ""
	}
	return p
}

// SetDefaultVerifyPaths adds the certificates of DefaultVerifyPaths to those that the context trusts: of the file, or,
// where there is no such file or the directory was named by the environment, of the directory, as
// VerifyLocations.CAPath has it. The variable may name several directories, separated as in PATH. That nothing is found
// is no error; certificates that can't be read are passed over.
func (c *Context) SetDefaultVerifyPaths() {
	p := DefaultVerifyPaths()
	if p.CAFile != "" {
		c.trust(cachedBundle(p.CAFile))
	}
	if list, named := os.LookupEnv(caPathEnvironment); named {
		// The list may have several directories, as OpenSSL's may; CAPath, as Python's, is one or nothing.
		for _, dir := range slices.DeleteFunc(filepath.SplitList(list), func(dir string) bool { return !isDirectory(dir) }) {
			c.lookIn(dir)
		}
	} else if p.CAPath != "" && p.CAFile == "" {
		c.lookIn(p.CAPath)
	}
}

// LoadDefaultCerts adds the system's certificates for the purpose to those that the context trusts: those of
// SetDefaultVerifyPaths, and on Windows those of the stores "CA" and "ROOT" that are trusted for the purpose. A number that
// is no purpose gives ErrInvalidArgument.
func (c *Context) LoadDefaultCerts(purpose Purpose) error {
	if err := purpose.check(); err != nil {
		return err
	}
	c.SetDefaultVerifyPaths()
	return c.trustStores(system, purpose)
}

// trustStores adds what a system's stores have for the purpose. A system without stores has nothing.
func (c *Context) trustStores(s systemStore, p Purpose) error {
	list, err := storeAnchors(s, p)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	c.trust(list)
	return err
}

// firstExisting returns the first path that is, or the first of all.
func firstExisting(paths []string, is func(string) bool) string {
	for _, p := range paths {
		if is(p) {
			return p
		}
	}
	return paths[0]
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// splitDER parses certificates and revocation lists that stand one behind the other.
func splitDER(data []byte) (list []x509lite.Anchor, lists []*x509lite.CRL, err error) {
	if len(data) == 0 {
		return nil, nil, argumentError("Empty certificate data")
	}
	for len(data) > 0 {
		n := elementLength(data)
		if n == 0 || n > len(data) {
			return nil, nil, &SSLError{
				Code: ErrorSSL, Library: "ASN1", Reason: record.ReasonNoStartLine.String(),
				Message: "not enough data: the DER ends inside a certificate, or what follows the last is none",
			}
		}
		element := slices.Clone(data[:n])
		if c, err := x509lite.ParseCertificate(element); err == nil {
			list = append(list, x509lite.Anchor{Certificate: c})
		} else if l, no := x509lite.ParseCRL(element); no == nil {
			lists = append(lists, l)
		} else {
			return nil, nil, &SSLError{Code: ErrorSSL, Library: "ASN1", Message: err.Error(), Err: err}
		}
		data = data[n:]
	}
	return list, lists, nil
}

// elementLength returns how long the SEQUENCE at the beginning of data is by its header (X.690, Section 8.1.3), 0 if there is
// none.
func elementLength(data []byte) int {
	if len(data) < 2 || data[0] != 0x30 {
		return 0
	}
	if data[1] < 0x80 {
		return 2 + int(data[1])
	}
	size := int(data[1] & 0x7F)
	if size == 0 || size > 3 || len(data) < 2+size {
		return 0
	}
	n := 0
	for _, b := range data[2 : 2+size] {
		n = n<<8 | int(b)
	}
	return 2 + size + n
}
