package sslsock

import (
	"bytes"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

var system systemStore = windowsStores{}

// windowsStores are the stores of the current user, which contain the machine's.
type windowsStores struct{}

// What x/sys/windows lacks.
var (
	crypt32              = windows.NewLazySystemDLL("crypt32.dll")
	enumCRLsInStore      = crypt32.NewProc("CertEnumCRLsInStore")
	getEnhancedKeyUsages = crypt32.NewProc("CertGetEnhancedKeyUsage")
)

// crlContext is CRL_CONTEXT.
type crlContext struct {
	encoding uint32
	encoded  *byte
	length   uint32
	info     uintptr
	store    windows.Handle
}

// keyUsages is CERT_ENHKEY_USAGE.
type keyUsages struct {
	count uint32
	ids   **byte
}

// errNoStoreName is for a store without name, which Windows would open as a new, empty one.
var errNoStoreName = errors.New("the store has no name")

// open opens a store that exists, for reading.
func (windowsStores) open(name string) (windows.Handle, error) {
	if name == "" {
		return 0, errNoStoreName
	}
	utf16, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	return windows.CertOpenStore(windows.CERT_STORE_PROV_SYSTEM_W, 0, 0,
		windows.CERT_STORE_READONLY_FLAG|windows.CERT_STORE_OPEN_EXISTING_FLAG|windows.CERT_SYSTEM_STORE_CURRENT_USER,
		uintptr(unsafe.Pointer(utf16)))
}

func (w windowsStores) certificates(name string) (list []StoreCert, err error) {
	store, err := w.open(name)
	if err != nil {
		return nil, err
	}
	defer windows.CertCloseStore(store, 0)
	var cert *windows.CertContext
	for {
		// Each call frees the context of the one before.
		cert, err = windows.CertEnumCertificatesInStore(store, cert)
		if cert == nil {
			return list, ended(err)
		}
		trust, err := trustOf(cert)
		if err != nil {
			_ = windows.CertFreeCertificateContext(cert)
			return nil, err
		}
		data := bytes.Clone(unsafe.Slice(cert.EncodedCert, cert.Length))
		list = append(list, StoreCert{Data: data, Encoding: encodingOf(cert.EncodingType), Trust: trust})
	}
}

func (w windowsStores) revocationLists(name string) (list []StoreCRL, err error) {
	store, err := w.open(name)
	if err != nil {
		return nil, err
	}
	defer windows.CertCloseStore(store, 0)
	var crl *crlContext
	for {
		next, _, callErr := enumCRLsInStore.Call(uintptr(store), uintptr(unsafe.Pointer(crl)))
		crl = *(**crlContext)(unsafe.Pointer(&next)) // the address of Windows's memory, which Go doesn't move
		if crl == nil {
			return list, ended(callErr)
		}
		data := bytes.Clone(unsafe.Slice(crl.encoded, crl.length))
		list = append(list, StoreCRL{Data: data, Encoding: encodingOf(crl.encoding)})
	}
}

// ended passes over the error that says that a store has no more entries.
func ended(err error) error {
	if err == nil || errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) ||
		errors.Is(err, windows.ERROR_NO_MORE_FILES) || errors.Is(err, windows.ERROR_SUCCESS) {
		return nil
	}
	return err
}

func encodingOf(kind uint32) Encoding {
	if kind&windows.PKCS_7_ASN_ENCODING != 0 && kind&windows.X509_ASN_ENCODING == 0 {
		return PKCS7ASN
	}
	return X509ASN
}

// trustOf asks what a certificate is trusted for, by its extension and by what the administrator has set: the latter
// narrows the former.
func trustOf(cert *windows.CertContext) (Trust, error) {
	var size uint32
	ok, _, err := getEnhancedKeyUsages.Call(uintptr(unsafe.Pointer(cert)), 0, 0, uintptr(unsafe.Pointer(&size)))
	if ok == 0 || size < uint32(unsafe.Sizeof(keyUsages{})) {
		return everything(err)
	}
	buffer := make([]uintptr, (uintptr(size)+unsafe.Sizeof(uintptr(0))-1)/unsafe.Sizeof(uintptr(0))) // aligned for pointers
	usages := (*keyUsages)(unsafe.Pointer(&buffer[0]))
	ok, _, err = getEnhancedKeyUsages.Call(
		uintptr(unsafe.Pointer(cert)), 0, uintptr(unsafe.Pointer(usages)), uintptr(unsafe.Pointer(&size)))
	if ok == 0 {
		return everything(err)
	}
	if usages.count == 0 && errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) {
		return Trust{All: true}, nil
	}
	trust := Trust{}
	for _, id := range unsafe.Slice(usages.ids, usages.count) {
		trust.OIDs = append(trust.OIDs, windows.BytePtrToString(id))
	}
	return trust, nil
}

// everything is for certificates of which nothing is said: they are good for all purposes.
func everything(err error) (Trust, error) {
	if errors.Is(err, windows.Errno(windows.CRYPT_E_NOT_FOUND)) {
		return Trust{All: true}, nil
	}
	return Trust{}, err
}
