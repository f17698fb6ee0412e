package interop

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// hiddenName is the name in the browser's address, which is in the encrypted hello alone.
const hiddenName = "hidden.test"

// TestECHAgainstChromium: a browser that finds our configuration in the DNS encrypts its hello to it; with an old one it learns
// the present one from us, and tries again.
func TestECHAgainstChromium(t *testing.T) {
	peers.Need(t, "chromium")
	present, presentList := echKey(t, 7)
	_, oldList := echKey(t, 8)
	for name, published := range map[string][]byte{"present": presentList, "old": oldList} {
		t.Run(name, func(t *testing.T) {
			config := row{key: p256}.serverConfig(t)
			config.Groups, config.ECHKeys = nil, []*handshake.ECHKey{present}
			s := serve(t, config, answer)
			browseByDNS(t, &resolver{ech: published}, s.addr)
			rejected := 0
			last := s.wait(t)
			for ; saysECHRequired(last.err); last = s.wait(t) { // browsers begin several connections at once
				rejected++
			}
			checkHidden(t, last)
			if (rejected > 0) != (name == "old") {
				t.Errorf("%s: the browser gave up %d connections by ech_required", name, rejected)
			}
		})
	}
}

// saysECHRequired tells whether a client has gone to come again with another configuration.
func saysECHRequired(err error) bool {
	var e *record.Error
	return errors.As(err, &e) && e.Alert == record.AlertECHRequired && e.Remote
}

// checkHidden wants a connection whose hello came encrypted and was opened.
func checkHidden(t *testing.T, s served) {
	t.Helper()
	if s.err != nil {
		t.Fatal(s.err)
	}
	if i := s.link.conn.Info(); i.ECH != handshake.ECHAccepted || i.ServerName != hiddenName {
		t.Errorf("the hello was %v, for %q", i.ECH, i.ServerName)
	}
}

// echKey returns a key and what is published of it.
func echKey(t *testing.T, id uint8) (*handshake.ECHKey, []byte) {
	t.Helper()
	key, err := handshake.GenerateECHKey(publicName, id, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := handshake.NewECHConfigList(key.Config())
	if err != nil {
		t.Fatal(err)
	}
	return key, list.Bytes()
}

// browseByDNS has Chromium show our page of hiddenName, whose address and configuration it asks for over HTTPS: browsers take
// configurations from no other DNS. Which server is asked stands in the profile.
func browseByDNS(t *testing.T, names *resolver, addr string) {
	t.Helper()
	doh := httptest.NewTLSServer(names)
	t.Cleanup(doh.Close)
	profile := t.TempDir()
	state, err := json.Marshal(map[string]any{"dns_over_https": map[string]string{"mode": "secure", "templates": doh.URL + "/dns-query"}})
	if err == nil {
		err = os.WriteFile(filepath.Join(profile, "Local State"), state, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	known := spkiHash(newPKI(t).identities[p256].chain[0].RawSPKI()) + "," + spkiHash(doh.Certificate().RawSubjectPublicKeyInfo)
	_, port, _ := strings.Cut(addr, ":")
	output, err := peers.Run(t, exec.Command(peers.Need(t, "chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--user-data-dir="+profile, "--ignore-certificate-errors-spki-list="+known, "--dump-dom", "https://"+hiddenName+":"+port+"/"), "")
	if err != nil || !strings.Contains(output, strings.TrimSpace(greeting)) {
		t.Errorf("the browser doesn't show our page: %v; it asked for %q", err, names.seen())
	}
}

// spkiHash is the hash of a public key, as the browser wants it.
func spkiHash(spki []byte) string {
	sum := sha256.Sum256(spki)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// resolver is a DNS server over HTTPS (RFC 8484) for which hiddenName is this machine, with our configuration in its HTTPS
// record, and for which there are no other names.
type resolver struct {
	ech []byte

	mu    sync.Mutex
	asked []string
}

// The types of records.
const (
	typeA     = 1
	typeHTTPS = 65 // RFC 9460
)

func (r *resolver) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

func (r *resolver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	query, err := io.ReadAll(q.Body)
	if text := q.URL.Query().Get("dns"); text != "" {
		query, err = base64.RawURLEncoding.DecodeString(text)
	}
	end := endOfName(query)
	if err != nil || end < 0 {
		http.Error(w, "no question", http.StatusBadRequest)
		return
	}
	kind := binary.BigEndian.Uint16(query[end:])
	r.mu.Lock()
	r.asked = append(r.asked, fmt.Sprintf("%q %d", query[12:end], kind))
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/dns-message")
	w.Write(r.reply(query[:end+4], kind))
}

// endOfName returns where the name of the first question ends, -1 if there is none (RFC 1035, Section 4.1).
func endOfName(query []byte) int {
	for at := 12; at < len(query); at += 1 + int(query[at]) {
		if query[at] == 0 && at+5 <= len(query) {
			return at + 1
		}
	}
	return -1
}

// reply answers a query that ends with its first question.
func (r *resolver) reply(query []byte, kind uint16) []byte {
	var data []byte
	switch host := hostOf(query[12 : len(query)-4]); {
	case string(host) != "\x06hidden\x04test\x00":
	case kind == typeA:
		data = []byte{127, 0, 0, 1}
	case kind == typeHTTPS:
		data = []byte{0, 1} // priority
		data = append(data, host...)
		data = append(data, 0, 1, 0, 9, 8) // alpn
		data = append(data, "http/1.1"...)
		data = binary.BigEndian.AppendUint16(append(data, 0, 5), uint16(len(r.ech))) // ech
		data = append(data, r.ech...)
	}
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:]...)
	if data == nil {
		return reply
	}
	reply[7] = 1
	reply = append(reply, 0xc0, 12) // the name of the question
	reply = binary.BigEndian.AppendUint16(reply, kind)
	reply = append(reply, 0, 1, 0, 0, 0, 60) // IN, for a minute
	reply = binary.BigEndian.AppendUint16(reply, uint16(len(data)))
	return append(reply, data...)
}

// hostOf takes the port and the scheme, as labels that begin with an underscore, from the front of a name (RFC 9460, Section
// 9.1).
func hostOf(name []byte) []byte {
	for len(name) > 1 && name[1] == '_' {
		name = name[1+int(name[0]):]
	}
	return name
}
