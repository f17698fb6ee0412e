package cipher

import (
	"fmt"
	"slices"
	"strings"
)

// names splits a list of names with colons between them. Spaces around a name don't count.
func names(list string) ([]string, error) {
	if len(list) > maxListLen {
		return nil, fmt.Errorf("cipher: %w: it is %d bytes long, at most %d are read", ErrListSyntax, len(list), maxListLen)
	}
	all := strings.Split(list, ":")
	for i, name := range all {
		all[i] = strings.Trim(name, " ")
	}
	return all, nil
}

// ParseSuites13 reads a list of TLS 1.3's suites, the best first: names with colons between them, as in
// "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384". Empty names and repetitions don't count, so that an empty list gives no suite,
// and with it no TLS 1.3. Other names are an error that wraps ErrNothingMatch.
func ParseSuites13(list string) ([]*Suite, error) {
	all, err := names(list)
	if err != nil {
		return nil, err
	}
	suites := []*Suite{}
	for _, name := range all {
		s := SuiteByName(name)
		switch {
		case name == "" || s != nil && slices.Contains(suites, s):
		case s == nil || !s.Usable(VersionTLS13):
			return nil, fmt.Errorf("cipher: %w: %.60q is no cipher suite of TLS 1.3", ErrNothingMatch, name)
		default:
			suites = append(suites, s)
		}
	}
	return suites, nil
}

// GroupList is what a list of groups says.
type GroupList struct {
	Groups    []*Group // the best first
	KeyShares []*Group // those marked for a share in a client's first hello; nil if none is
}

// ParseGroupList reads a list of groups, the best first: names as GroupByName takes them with colons between them, as in
// "X25519MLKEM768:X25519:P-256". A question mark before a name passes over it if it is unknown, a star marks it for a key share;
// both may be there, in either order. An unknown name and a list of nothing are errors that wrap ErrNothingMatch, an empty name
// and a repetition are errors that wrap ErrListSyntax, as in OpenSSL.
func ParseGroupList(list string) (*GroupList, error) {
	all, err := names(list)
	if err != nil {
		return nil, err
	}
	l := new(GroupList)
	for _, item := range all {
		name := strings.TrimLeft(item, "?*")
		marks := item[:len(item)-len(name)]
		if name == "" || strings.Count(marks, "?") > 1 || strings.Count(marks, "*") > 1 {
			return nil, fmt.Errorf("cipher: %w: %.60q is not the name of a group", ErrListSyntax, item)
		}
		g := GroupByName(name)
		switch {
		case g == nil && strings.Contains(marks, "?"):
			continue
		case g == nil:
			return nil, fmt.Errorf("cipher: %w: unknown group %.60q", ErrNothingMatch, name)
		case slices.Contains(l.Groups, g):
			return nil, fmt.Errorf("cipher: %w: group %v stands in it twice", ErrListSyntax, g)
		}
		l.Groups = append(l.Groups, g)
		if strings.Contains(marks, "*") {
			l.KeyShares = append(l.KeyShares, g)
		}
	}
	if l.Groups == nil {
		return nil, fmt.Errorf("cipher: %w: none of the groups in %.60q is known", ErrNothingMatch, list)
	}
	return l, nil
}

// ParseSchemeList reads a list of signature algorithms, the best first: the RFC's names, or a kind of key and a hash
// joined by "+", with colons between them, as in "RSA+SHA256:ecdsa_secp256r1_sha256:PSS+SHA384". A question mark before a name
// passes over it if it is unknown. Errors are as those of ParseGroupList.
func ParseSchemeList(list string) ([]*Scheme, error) {
	all, err := names(list)
	if err != nil {
		return nil, err
	}
	var schemes []*Scheme
	for _, item := range all {
		name, optional := strings.CutPrefix(item, "?")
		s := schemeByListName(name)
		switch {
		case name == "":
			return nil, fmt.Errorf("cipher: %w: an empty name in %.60q", ErrListSyntax, list)
		case s == nil && optional:
			continue
		case s == nil:
			return nil, fmt.Errorf("cipher: %w: unknown signature algorithm %.60q", ErrNothingMatch, name)
		case slices.Contains(schemes, s):
			return nil, fmt.Errorf("cipher: %w: signature algorithm %s stands in it twice", ErrListSyntax, s.Name)
		}
		schemes = append(schemes, s)
	}
	if schemes == nil {
		return nil, fmt.Errorf("cipher: %w: none of the signature algorithms in %.60q is known", ErrNothingMatch, list)
	}
	return schemes, nil
}

// schemeByListName is SchemeByName with what else lists say: PSS for RSA-PSS, and hashes in any case.
func schemeByListName(name string) *Scheme {
	kind, hash, pair := strings.Cut(name, "+")
	if !pair {
		return SchemeByName(name)
	}
	if kind == "PSS" {
		kind = "RSA-PSS"
	}
	return SchemeByName(kind + "+" + strings.ToUpper(hash))
}
