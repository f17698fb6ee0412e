package cipher

import (
	"crypto/ecdh"
	"crypto/mlkem"
)

// groupRows lists the groups. Why they stand in this order:
//
//   - Hybrids first. What is recorded today can be opened by whoever builds a quantum computer later, and only the hybrids
//     withstand that; their classical half keeps them safe should ML-KEM fall. X25519MLKEM768 leads, being the one that
//     browsers and servers have; the two NIST hybrids serve those who may use NIST curves only.
//   - X25519 before P-256: in this package it is the quicker, the shares are half as long, and fewer things can be done
//     wrong. P-256 is what every peer has.
//   - P-384 and P-521 cost a multiple and protect against nothing that P-256 does not.
//   - Finite fields are slower still, and their shares eight times as long, for peers that have no curves.
//   - ML-KEM alone is last: nothing holds if it falls. It is for those whose rules allow no hybrid (CNSA 2.0).
//
// A group is added as a row here and a constant in group.go. A curve of crypto/ecdh needs nist(...), a pairing of a
// curve with a KEM needs a hybrid, a KEM without a curve needs alone, anything else an exchange of its own.
var groupRows = []*Group{
	groupX25519MLKEM768, groupP256MLKEM768, groupP384MLKEM1024, groupX25519, groupP256, groupP384, groupP521,
	groupFFDHE2048, groupFFDHE3072, groupFFDHE4096, groupFFDHE6144, groupFFDHE8192, groupMLKEM1024, groupMLKEM768,
}

const (
	mlkem768EK, mlkem768CT   = mlkem.EncapsulationKeySize768, mlkem.CiphertextSize768
	mlkem1024EK, mlkem1024CT = mlkem.EncapsulationKeySize1024, mlkem.CiphertextSize1024
)

// The rows before TLS 1.3 say Min: VersionSSL30 for "any version that has the extension".
var (
	groupX25519 = &Group{
		ID: X25519, Name: "x25519", Min: VersionSSL30,
		ShareSize: 32, AnswerSize: 32, SecretSize: 32, seedSize: 32, exchange: x25519{},
	}
	groupP256 = &Group{
		ID: CurveP256, Name: "secp256r1", Aliases: []string{"P-256", "prime256v1"}, Min: VersionSSL30,
		ShareSize: 65, AnswerSize: 65, SecretSize: 32, seedSize: 32 + extraSeed, exchange: nist{ecdh.P256(), orderP256},
	}
	groupP384 = &Group{
		ID: CurveP384, Name: "secp384r1", Aliases: []string{"P-384"}, Min: VersionSSL30,
		ShareSize: 97, AnswerSize: 97, SecretSize: 48, seedSize: 48 + extraSeed, exchange: nist{ecdh.P384(), orderP384},
	}
	groupP521 = &Group{
		ID: CurveP521, Name: "secp521r1", Aliases: []string{"P-521"}, Min: VersionSSL30,
		ShareSize: 133, AnswerSize: 133, SecretSize: 66, seedSize: 66 + extraSeed, exchange: nist{ecdh.P521(), orderP521},
	}
	// The lengths of the exponents, which are those of the seeds, are RFC 7919's, Section 5.2, rounded up to bytes.
	groupFFDHE2048 = &Group{
		ID: FFDHE2048, Name: "ffdhe2048", Min: VersionSSL30, FiniteField: true,
		ShareSize: 256, AnswerSize: 256, SecretSize: 256, seedSize: 29, exchange: ffdhe(2048, 560316),
	}
	groupFFDHE3072 = &Group{
		ID: FFDHE3072, Name: "ffdhe3072", Min: VersionSSL30, FiniteField: true,
		ShareSize: 384, AnswerSize: 384, SecretSize: 384, seedSize: 35, exchange: ffdhe(3072, 2625351),
	}
	groupFFDHE4096 = &Group{
		ID: FFDHE4096, Name: "ffdhe4096", Min: VersionSSL30, FiniteField: true,
		ShareSize: 512, AnswerSize: 512, SecretSize: 512, seedSize: 41, exchange: ffdhe(4096, 5736041),
	}
	groupFFDHE6144 = &Group{
		ID: FFDHE6144, Name: "ffdhe6144", Min: VersionSSL30, FiniteField: true,
		ShareSize: 768, AnswerSize: 768, SecretSize: 768, seedSize: 47, exchange: ffdhe(6144, 15705020),
	}
	groupFFDHE8192 = &Group{
		ID: FFDHE8192, Name: "ffdhe8192", Min: VersionSSL30, FiniteField: true,
		ShareSize: 1024, AnswerSize: 1024, SecretSize: 1024, seedSize: 51, exchange: ffdhe(8192, 10965728),
	}
	groupMLKEM768 = &Group{
		ID: MLKEM768, Name: "MLKEM768", Min: VersionTLS13, PostQuantum: true,
		ShareSize: mlkem768EK, AnswerSize: mlkem768CT, SecretSize: mlkem.SharedKeySize,
		seedSize: mlkem.SeedSize, exchange: alone{kem768{}},
	}
	groupMLKEM1024 = &Group{
		ID: MLKEM1024, Name: "MLKEM1024", Min: VersionTLS13, PostQuantum: true,
		ShareSize: mlkem1024EK, AnswerSize: mlkem1024CT, SecretSize: mlkem.SharedKeySize,
		seedSize: mlkem.SeedSize, exchange: alone{kem1024{}},
	}
	// The order of the halves differs: ML-KEM is first with X25519, last with the NIST curves, so that in each the half
	// that FIPS approves of comes first (draft-ietf-tls-ecdhe-mlkem, Section 4).
	groupX25519MLKEM768 = &Group{
		ID: X25519MLKEM768, Name: "X25519MLKEM768", Min: VersionTLS13, PostQuantum: true,
		ShareSize: mlkem768EK + 32, AnswerSize: mlkem768CT + 32, SecretSize: mlkem.SharedKeySize + 32,
		seedSize: 32 + mlkem.SeedSize, exchange: hybrid{groupX25519, kem768{}, kemFirst},
	}
	groupP256MLKEM768 = &Group{
		ID: SecP256r1MLKEM768, Name: "SecP256r1MLKEM768", Min: VersionTLS13, PostQuantum: true,
		ShareSize: 65 + mlkem768EK, AnswerSize: 65 + mlkem768CT, SecretSize: 32 + mlkem.SharedKeySize,
		seedSize: 32 + extraSeed + mlkem.SeedSize, exchange: hybrid{groupP256, kem768{}, curveFirst},
	}
	groupP384MLKEM1024 = &Group{
		ID: SecP384r1MLKEM1024, Name: "SecP384r1MLKEM1024", Min: VersionTLS13, PostQuantum: true,
		ShareSize: 97 + mlkem1024EK, AnswerSize: 97 + mlkem1024CT, SecretSize: 48 + mlkem.SharedKeySize,
		seedSize: 48 + extraSeed + mlkem.SeedSize, exchange: hybrid{groupP384, kem1024{}, curveFirst},
	}
)
