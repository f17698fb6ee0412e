package x509lite

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"strconv"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Reason says why a certificate was revoked (RFC 5280, Section 5.3.1).
type Reason uint8

// The reasons. RemoveFromCRL, in a delta CRL, takes a revocation back.
const (
	Unspecified          Reason = 0
	KeyCompromise        Reason = 1
	CACompromise         Reason = 2
	AffiliationChanged   Reason = 3
	Superseded           Reason = 4
	CessationOfOperation Reason = 5
	CertificateHold      Reason = 6
	RemoveFromCRL        Reason = 8
	PrivilegeWithdrawn   Reason = 9
	AACompromise         Reason = 10
)

var reasonNames = [...]string{"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
	"cessationOfOperation",
	"certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"}

// String returns the RFC's name.
func (r Reason) String() string {
	if int(r) < len(reasonNames) && reasonNames[r] != "" {
		return reasonNames[r]
	}
	return "reason " + strconv.Itoa(int(r))
}

// Revoked is an entry of a CRL.
type Revoked struct {
	Serial []byte    // contents of the serial number's INTEGER, a view of the list
	Date   time.Time // of the revocation, in UTC
	Reason Reason    // Unspecified if not given
	Issuer Name      // of the certificate, a view of the list

	unknownCritical []byte // OID of a critical extension that is not known here
	names           der    // contents of certificateIssuer, nil if absent
	extensions      der    // contents of crlEntryExtensions, nil if absent
}

// Extensions goes through all extensions of the entry, in its order.
func (r *Revoked) Extensions() iter.Seq[Extension] { return extensionsOf(r.extensions) }

// readEntry takes one entry of revokedCertificates (RFC 5280, Section 5.1.2.6). Issuer is left out.
func readEntry(d *der, out *Revoked) bool {
	*out = Revoked{}
	var v, serial der
	var date int64
	// A serial number that is negative concerns no certificate, or one that was let pass.
	if !readSequence(d, &v) || !v.ReadASN1(&serial, asn1.INTEGER) || !minimalInteger(serial) || !readTime(&v, &date) {
		return false
	}
	out.Serial, out.Date = serial, time.Unix(date, 0).UTC()
	if v.Empty() {
		return true
	}
	var list der
	if !readSequence(&v, &list) || !v.Empty() || list.Empty() {
		return false
	}
	out.extensions = list
	for count := 0; !list.Empty(); count++ {
		before := out.extensions[:len(out.extensions)-len(list)]
		var id []byte
		var critical bool
		var value der
		if !readExtension(&list, &id, &critical, &value) || count == maxEntryExtensions || occurs(before, id) {
			return false
		}
		if !out.readExtension(OID(id), id, critical, value) {
			return false
		}
	}
	return true
}

// maxEntryExtensions bounds the search for duplicates, which grows with the square, in each of a million entries. RFC 5280 has
// three.
const maxEntryExtensions = 16

// readExtension reads an extension of RFC 5280, Section 5.3.
func (r *Revoked) readExtension(id OID, raw []byte, critical bool, value der) bool {
	switch id {
	case oidReasonCode:
		n := 0
		if !readSmall(&value, asn1.ENUM, &n) || !value.Empty() || n > int(AACompromise) || n == 7 {
			return false
		}
		r.Reason = Reason(n)
	case oidCertificateIssuer:
		return readSequence(&value, &r.names) && value.Empty() && checkGeneralNames(r.names)
	case oidInvalidityDate:
		var at int64
		return value.PeekASN1Tag(asn1.GeneralizedTime) && readTime(&value, &at) && value.Empty()
	default:
		if critical && r.unknownCritical == nil {
			r.unknownCritical = raw
		}
	}
	return true
}

