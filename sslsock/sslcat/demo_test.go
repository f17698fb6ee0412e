package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// ladderRow is a row with an arrow: what comes before the bytes, and the keys behind them.
var ladderRow = regexp.MustCompile(`(?m)^    │(.*)│ +[0-9]+  (\w+)`)

// TestDemoShowsEveryMessage pins the demo's ladder: which messages there are, which way, under which keys. Sizes of
// signatures differ from run to run, and with them those of the messages.
func TestDemoShowsEveryMessage(t *testing.T) {
	r := sslcat(t, "", "demo")
	if r.status != 0 || r.err != "" {
		t.Fatalf("exit status %d, %s", r.status, r.err)
	}
	var got []string
	for _, m := range ladderRow.FindAllStringSubmatch(r.out, -1) {
		got = append(got, strings.Join(strings.Fields(strings.Trim(m[1], " ")), " ")+" "+m[2])
	}
	arrows := regexp.MustCompile(`[─═]+`)
	want := []string{
		"ClientHello ─▶ none", "◀─ ServerHello none", "ChangeCipherSpec ─▶ none", "◀─ ChangeCipherSpec none",
		"◀═ EncryptedExtensions handshake", "◀═ Certificate handshake", "◀═ CertificateVerify handshake", "◀═ Finished handshake",
		"Finished ═▶ handshake", "application data ═▶ application",
		"◀═ NewSessionTicket application", "◀═ NewSessionTicket application", "◀═ application data application",
		"◀═ alert close_notify application", "alert close_notify ═▶ application",
	}
	for i, row := range got {
		got[i] = arrows.ReplaceAllStringFunc(row, func(a string) string { return string([]rune(a)[:1]) })
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the ladder is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDemoTellsTheStory pins the parts around the ladder.
func TestDemoTellsTheStory(t *testing.T) {
	r := sslcat(t, "", "demo")
	holds(t, r.out,
		"TLS in one picture", "1. ", "certificate   for server.example, ECDSA P-256", "2. ", "client", "server", "bytes  keys",
		"GET / HTTP/1.1", "HTTP/1.1 200 OK",
		"3. ", "TLSv1.3, TLSv1.2", "key exchange  X25519MLKEM768*, x25519*", "X25519MLKEM768\n", "http/1.1",
		"4. ", "client ─▶ server   handshake", "change_cipher_spec", "application_data", "in all",
		"5. ", "│ It works.", "│   version       TLSv1.3\n")
	for line := range strings.Lines(r.out) {
		if n := len([]rune(line)); n > 121 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
		if line != strings.TrimRight(line, " \n")+"\n" {
			t.Errorf("spaces at the end of %q", line)
		}
	}
}

// TestDemoAsACommand runs the demo as people do. (Issue 2, Done when 1)
func TestDemoAsACommand(t *testing.T) {
	cmd := exec.Command(os.Args[0], "demo")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	holds(t, string(out), "5. ", "It works")
}

func TestDemoTakesNoArguments(t *testing.T) {
	if r := sslcat(t, "", "demo", "now"); r.status != 2 {
		t.Errorf("exit status %d, want 2", r.status)
	}
}
