package x509lite

import (
	"bytes"
	"net/netip"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Name constraints (RFC 5280, Section 4.2.1.10) are read where they stand each time they are enforced: few certificates have
// them. A rule of a kind binds all names of that kind below; several permitted rules of a kind mean any of them.

// checkNameConstraints checks the form of the extension, the names in it included.
func checkNameConstraints(d der) bool {
	ok, rules := true, 0
	good := eachConstraint(d, func(_ bool, base GeneralName) bool {
		rules++
		ok = ok && constraintWellFormed(base)
		return ok
	})
	return good && ok && rules > 0
}

// eachConstraint goes through the rules until visit returns false; false for an encoding that is malformed.
func eachConstraint(d der, visit func(excluded bool, base GeneralName) bool) bool {
	var v der
	if !readSequence(&d, &v) || !d.Empty() {
		return false
	}
	for i := range uint8(2) { // [0] permitted, [1] excluded
		if !v.PeekASN1Tag(tagContextConstructed(i)) {
			continue
		}
		var list der
		if !v.ReadASN1(&list, tagContextConstructed(i)) || list.Empty() {
			return false
		}
		for !list.Empty() {
			var subtree der
			var base GeneralName
			// RFC 5280, Section 4.2.1.10: minimum is 0, which as the default is not written, and maximum is absent.
			if !readSequence(&list, &subtree) || !readGeneralName(&subtree, &base) || !subtree.Empty() {
				return false
			}
			if !visit(i == 1, base) {
				return true
			}
		}
	}
	return v.Empty()
}

// constraintWellFormed checks what a rule may look like, which differs from the names that it binds.
func constraintWellFormed(n GeneralName) bool {
	switch n.Kind {
	case IPAddress:
		return (len(n.Value) == 8 || len(n.Value) == 32) && isMask(n.Value[len(n.Value)/2:])
	case DirectoryName:
		return n.wellFormed()
	case DNSName, URIName:
		return validSubtree(string(n.Value))
	case RFC822Name:
		base := string(n.Value)
		if i := strings.LastIndexByte(base, '@'); i >= 0 {
			return i > 0 && ascii(n.Value) && validDomain(base[i+1:])
		}
		return validSubtree(base)
	}
	return true
}

// validSubtree: a domain, with or without a leading period, or nothing.
func validSubtree(base string) bool { return base == "" || validDomain(strings.TrimPrefix(base, ".")) }

// isMask reports whether the bits are ones followed by zeros.
func isMask(m []byte) bool {
	zeros := false
	for _, b := range m {
		for bit := byte(0x80); bit != 0; bit >>= 1 {
			if one := b&bit != 0; one && zeros {
				return false
			} else if !one {
				zeros = true
			}
		}
	}
	return true
}

// maxComparisons bounds the work that one Verify may cause with many names against many rules. Each pair of a name and a rule
// counts as one, and as one more for every 32 bytes that have to be compared.
const maxComparisons = 250_000

// constraintCheck is the judgement of one certificate's names under one CA's rules.
type constraintCheck struct {
	rules  der
	budget *int // comparisons left
	code   Code
	detail string
}

// checkConstraints judges the names of lower under the constraints of ca, which has some. The zero Code is success.
func checkConstraints(ca, lower *Certificate, budget *int) (Code, string) {
	k := constraintCheck{rules: der(ca.ext[extNameConstraints].of(ca.raw)), budget: budget}
	for n := range lower.SubjectAltNames() {
		if !k.judge(n) {
			return k.code, k.detail
		}
	}
	if subject := lower.Subject(); !subject.Empty() {
		if !k.judge(GeneralName{DirectoryName, subject.der}) || !k.judgeEmailAddresses(lower) {
			return k.code, k.detail
		}
	}
	return OK, ""
}

// checkHostConstraints judges a host that the leaf names in its common name alone, as if it were a dNSName there: a CA that may
// not issue for a host may not do so by leaving out subjectAltName either.
func checkHostConstraints(ca *Certificate, host string, budget *int) (Code, string) {
	k := constraintCheck{rules: der(ca.ext[extNameConstraints].of(ca.raw)), budget: budget}
	k.judge(GeneralName{DNSName, []byte(host)})
	return k.code, k.detail
}

// judgeEmailAddresses applies rules for mailboxes to the emailAddress attributes of a subject (RFC 5280, Section 4.2.1.10: when
// subjectAltName has no mailbox).
func (k *constraintCheck) judgeEmailAddresses(lower *Certificate) bool {
	if lower.altKinds&(1<<RFC822Name) != 0 {
		return true
	}
	for a := range lower.Subject().Attributes() {
		if a.Type == oidEmailAddress && !k.judge(GeneralName{RFC822Name, []byte(a.Value)}) {
			return false
		}
	}
	return true
}

// judge applies every rule to one name.
func (k *constraintCheck) judge(n GeneralName) bool {
	bound, permitted := false, false
	eachConstraint(k.rules, func(excluded bool, base GeneralName) bool {
		*k.budget--
		if base.Kind == n.Kind {
			*k.budget -= (len(base.Value) + len(n.Value)) / 32
		}
		if *k.budget < 0 {
			k.code, k.detail = BudgetExceeded, "too many names and name constraints"
			return false
		}
		if base.Kind != n.Kind {
			return true
		}
		matches, code := base.covers(n, excluded)
		switch {
		case code != OK:
			k.code, k.detail = code, n.Kind.String()+" "+n.text()
		case excluded && matches:
			k.code, k.detail = ExcludedViolation, n.Kind.String()+" "+n.text()
		case !excluded:
			bound, permitted = true, permitted || matches
		}
		return k.code == OK
	})
	if k.code == OK && bound && !permitted {
		k.code, k.detail = PermittedViolation, n.Kind.String()+" "+n.text()
	}
	return k.code == OK
}

// text is the name for messages.
func (n GeneralName) text() string {
	switch n.Kind {
	case DNSName, RFC822Name, URIName:
		return quote(string(n.Value))
	case DirectoryName:
		return quote(Name{n.Value}.String())
	case IPAddress:
		if a, ok := netip.AddrFromSlice(n.Value); ok {
			return a.String()
		}
	}
	return ""
}

// covers reports whether n is in the subtree of the rule. A name that can't be understood under a rule fails it, so that nothing
// slips through by being odd.
func (rule GeneralName) covers(n GeneralName, excluded bool) (bool, Code) {
	base := string(rule.Value)
	switch n.Kind {
	case DNSName:
		name := string(n.Value)
		if wildcard := strings.HasPrefix(name, "*."); wildcard && excluded {
			// A wildcard may stand for a name in the excluded subtree: "*.example.org" under "evil.example.org".
			return domainCovers(base, name[2:]) || wildcardReaches(base, name[2:]), nameSyntax(name[2:])
		} else if wildcard {
			return domainCovers(base, name[2:]), nameSyntax(name[2:])
		}
		// A leading period, as many CAs write though the RFC has none for DNS names, permits only what is below, and excludes the
		// domain itself too: the safe side of both.
		itself := !excluded && strings.HasPrefix(base, ".") && equalFold(base[1:], name)
		return domainCovers(base, name) && !itself, nameSyntax(name)
	case RFC822Name:
		return emailCovers(base, string(n.Value))
	case URIName:
		return uriCovers(base, string(n.Value))
	case IPAddress:
		return addressCovers(rule.Value, n.Value), OK
	case DirectoryName:
		return directoryCovers(rule.Value, n.Value), OK
	}
	return false, UnsupportedConstraintType
}

func nameSyntax(name string) Code {
	if !validDomain(name) {
		return UnsupportedNameSyntax
	}
	return OK
}

// domainCovers: labels added on the left satisfy the rule (RFC 5280, Section 4.2.1.10). A leading period is not looked at
// here; an empty rule covers all.
func domainCovers(base, name string) bool {
	base = strings.TrimPrefix(base, ".")
	name = strings.TrimSuffix(name, ".")
	if base == "" {
		return true
	}
	cut := len(name) - len(base)
	return cut >= 0 && equalFold(name[cut:], base) && (cut == 0 || name[cut-1] == '.')
}

// wildcardReaches reports whether base is one label in front of parent.
func wildcardReaches(base, parent string) bool {
	_, rest, found := strings.Cut(strings.TrimPrefix(base, "."), ".")
	return found && equalFold(rest, parent)
}

// hostCovers is the rule for mailboxes' hosts and for URIs: with a leading period only hosts below it, without only that host.
func hostCovers(base, host string) bool {
	if strings.HasPrefix(base, ".") {
		return len(host) > len(base) && equalFold(host[len(host)-len(base):], base)
	}
	return equalFold(host, base)
}

func emailCovers(base, mailbox string) (bool, Code) {
	at := strings.LastIndexByte(mailbox, '@')
	if at <= 0 || !validDomain(mailbox[at+1:]) || strings.ContainsAny(mailbox[:at], "\x00 \r\n") {
		return false, UnsupportedNameSyntax
	}
	if i := strings.LastIndexByte(base, '@'); i >= 0 {
		// The part before "@" is compared with case (RFC 5280, Section 7.5).
		return mailbox[:at] == base[:i] && equalFold(mailbox[at+1:], base[i+1:]), OK
	}
	return base == "" || hostCovers(base, mailbox[at+1:]), OK
}

// uriCovers applies the rule to the host of the authority. RFC 5280, Section 4.2.1.10: a URI without one, or with an IP address,
// is refused under any rule.
func uriCovers(base, uri string) (bool, Code) {
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		return false, UnsupportedNameSyntax
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	host := rest
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 {
		host = rest[:colon]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !validDomain(host) {
		return false, UnsupportedNameSyntax
	}
	return base == "" || hostCovers(base, strings.TrimSuffix(host, ".")), OK
}

// addressCovers compares under the mask that follows the address in the rule.
func addressCovers(rule, address []byte) bool {
	if len(rule) != 2*len(address) {
		return false
	}
	for i, b := range address {
		if (b^rule[i])&rule[len(address)+i] != 0 {
			return false
		}
	}
	return true
}

// directoryCovers: the rule's RDNs begin the name (RFC 5280, Section 7.1).
func directoryCovers(rule, name []byte) bool {
	var a, b [nameSpace]byte
	base := canonicalName(a[:0], rule)
	full := canonicalName(b[:0], name)
	// An RDN begins with its own mark, so that a prefix that ends where one begins ends whole.
	return bytes.HasPrefix(full, base) && (len(full) == len(base) || full[len(base)] == byte(asn1.SET))
}
