package x509lite

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"tlsengine/fuzz/peers"
)

// loadVariable makes the test binary load trusted certificates as loaders says, print what it cost, and end.
const loadVariable = "X509LITE_TEST_LOAD"

// TestMain is for BenchmarkSystemStore's children; see loadVariable.
func TestMain(m *testing.M) {
	if load := loaders[os.Getenv(loadVariable)]; load != nil {
		if err := json.NewEncoder(os.Stdout).Encode(measure(load)); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// systemDirectory is where SystemCertPool looks besides the file.
const systemDirectory = "/etc/ssl/certs"

// loaders are the ways to load the system's trusted certificates. Each returns how many there are, and what keeps them alive.
var loaders = map[string]func() (int, any){
	// crypto/x509 reads the file and, whether there was one or not, each file of the directory. It keeps the certificates unparsed.
	"crypto-x509, all parsed": func() (int, any) {
		pool, err := x509.SystemCertPool()
		if err != nil {
			panic(err)
		}
		return parseAll(pool), pool
	},
	// What sslsock does: the file alone, every certificate checked. (The directory, which holds the same, is looked into on demand.)
	"x509lite": func() (int, any) { return loadFiles(bundlePath) },
	// The same and every certificate's key decoded, which crypto/x509's parser does too.
	"x509lite, keys": func() (int, any) {
		n, pool := loadFiles(bundlePath)
		for _, c := range pool.All() {
			c.PublicKey()
		}
		return n, pool
	},
	// The same and all files that crypto/x509 reads: what differs is the work per file and certificate alone.
	"x509lite, keys, directory": func() (int, any) {
		files := []string{bundlePath}
		entries, _ := os.ReadDir(systemDirectory)
		for _, e := range entries {
			path := filepath.Join(systemDirectory, e.Name())
			if target, err := os.Readlink(path); err != nil || filepath.Base(target) != target {
				files = append(files, path)
			}
		}
		n, pool := loadFiles(files...)
		for _, c := range pool.All() {
			c.PublicKey()
		}
		return n, pool
	},
}

func loadFiles(paths ...string) (int, *Pool) {
	pool := NewPool()
	for _, path := range paths {
		if text, err := os.ReadFile(path); err == nil {
			pool.AddPEM(text)
		}
	}
	return pool.Len(), pool
}

// parseAll makes a pool of crypto/x509 parse every certificate that it has, and returns how many subjects that are. It parses
// when it looks for an issuer; the certificate that asks for one here is signed by an algorithm that there isn't, so that nothing
// else is computed.
func parseAll(pool *x509.CertPool) int {
	//lint:ignore SA1019 where this runs, the system's pool has its certificates' subjects
	subjects := pool.Subjects()
	for _, subject := range subjects {
		child := x509.Certificate{Raw: []byte{0}, RawIssuer: subject, NotBefore: testNow, NotAfter: testNow}
		if _, err := child.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: testNow}); err == nil {
			panic("a certificate without a signature is valid")
		}
	}
	return len(subjects)
}

// loadCost is what loading cost.
type loadCost struct {
	Certificates int
	Time         time.Duration
	Bytes        uint64 // allocated
	Allocations  uint64
	Kept         uint64 // bytes that are alive afterwards
}

func measure(load func() (int, any)) loadCost {
	var before, after, collected runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	n, store := load()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	runtime.GC()
	runtime.ReadMemStats(&collected)
	runtime.KeepAlive(store)
	return loadCost{n, took, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs,
		collected.HeapAlloc - before.HeapAlloc}
}

// BenchmarkSystemStore loads the system's trusted certificates, each time in a process of its own, for crypto/x509 does it once
// in a process, and a program at its start. ns/op is the median, and x-std how many times as long crypto/x509's median is, of the
// processes that ran by turns with these.
func BenchmarkSystemStore(b *testing.B) {
	systemBundle(b)
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		peers.Lack(b, "crypto/x509 leaves trust to the system here")
	}
	const standard = "crypto-x509, all parsed"
	for _, name := range []string{"x509lite", "x509lite, keys", "x509lite, keys, directory", standard} {
		b.Run(name, func(b *testing.B) {
			var ours, std []loadCost
			for b.Loop() {
				ours, std = append(ours, loadInChild(b, name)), append(std, loadInChild(b, standard))
			}
			cost, other := medianCost(ours), medianCost(std)
			if cost.Certificates == 0 {
				b.Fatal("no certificates")
			}
			b.ReportAllocs()
			b.ReportMetric(float64(cost.Certificates), "certificates")
			b.ReportMetric(float64(cost.Time.Nanoseconds()), "ns/op")
			b.ReportMetric(float64(cost.Bytes), "B/op")
			b.ReportMetric(float64(cost.Allocations), "allocs/op")
			b.ReportMetric(float64(cost.Kept), "kept-B")
			b.ReportMetric(float64(other.Time)/float64(cost.Time), "x-std")
		})
	}
}

// loadInChild runs one of the loaders in a fresh process.
func loadInChild(b *testing.B, name string) (cost loadCost) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), loadVariable+"="+name, "SSL_CERT_FILE="+bundlePath, "SSL_CERT_DIR="+systemDirectory)
	out, err := child.Output()
	if err == nil {
		err = json.Unmarshal(out, &cost)
	}
	if err != nil {
		b.Fatal(err)
	}
	return cost
}

func medianCost(costs []loadCost) loadCost {
	slices.SortFunc(costs, func(a, b loadCost) int { return int(a.Time - b.Time) })
	return costs[len(costs)/2]
}

// BenchmarkBundle is the text of the system's file alone, again and again in one process. x-std is to crypto/x509's pool with all of it
// parsed, x-append to AppendCertsFromPEM, which parses every certificate, throws the result away, and parses again when it is needed. Both
// are of medians, taken by turns.
func BenchmarkBundle(b *testing.B) {
	bundle := systemBundle(b)
	ours := func() { NewPool().AddPEM(bundle) }
	appended := func() { x509.NewCertPool().AppendCertsFromPEM(bundle) }
	parsed := func() {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(bundle)
		parseAll(pool)
	}
	for _, row := range []struct {
		name string
		load func()
	}{{"x509lite", ours}, {"crypto-x509, appended", appended}, {"crypto-x509, all parsed", parsed}} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			var costs [3][]loadCost
			for b.Loop() {
				costs[0] = append(costs[0], timed(row.load))
				b.StopTimer()
				costs[1], costs[2] = append(costs[1], timed(parsed)), append(costs[2], timed(appended))
				b.StartTimer()
			}
			own := float64(medianCost(costs[0]).Time)
			b.ReportMetric(float64(medianCost(costs[1]).Time)/own, "x-std")
			b.ReportMetric(float64(medianCost(costs[2]).Time)/own, "x-append")
		})
	}
}

func timed(load func()) loadCost {
	start := time.Now()
	load()
	return loadCost{Time: time.Since(start)}
}
