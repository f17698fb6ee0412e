package sslsock

import (
	"os"
	"sync"
	"time"

	"tlsengine/x509lite"
)

// bundle is the system's file of trusted certificates as it was read last. Contexts share the parsed certificates,
// which are immutable: a program that makes a context for each connection parses them once.
var bundle struct {
	sync.Mutex
	path     string
	size     int64
	modified time.Time
	list     []x509lite.Anchor
}

// cachedBundle returns the certificates of a file that can be read, and reads it only if it changed.
func cachedBundle(path string) []x509lite.Anchor {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	bundle.Lock()
	defer bundle.Unlock()
	if bundle.path == path && bundle.size == info.Size() && bundle.modified.Equal(info.ModTime()) {
		return bundle.list
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	bundle.path, bundle.size, bundle.modified = path, info.Size(), info.ModTime()
	bundle.list, _ = x509lite.ParseAnchorsPEM(text) // blocks that are broken are passed over
	return bundle.list
}
