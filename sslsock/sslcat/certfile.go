package main

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tlsengine/x509lite"
)

// certFiles are the files that cert reads and writes.
type certFiles struct {
	out, keyOut       string
	issuer, issuerKey string
	force             bool
}

func (f *certFiles) define(flags *flag.FlagSet) {
	flags.StringVar(&f.out, "out", "cert.pem", "`FILE` for the certificate, cert.pem if left out")
	flags.StringVar(&f.keyOut, "key-out", "", "`FILE` for the private key")
	flags.StringVar(&f.issuer, "issuer", "", "`FILE` with the authority that signs, then those above it")
	flags.StringVar(&f.issuerKey, "issuer-key", "", "`FILE` with its private key, if not in that of -issuer")
	flags.BoolVar(&f.force, "force", false, "overwrite files")
}

// combined reports whether key and certificate go into the same file.
func (f *certFiles) combined() bool {
	return f.keyOut == "" || place(f.keyOut) == place(f.out)
}

// place is the same for all names of a place for a file. (The file itself is never a link: checkFree refuses those.)
func place(name string) string {
	if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(dir, filepath.Base(name))
	}
	if full, err := filepath.Abs(name); err == nil {
		return full
	}
	return filepath.Clean(name)
}

// output is a file to be written.
type output struct {
	name     string
	mode     fs.FileMode
	contents []byte

	at string // where it is written: under another name first, if it is to replace a file
}

const (
	privateMode = 0o600 // for what only the owner may read
	publicMode  = 0o644
)

// targets are the names of the files to be written.
func (f *certFiles) targets() []string {
	if f.combined() {
		return []string{f.out}
	}
	return []string{f.keyOut, f.out}
}

// checkFree refuses to overwrite files unasked, what isn't a regular file, and those that are read.
func (f *certFiles) checkFree() error {
	for _, name := range f.targets() {
		info, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case !f.force:
			return fmt.Errorf("%s exists: give another name, or -force", name)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no regular file", name)
		}
		for _, source := range []string{f.issuer, f.issuerKey} {
			if other, err := os.Stat(source); err == nil && os.SameFile(info, other) {
				return fmt.Errorf("%s is the issuer's own: give another name", name)
			}
		}
	}
	return nil
}

// save writes certificate and key: all files or, unless the machine breaks down, none.
func (f *certFiles) save(m *made) error {
	encoding, err := x509lite.MarshalPKCS8(m.key)
	if err != nil {
		return err
	}
	defer clear(encoding)
	certificates := m.pem()
	room := make([]byte, 0, 2*len(encoding)+len(certificates)+128) // growing would leave copies of the key behind
	key := x509lite.MarshalPEM(room, "PRIVATE KEY", encoding)
	defer func() { clear(key) }()
	if f.combined() {
		// Python's documentation, "Combined key and certificate": the key comes before the certificate.
		key = append(key, certificates...)
		return f.write(&output{name: f.out, mode: privateMode, contents: key})
	}
	return f.write(
		&output{name: f.keyOut, mode: privateMode, contents: key},
		&output{name: f.out, mode: publicMode, contents: certificates},
	)
}

// pem is the certificate, then those of its issuers that peers don't have: all but self-signed ones.
func (m *made) pem() []byte {
	text := certificatePEM(m.certificate)
	for _, c := range m.chain {
		if !c.SelfIssued() {
			text = append(text, certificatePEM(c)...)
		}
	}
	return text
}

// write writes the files; if it fails, those that it made are removed.
func (f *certFiles) write(files ...*output) (err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, o := range files {
			if o.at != "" {
				_ = os.Remove(o.at)
			}
		}
	}()
	for _, o := range files {
		at := o.name
		if f.force {
			at += "." + rand.Text()
		}
		if err := o.create(at); err != nil {
			return err
		}
	}
	for _, o := range files {
		if o.at == o.name {
			continue
		}
		if err := os.Rename(o.at, o.name); err != nil {
			return err
		}
		o.at = ""
	}
	return nil
}

// create writes a file that must not exist, so that nobody has it open and its mode is ours.
func (o *output) create(at string) error {
	file, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, o.mode)
	if err != nil {
		return err
	}
	o.at = at
	_, err = file.Write(o.contents)
	return errors.Join(err, file.Close())
}
