package engine

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tlsengine/handshake"
)

var updatePolicy = flag.Bool("update-policy", false, "write the file of the default policy anew")

const policyFile = "../testdata/policy/default.txt"

// TestDefaultPolicy compares what the zero Config stands for with a file that a reviewer can read.
func TestDefaultPolicy(t *testing.T) {
	p, err := new(Config).Freeze()
	if err != nil {
		t.Fatal(err)
	}
	got := describePolicy(p.handshake)
	if *updatePolicy {
		if err := os.WriteFile(policyFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(policyFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the default policy is\n%s\n%s says\n%s", got, policyFile, want)
	}
}

// describePolicy writes a policy as text. Suites are in the order of a machine with AES hardware; without it ChaCha20
// comes first.
func describePolicy(p *handshake.Params) string {
	var b strings.Builder
	section := func(name string, lines ...any) {
		fmt.Fprintf(&b, "%s\n", name)
		for _, l := range lines {
			fmt.Fprintf(&b, "  %v\n", l)
		}
	}
	section("versions", list(p.Versions)...)
	var suites []string
	for _, s := range p.Suites {
		suites = append(suites, s.Name)
	}
	section("suites, hardware deciding between AES and ChaCha20", sorted(suites)...)
	section("groups", list(p.Groups)...)
	section("key shares of a first hello", list(p.KeyShares)...)
	section("signature schemes accepted", list(p.VerifySchemes)...)
	section("choices",
		fmt.Sprint("server's own order: ", p.PreferOwnOrder),
		fmt.Sprint("any server's certificate taken: ", p.UnverifiedServer),
		fmt.Sprint("OCSP stapling: ", p.Stapling),
		fmt.Sprint("certificate timestamps asked: ", p.SCTs),
		fmt.Sprint("certificate compression: ", len(p.CertificateCompression) > 0),
		fmt.Sprint("delegated credentials taken: ", p.DelegatedCredentials),
		fmt.Sprint("raw public keys taken: ", len(p.PeerTypes) > 0),
		fmt.Sprint("GREASE: ", p.GREASE),
		fmt.Sprint("extensions permuted: ", p.PermuteExtensions),
		fmt.Sprint("hello padded: ", p.PadHello),
		fmt.Sprint("encrypted hello required: ", p.RequireECH),
		fmt.Sprint("encrypted hello pretended: ", p.ECHGrease),
		fmt.Sprint("limit of records asked for, bytes: ", p.RecordSizeLimit),
		fmt.Sprint("host name not checked: ", p.SkipHostname),
		fmt.Sprint("client certificate asked: ", p.ClientAuth != handshake.AuthNone),
		fmt.Sprint("servers without RFC 5746 taken: ", p.AllowLegacyServer),
		fmt.Sprint("data before the server's Finished: ", p.FalseStart != handshake.FalseStartNever),
		fmt.Sprint("middlebox compatibility: ", p.MiddleboxCompat),
		fmt.Sprint("certificate list, bytes: ", p.MaxCertificateList))
	return b.String()
}

func list[T any](items []T) []any {
	all := make([]any, len(items))
	for i, x := range items {
		all[i] = x
	}
	return all
}

func sorted(names []string) []any {
	slices.Sort(names)
	return list(names)
}
