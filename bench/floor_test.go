package bench

import (
	"crypto"
	"crypto/aes"
	stdcipher "crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"tlsengine/cipher"
)

// A floor is the cryptography that each side of a handshake can't avoid, made of Go's own primitives as they come: the ephemeral
// key, the agreement, the signature made, the signatures checked, one hash pass over the transcript, the key schedule at four
// compressions for each HMAC, the AEADs, and the handshake's records. It knows no cache and no faster way to an X25519 key.
type floor struct{ client, server func() }

// finished is how long a Finished is, in bytes.
const finished = 36

// era is what a version fixes of the floor: how many HMACs and AEADs there are, and the bytes that are hashed and that come
// protected from the server, measured on the engine's own handshakes. inner is what TLS 1.3 adds to each record.
type era struct{ hmacs, aeads, inner, transcript, serverFlight int }

// eras are those of full handshakes, resumedEras of resumptions. The AEADs of the application's keys in TLS 1.3 are made with its
// first records, which no handshake has; what protects a ticket counts nowhere.
var (
	eras = map[cipher.Version]era{
		// Derive-Secret and Extract: 2 of Handshake and Master Secret with the step between, 4 traffic secrets; key and IV of
		// each; 2 Finished with their keys.
		cipher.VersionTLS13: {hmacs: 3 + 4 + 8 + 4, aeads: 2, inner: 1, transcript: 1500, serverFlight: 1100},
		// PRF at two HMACs for each block of 32 bytes: master secret 2, key block 2, Finished 1 each.
		cipher.VersionTLS12: {hmacs: 4 + 4 + 2 + 2, aeads: 2, transcript: 1500, serverFlight: finished},
	}
	resumedEras = map[cipher.Version]era{
		// Early Secret and the step to the next; the binder with its two keys; the rest as above.
		cipher.VersionTLS13: {hmacs: 2 + 3 + 19, aeads: 2, inner: 1, transcript: 600, serverFlight: 80},
		// The master secret is there.
		cipher.VersionTLS12: {hmacs: 4 + 2 + 2, aeads: 2, transcript: 500, serverFlight: finished},
	}
)

// newFloor puts the floor of a scenario together.
func newFloor(b testing.TB, s scenario, c *chain) floor {
	if s.resumed != never {
		return newResumedFloor(b, s)
	}
	keys := newSigner(b, c)
	kex := newExchange(b, s.group)
	protect := newProtection(b, eras[s.version])
	rounds := func(n int, f func()) {
		for range n {
			f()
		}
	}
	const certified = 2 // signatures of leaf and intermediate
	return floor{
		client: func() {
			kex.initiate()
			keys.verifyHandshake()
			rounds(certified, keys.verifyCertificate)
			if s.mutual {
				keys.sign()
			}
			protect.run()
		},
		server: func() {
			kex.respond()
			keys.sign()
			if s.mutual {
				keys.verifyHandshake()
				rounds(certified, keys.verifyCertificate)
			}
			protect.run()
		},
	}
}

// newResumedFloor is newFloor for resumptions, which have a key exchange in TLS 1.3 alone.
func newResumedFloor(b testing.TB, s scenario) floor {
	protect := newProtection(b, resumedEras[s.version])
	if s.version < cipher.VersionTLS13 {
		return floor{protect.run, protect.run}
	}
	kex := newExchange(b, s.group)
	return floor{
		client: func() { kex.initiate(); protect.run() },
		server: func() { kex.respond(); protect.run() },
	}
}

// signer holds a key and signatures by it, for the floor.
type signer struct {
	b          testing.TB
	key        crypto.Signer
	tbs        []byte
	certSig    []byte // as certificates have it
	messageSig []byte // as CertificateVerify has it
}

func newSigner(b testing.TB, c *chain) *signer {
	s := &signer{b: b, key: c.std.PrivateKey.(crypto.Signer), tbs: make([]byte, 400)}
	digest := sha256.Sum256(s.tbs)
	var err error
	s.certSig, err = s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	check(b, err)
	s.messageSig = s.sign()
	return s
}

