package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tlsengine/handshake"
)

// offersWidth is the number of columns for what is offered.
const offersWidth = 46

// printOffers writes what a client offered beside what the server chose of it.
func printOffers(w io.Writer, offer *handshake.ClientHelloInfo, chosen *handshake.Info) error {
	var b strings.Builder
	row := func(name string, offered []string, choice string) {
		for i, line := range wrap(offered, offersWidth) {
			if i > 0 {
				name, choice = "", ""
			}
			fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("  %-13s %-*s  %s", name, offersWidth, line, choice), " "))
		}
	}
	row("", []string{"the client offered"}, "the server chose")
	row("version", words(offer.Versions), chosen.Version.String())
	row("cipher suite", words(offer.Suites), chosen.Suite.Name)
	row("key exchange", groupWords(offer), chosen.Group.Name)
	row("signature", words(offer.Schemes), chosen.PeerScheme.String())
	row("protocol", offer.Protocols, chosen.Protocol)
	row("server name", []string{offer.ServerName}, "")
	_, err := io.WriteString(w, b.String())
	return err
}

// words are the names of things.
func words[T fmt.Stringer](things []T) []string {
	names := make([]string, len(things))
	for i, t := range things {
		names[i] = t.String()
	}
	return names
}

// groupWords are the names of the groups offered, marked if there was a share.
func groupWords(offer *handshake.ClientHelloInfo) []string {
	names := words(offer.Groups)
	for i, g := range offer.Groups {
		if slices.Contains(offer.KeyShares, g) {
			names[i] += "*"
		}
	}
	return names
}

// wrap puts commas between words and breaks them into lines of at most width columns, or one word.
func wrap(words []string, width int) (lines []string) {
	line := ""
	for i, w := range words {
		if i < len(words)-1 {
			w += ","
		}
		switch {
		case line == "":
			line = w
		case len(line)+1+len(w) > width:
			lines = append(lines, line)
			line = w
		default:
			line += " " + w
		}
	}
	return append(lines, line)
}
