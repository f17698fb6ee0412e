package main

import (
	"io/fs"
	"mime"
	"net/url"
	"os"
	"path"
	"strings"

	"tlsengine/handshake"
)

// files serves the files below a directory, from which no name and no link leads out.
type files struct{ root *os.Root }

func (f files) Close() error { return f.root.Close() }

func (f files) answer(r *request, _ *handshake.Info) *response {
	name, err := fileName(r.target)
	if err != nil {
		return text(400, "that is no path\n")
	}
	file, info, err := f.open(name)
	if err != nil {
		return text(404, "there is no such file here\n")
	}
	contentType := mime.TypeByExtension(path.Ext(info.Name()))
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	return &response{200, contentType, info.Size(), file}
}

// fileName turns what a request asks for into a name relative to the directory.
func fileName(target string) (string, error) {
	target, _, _ = strings.Cut(target, "?")
	unescaped, err := url.PathUnescape(target)
	if err != nil {
		return "", err
	}
	name := strings.TrimPrefix(path.Clean("/"+unescaped), "/")
	if name == "" {
		name = "."
	}
	return name, nil
}

// open opens a regular file, or the index.html of a directory.
func (f files) open(name string) (*os.File, fs.FileInfo, error) {
	info, err := f.root.Stat(name)
	if err == nil && info.IsDir() {
		name = path.Join(name, "index.html")
		info, err = f.root.Stat(name)
	}
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular(): // a pipe would keep us waiting
		return nil, nil, fs.ErrNotExist
	}
	file, err := f.root.Open(name)
	return file, info, err
}
