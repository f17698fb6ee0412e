package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// negotiated is what was negotiated, in one line.
func negotiated(i *handshake.Info) string {
	words := []string{i.Version.String(), i.Suite.Name}
	if i.Group != nil {
		words = append(words, i.Group.Name)
	}
	if i.Protocol != "" {
		words = append(words, i.Protocol)
	}
	if i.EarlyData == handshake.EarlyAccepted {
		words = append(words, "early data")
	}
	return strings.Join(words, "  ")
}

// fact is a line of a report. Without a value it is left out.
type fact struct{ name, value string }

// facts are what a finished handshake has to tell about.
func facts(i *handshake.Info) []fact {
	list := []fact{{"version", i.Version.String()}, {"cipher suite", i.Suite.Name}}
	if i.Group != nil {
		value := i.Group.Name
		if i.Group.PostQuantum {
			value += " (safe from quantum computers)"
		}
		list = append(list, fact{"key exchange", value})
	}
	list = append(list, fact{"server name", i.ServerName}, fact{"protocol", i.Protocol})
	if i.Resumed {
		list = append(list, fact{"session", "resumed: what follows was shown when it began"})
	}
	list = append(list, echFact(i))
	if i.HelloRetried {
		list = append(list, fact{"hellos", "two: the server asked for another key share"})
	}
	return append(list, peerFacts(i)...)
}

// peerFacts tell about the peer's certificate.
func peerFacts(i *handshake.Info) []fact {
	peer := "the server"
	if i.Role == handshake.ServerRole {
		peer = "the client"
	}
	switch {
	case i.PeerKey != nil:
		pin := sha256.Sum256(i.PeerKey)
		return []fact{{peer, "has shown a public key alone, SHA-256 " + base64.StdEncoding.EncodeToString(pin[:])}}
	case i.PSK != nil:
		return []fact{{peer, "has the pre-shared key " + strconv.Quote(string(i.PSK.Identity()))}}
	case len(i.PeerChain) == 0:
		return []fact{{peer, "has shown no certificate"}}
	}
	leaf := i.PeerChain[0]
	list := []fact{
		{peer, leaf.Subject().String()},
		{"issued by", leaf.Issuer().String()},
		{"valid", validity(leaf)},
		{"signed with", i.PeerScheme.String()},
	}
	if i.Delegated {
		list[3].value += ", by a delegated key"
	}
	if i.Verdict == nil {
		return append(list, fact{"trust", "NOT VERIFIED: this may be anybody"})
	}
	anchor := i.Verdict.Chain[len(i.Verdict.Chain)-1]
	return append(list, fact{"trusted by", anchor.Subject().String()})
}

func validity(c *x509lite.Certificate) string {
	const day = "2006-01-02"
	return c.NotBefore().UTC().Format(day) + " to " + c.NotAfter().UTC().Format(day)
}

// printFacts writes one line for each, the values below each other.
func printFacts(w io.Writer, list []fact) error {
	var b strings.Builder
	for _, f := range list {
		if f.value != "" {
			fmt.Fprintf(&b, "  %-13s %s\n", f.name, f.value)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
