package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestReadRequest shows what is read of a request, in whatever pieces it comes, and what is refused.
func TestReadRequest(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int // 0: it is taken
		target string
		host   string
		html   bool
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, "/", "a", false},
		{"\r\nHEAD /x?y HTTP/1.0\nACCEPT: text/html,*/*\n\n", 0, "/x?y", "", true},
		{"POST / HTTP/1.1\r\n\r\n", 405, "", "", false},
		{"GET / HTTP/2.0\r\n\r\n", 505, "", "", false},
		{"GET http://a/ HTTP/1.1\r\n\r\n", 400, "", "", false},
		{"hello\r\n\r\n", 400, "", "", false},
		{"GET / HTTP/1.1\r\nHost: a\r\n", 400, "", "", false},
		{"GET / HTTP/1.1\r\nA: " + strings.Repeat("a", maxHead) + "\r\n\r\n", 431, "", "", false},
		{"GET / HTTP/1.1\r\n" + strings.Repeat("A: b\r\n", maxHead/6) + "\r\n", 431, "", "", false},
		{strings.Repeat("\r\n", maxHead), 431, "", "", false},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.text),
			"bytewise": iotest.OneByteReader(strings.NewReader(c.text))} {
			got, err := readRequest(r)
			var bad *badRequest
			switch {
			case c.status == 0 && err != nil:
				t.Errorf("%.40q, %s: %v", c.text, name, err)
			case c.status == 0 && (got.target != c.target || got.host != c.host || got.html != c.html):
				t.Errorf("%.40q, %s: %+v", c.text, name, got)
			case c.status != 0 && (!errors.As(err, &bad) || bad.status != c.status):
				t.Errorf("%.40q, %s: %v, want status %d", c.text, name, err, c.status)
			}
		}
	}
	if _, err := readRequest(strings.NewReader("")); err != io.EOF {
		t.Errorf("nothing gives %v, want io.EOF", err)
	}
}

// TestStatusPageEscapes shows that what a client says of itself does not become HTML.
func TestStatusPageEscapes(t *testing.T) {
	page := statusHTML([]fact{{"host", `<script>alert("x")</script>`}, {"nothing", ""}})
	if strings.Contains(page, "<script>") || strings.Contains(page, "nothing") {
		t.Error(page)
	}
}

// FuzzReadRequest shows that no head panics or is read beyond its limit.
func FuzzReadRequest(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := readRequest(strings.NewReader(string(text)))
		if err == nil {
			if name, err := fileName(r.target); err == nil && (name == "" || name[0] == '/' || strings.HasPrefix(name, "../")) {
				t.Errorf("%q is asked for by %q", name, r.target)
			}
		}
	})
}

// What a client asks for goes to the log, and not to the terminal's ear.
func TestOneLineIsOneLineOfText(t *testing.T) {
	for in, want := range map[string]string{
		"/plain page":           "/plain page",
		"/größe/│":              "/größe/│",
		"/a\r\n127.0.0.1  GET":  "/a 127.0.0.1  GET",
		"/\x1b[31mred":          "/ [31mred",
		"/\u009b31mred":         "/ 31mred", // CSI beyond ASCII
		"/\x9b31mred":           "/ 31mred", // and as a byte
		"/\u202etxt.exe":        "/ txt.exe",
		"\x00\x7f\u200b\u2028x": "x",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