var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

func (s *signer) sign() []byte {
	digest := sha256.Sum256(s.tbs)
	var opts crypto.SignerOpts = crypto.SHA256
	if _, ok := s.key.(*rsa.PrivateKey); ok {
		opts = pss
	}
	sig, err := s.key.Sign(rand.Reader, digest[:], opts)
	check(s.b, err)
	return sig
}

func (s *signer) verifyCertificate() {
	digest := sha256.Sum256(s.tbs)
	switch k := s.key.Public().(type) {
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(k, digest[:], s.certSig) {
			s.b.Fatal("signature")
		}
	case *rsa.PublicKey:
		check(s.b, rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], s.certSig))
	}
}

func (s *signer) verifyHandshake() {
	digest := sha256.Sum256(s.tbs)
	switch k := s.key.Public().(type) {
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(k, digest[:], s.messageSig) {
			s.b.Fatal("signature")
		}
	case *rsa.PublicKey:
		check(s.b, rsa.VerifyPSS(k, crypto.SHA256, digest[:], s.messageSig, pss))
	}
}

// exchange is a key exchange as both ends see it.
type exchange struct{ initiate, respond func() }

func newExchange(b testing.TB, g cipher.GroupID) exchange {
	peer, err := ecdh.X25519().GenerateKey(rand.Reader)
	check(b, err)
	share := peer.PublicKey().Bytes()
	x25519 := func() {
		own, err := ecdh.X25519().GenerateKey(rand.Reader)
		check(b, err)
		theirs, err := ecdh.X25519().NewPublicKey(share)
		check(b, err)
		_, err = own.ECDH(theirs)
		check(b, err)
	}
	if g == cipher.X25519 {
		return exchange{x25519, x25519}
	}
	kem, err := mlkem.GenerateKey768()
	check(b, err)
	encapsulation := kem.EncapsulationKey().Bytes()
	_, ciphertext := kem.EncapsulationKey().Encapsulate()
	return exchange{
		initiate: func() {
			x25519()
			_, err := mlkem.GenerateKey768()
			check(b, err)
			_, err = kem.Decapsulate(ciphertext)
			check(b, err)
		},
		respond: func() {
			x25519()
			theirs, err := mlkem.NewEncapsulationKey768(encapsulation)
			check(b, err)
			theirs.Encapsulate()
		},
	}
}

// protection is hash, key schedule and records: the symmetric part of a handshake.
type protection struct {
	b      testing.TB
	era    era
	data   []byte
	record []byte
	sealed []byte
	nonce  [12]byte
}

func newProtection(b testing.TB, e era) *protection {
	p := &protection{b: b, era: e, data: make([]byte, e.transcript), record: make([]byte, 0, e.serverFlight+64)}
	p.sealed = p.aead().Seal(nil, p.nonce[:], make([]byte, e.serverFlight), nil)
	return p
}

func (p *protection) aead() stdcipher.AEAD {
	block, err := aes.NewCipher(p.data[:16])
	check(p.b, err)
	a, err := stdcipher.NewGCM(block)
	check(p.b, err)
	return a
}

func (p *protection) run() {
	sum := sha256.Sum256(p.data)
	for range p.era.hmacs {
		sum = hmacOnStack(sum)
	}
	for range p.era.aeads - 1 {
		p.aead()
	}
	a := p.aead()
	a.Seal(p.record, p.nonce[:], p.data[:finished+p.era.inner], nil)
	if _, err := a.Open(p.record, p.nonce[:], p.sealed, nil); err != nil {
		p.b.Fatal(err)
	}
}

// hmacOnStack does the work of one HMAC-SHA256 of a short message under a new key: four compressions.
func hmacOnStack(key [32]byte) [32]byte {
	var inner [64 + 40]byte
	copy(inner[:], key[:])
	var outer [64 + 32]byte
	digest := sha256.Sum256(inner[:])
	copy(outer[64:], digest[:])
	return sha256.Sum256(outer[:])
}
