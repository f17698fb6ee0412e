package x509lite

import (
	"fmt"
	"sync"
	"testing"
)

// TestSharedByGoroutines: fresh certificates, a pool and a cache used from several goroutines at once (the race detector looks).
func TestSharedByGoroutines(t *testing.T) {
	root, middle, leaf := benchChain(t)
	pool, cache := poolOf(root), &memory{}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			o := &VerifyOptions{Roots: pool, Intermediates: certsOf(middle), Time: testNow, Hostname: "www.example.org", Signatures: cache}
			if _, err := Verify(leaf.cert, o); err != nil {
				t.Error(err)
			}
			touch(leaf.cert)
		})
	}
	wait.Wait()
}

// TestLongKeysCostMore: a peer can't have a hundred signatures of the longest keys checked.
func TestLongKeysCostMore(t *testing.T) {
	k, err := GenerateKey(KeyRSA4096, nil)
	if err != nil {
		t.Fatal(err)
	}
	if short, long := signatureCost(mustKey(t).Public()), signatureCost(k.Public()); short != 1 || long != 2 {
		t.Errorf("P-256 costs %d, RSA-4096 %d", short, long)
	}
}

func Example() {
	// A root and a server certificate under it, as a function of seeds.
	rootKey, _ := GenerateKey(KeyP256, []byte("the seed of the root's key, 32 bytes"))
	root := &Template{Subject: NewName("Example Root", ""), IsCA: true, NotBefore: testBegin, NotAfter: testEnd}
	rootDER, _ := root.Sign(nil, rootKey.Public(), rootKey, nil)
	rootCert, _ := ParseCertificate(rootDER)

	key, _ := GenerateKey(KeyP256, nil)
	server := &Template{Subject: NewName("www.example.org", ""), DNSNames: []string{"www.example.org"}, NotBefore: testBegin,
		NotAfter: testEnd}
	der, _ := server.Sign(rootCert, key.Public(), rootKey, nil)
	cert, _ := ParseCertificate(der)

	trusted := NewPool()
	trusted.Add(rootCert)
	verdict, err := Verify(cert, &VerifyOptions{Roots: trusted, Time: testNow, Hostname: "www.example.org"})
	fmt.Println(len(verdict.Chain), err)
	_, err = Verify(cert, &VerifyOptions{Roots: trusted, Time: testEnd.AddDate(0, 0, 1), Hostname: "www.example.org"})
	fmt.Println(err)
	// Output:
	// 2 <nil>
	// certificate "www.example.org": expired (valid until 2036-01-01 00:00:00 UTC)
}