// checkEntries checks every entry and counts them.
func (l *CRL) checkEntries() error {
	var e Revoked
	for d := der(l.entries.of(l.raw)); !d.Empty(); l.count++ {
		if !readEntry(&d, &e) {
			return malformed("revokedCertificates", "holds an entry that is malformed (number "+strconv.Itoa(l.count+1)+")")
		}
		// RFC 5280, Section 5.1.2.1: extensions only in version 2. Section 5.3.3: certificateIssuer only where lists are indirect.
		if e.extensions != nil && l.version < 2 || e.names != nil && (!l.scope.other || len(directories(e.names)) == 0) {
			return malformed("revokedCertificates",
				"holds an entry with an extension that the list may not have (number "+strconv.Itoa(l.count+1)+")")
		}
		// RFC 5280, Section 5.3: a list with a critical extension of an entry that is not understood is not used at all.
		if e.unknownCritical != nil && l.unknownCritical.n == 0 {
			l.unknownCritical = spanOf(l.raw, e.unknownCritical)
		}
	}
	return nil
}

// Entries goes through the list in its order.
func (l *CRL) Entries() iter.Seq[Revoked] {
	return func(yield func(Revoked) bool) {
		l.walk(func(_ int, _ der, e *Revoked) bool {
			if names := directories(e.names); len(names) > 0 {
				e.Issuer = names[0]
			}
			return yield(*e)
		})
	}
}

// walk goes through the entries: where each begins and the names of its issuer in effect, nil for the list's own. RFC 5280,
// Section 5.3.3: certificateIssuer holds for the entries that follow too.
func (l *CRL) walk(visit func(at int, names der, e *Revoked) bool) {
	list := der(l.entries.of(l.raw))
	var names der
	var e Revoked
	for d := list; !d.Empty(); {
		at := len(list) - len(d)
		if !readEntry(&d, &e) {
			return
		}
		if e.names != nil {
			names = e.names
		}
		e.names, e.Issuer = names, l.Issuer()
		if !visit(at, names, &e) {
			return
		}
	}
}

// crlIndex finds entries by serial number: sorted by a hash of it.
type crlIndex struct {
	rows    []crlRow
	issuers []der // contents of certificateIssuer, as often as it changes
}

// serialSeed makes hashes of serial numbers that no issuer of a list can foresee.
var serialSeed = maphash.MakeSeed()

type crlRow struct {
	hash   uint64
	at     uint32 // where the entry begins
	issuer uint32 // 0: the list's; n: issuers[n-1]
}

func (l *CRL) makeIndex() {
	x := &l.index
	x.rows = make([]crlRow, 0, l.count)
	var last der
	l.walk(func(at int, names der, e *Revoked) bool {
		if names != nil && (last == nil || &names[0] != &last[0]) {
			x.issuers = append(x.issuers, names)
			last = names
		}
		x.rows = append(x.rows, crlRow{maphash.Bytes(serialSeed, e.Serial), uint32(at), uint32(len(x.issuers))})
		return true
	})
	// Of several entries for one certificate the last counts, for lists are written in order of time.
	slices.SortFunc(x.rows, func(a, b crlRow) int {
		if a.hash != b.hash {
			return cmp.Compare(a.hash, b.hash)
		}
		return cmp.Compare(b.at, a.at)
	})
}

// Find returns the entry for the certificate of that issuer and serial number (as Certificate.RawSerial gives it).
func (l *CRL) Find(issuer Name, serial []byte) (r Revoked, found bool) {
	l.indexOnce.Do(l.makeIndex)
	rows := l.index.rows
	hash := maphash.Bytes(serialSeed, serial)
	i, _ := slices.BinarySearchFunc(rows, hash, func(r crlRow, h uint64) int { return cmp.Compare(r.hash, h) })
	refused := int64(-1) // the last of the index's issuers that isn't the one; many entries may have the same, which may be many names
	for ; i < len(rows) && rows[i].hash == hash; i++ {
		d := der(l.entries.of(l.raw)[rows[i].at:])
		if int64(rows[i].issuer) == refused || !readEntry(&d, &r) || string(r.Serial) != string(serial) {
			continue
		}
		if n := rows[i].issuer; n == 0 && l.Issuer().Equal(issuer) || n > 0 && holdsDirectory(l.index.issuers[n-1], issuer) {
			r.Issuer = issuer
			return r, true
		}
		refused = int64(rows[i].issuer)
	}
	return Revoked{}, false
}
