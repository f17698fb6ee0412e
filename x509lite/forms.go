package x509lite

// Degree says how exactly certificates must have the form that the documents ask for.
type Degree uint8

// The degrees. Each asks for all that the one before it does.
const (
	Default Degree = iota // what decides whom a certificate is for; forms are as the world has them
	Strict                // every MUST of RFC 5280 about the form (X509_V_FLAG_X509_STRICT)
	WebPKI                // and what the CA/Browser Forum's Baseline Requirements want of servers' certificates
)

// String returns the degree's name.
func (d Degree) String() string {
	switch d {
	case Default:
		return "default"
	case Strict:
		return "strict"
	case WebPKI:
		return "web PKI"
	}
	return "unknown degree"
}

// formRule is one demand on the form of a certificate. A new one is a row in strictRules or webRules.
type formRule struct {
	name   string // what VerifyError.Rule shows
	source string // document and section
	code   Code
	broken func(*formCheck) bool
}

// formCheck is a certificate in its place in a chain.
type formCheck struct {
	c       *Certificate
	depth   int
	anchor  bool // it ends the chain: nobody asks how it is signed
	purpose Purpose
}

// checkForm judges the form of a certificate as the degree asks. The zero Code is success.
func (b *pathBuilder) checkForm(c *Certificate, trusted bool) (Code, string) {
	if b.o.Degree == Default {
		return OK, ""
	}
	f := &formCheck{c, b.depth - 1, trusted && b.endsAt(c), b.o.Purpose}
	// RFC 6818, Section 2: self-signed certificates of end entities are outside of RFC 5280.
	if f.depth == 0 && (f.anchor || c.selfSigned() && !c.isCA) {
		return OK, ""
	}
	for i := range strictRules {
		if r := &strictRules[i]; r.broken(f) {
			return b.broke(r)
		}
	}
	if b.o.Degree < WebPKI {
		return OK, ""
	}
	for i := range webRules {
		if r := &webRules[i]; r.broken(f) {
			return b.broke(r)
		}
	}
	return OK, ""
}

func (b *pathBuilder) broke(r *formRule) (Code, string) {
	b.rule = r.name
	return r.code, r.name + ": " + r.source
}
