package bench

import (
	stdcipher "crypto/cipher"
	"crypto/tls"
	"fmt"
	"runtime"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/x509lite"
)

// bulkSuites are the AEADs in both versions, and what older peers have: CBC, whose "raw" is HMAC and CBC from the library.
var bulkSuites = []struct {
	name    string
	version cipher.Version
	suite   cipher.SuiteID
}{
	{"13-aes128", cipher.VersionTLS13, cipher.TLS_AES_128_GCM_SHA256},
	{"13-aes256", cipher.VersionTLS13, cipher.TLS_AES_256_GCM_SHA384},
	{"13-chacha", cipher.VersionTLS13, cipher.TLS_CHACHA20_POLY1305_SHA256},
	{"12-aes128", cipher.VersionTLS12, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
	{"12-aes256", cipher.VersionTLS12, cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	{"12-chacha", cipher.VersionTLS12, cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
	{"12-cbc-sha1", cipher.VersionTLS12, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	{"12-cbc-sha256", cipher.VersionTLS12, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256},
}

// A batch is what fits the input that a connection takes at once: four full records of any of the suites.
const (
	overhead   = 5 + 8 + 16 // of a record, at most
	batchBytes = 4 * (1<<14 + overhead)
)

// BenchmarkBulk sends and receives records of one size, without a transport: what is sent is taken out of Outgoing and thrown
// away, what is received was sealed before. The copy by which a transport would fill the input is nobody's time, neither ours nor
// that of the bare AEAD nor that of crypto/tls.
func BenchmarkBulk(b *testing.B) {
	for _, s := range bulkSuites {
		for _, n := range []int{64, 1024, 16384} {
			b.Run(fmt.Sprintf("%s/%d", s.name, n), func(b *testing.B) {
				r := newBulkRun(b, s.version, s.suite, n)
				r.measure(b)
			})
		}
	}
}

// bulkRun holds connections of one suite and what the variants took, for records of n bytes, count of them in a sample.
type bulkRun struct {
	b                 testing.TB
	n, count          int
	plain, buffer     []byte
	raw               rawProtection
	sender            *engine.Conn // whose output nobody reads
	from, to          *engine.Conn
	wire              []byte    // batch sealed by from
	stdSender         *tls.Conn // crypto/tls, whose output nobody reads
	stdOut            *pipeEnd
	stdFrom           *engine.Conn
	stdReceiver       *tls.Conn
	stdIn             *pipeEnd
	rawSeal, rawOpen  series
	write, space      series
	read, peek        series
	stdWrite, stdRead series
}

func newBulkRun(b testing.TB, v cipher.Version, suite cipher.SuiteID, n int) *bulkRun {
	c := newChain(b, x509lite.KeyP256)
	s := scenario{version: v, group: cipher.X25519}
	client, server := s.configs(c)
	client.Suites, server.Suites = []cipher.SuiteID{suite}, []cipher.SuiteID{suite}
	server.MinVersion, server.MaxVersion = v, v
	params := sides[*engine.Params]{freeze(b, client), freeze(b, server)}
	std := s.stdConfigs(c).server
	std.CipherSuites = []uint16{uint16(suite)}
	r := &bulkRun{
		b: b, n: n, count: batchBytes / (n + overhead), plain: make([]byte, n), buffer: make([]byte, n+1),
		raw: newRaw(b, suite, n), wire: make([]byte, 0, 2*batchBytes),
	}
	r.sender, _ = connect(b, params, nil)
	r.from, r.to = connect(b, params, nil)
	_, r.stdSender, r.stdOut = connectStdServer(b, params.client, std)
	r.stdOut.discard = true
	r.stdFrom, r.stdReceiver, r.stdIn = connectStdServer(b, params.client, std)
	return r
}

// measure runs rounds and reports.
func (r *bulkRun) measure(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	variants := inTurn{variants: []func(){
		r.sealRaw, r.openRaw, r.sendWrite, r.sendSpace, r.receivePeek, r.receiveRead, r.sendStd, r.receiveStd,
	}}
	for b.Loop() {
		variants.round()
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(r.n)/r.space.micros(r.count), "send-MB/s")
	b.ReportMetric(float64(r.n)/r.peek.micros(r.count), "receive-MB/s")
	b.ReportMetric(r.space.over(r.rawSeal), "space-x-raw")
	b.ReportMetric(r.write.over(r.rawSeal), "write-x-raw")
	b.ReportMetric(r.peek.over(r.rawOpen), "peek-x-raw")
	b.ReportMetric(r.read.over(r.rawOpen), "read-x-raw")
	b.ReportMetric(r.write.over(r.stdWrite), "write-x-tls")
	b.ReportMetric(r.read.over(r.stdRead), "read-x-tls")
	b.ReportMetric(r.allocations(), "allocs/record")
}

func (r *bulkRun) sealRaw() { r.rawSeal.timed(func() { r.raw.seal(r.count) }) }

func (r *bulkRun) openRaw() {
	r.raw.prepare(r.count)
	r.rawOpen.timed(func() { r.raw.open(r.count) })
}

func (r *bulkRun) sendWrite() {
	r.write.timed(func() {
		for range r.count {
			r.sender.Write(r.plain)
			r.sender.Sent(len(r.sender.Outgoing()))
		}
	})
}

func (r *bulkRun) sendSpace() {
	r.space.timed(func() {
		for range r.count {
			r.sender.Space()
			r.sender.Seal(r.n)
			r.sender.Sent(len(r.sender.Outgoing()))
		}
	})
}

// seal makes a batch for a receiver.
func (r *bulkRun) seal(from *engine.Conn) {
	r.wire = r.wire[:0]
	for range r.count {
		if from.Write(r.plain) != r.n {
			r.b.Fatal("not written")
		}
		out := from.Outgoing()
		r.wire = append(r.wire, out...)
		from.Sent(len(out))
	}
}

// receive feeds a batch and takes the data with take, which returns how much it got, 0 when there is none.
func (r *bulkRun) receive(s *series, take func() int) {
	r.seal(r.from)
	var total time.Duration
	var clock lapClock
	got := 0
	for rest := r.wire; len(rest) > 0; {
		clock.start()
		space := r.to.Buffer()
		clock.lap(&total)
		k := copy(space, rest)
		rest = rest[k:]
		clock.start()
		r.to.Commit(k)
		for n := take(); n > 0; n = take() {
			got += n
		}
		clock.lap(&total)
	}
	if got != r.n*r.count {
		r.b.Fatalf("received %d bytes in place of %d: %v", got, r.n*r.count, r.to.Err())
	}
	s.add(total)
}

func (r *bulkRun) receivePeek() {
	r.receive(&r.peek, func() int {
		n := len(r.to.Peek())
		r.to.Discard(n)
		return n
	})
}

func (r *bulkRun) receiveRead() {
	r.receive(&r.read, func() int { return r.to.Read(r.buffer) })
}

func (r *bulkRun) sendStd() {
	r.stdWrite.timed(func() {
		for range r.count {
			r.stdSender.Write(r.plain)
		}
	})
}

func (r *bulkRun) receiveStd() {
	r.seal(r.stdFrom)
	in := r.stdIn
	in.in.put(r.wire)
	in.busy = 0
	in.clock.start()
	for got := 0; got < r.n*r.count; {
		n, err := r.stdReceiver.Read(r.buffer)
		check(r.b, err)
		got += n
	}
	in.clock.lap(&in.busy)
	r.stdRead.add(in.busy)
}

// allocations counts what a record sent and received allocates.
func (r *bulkRun) allocations() float64 {
	r.write, r.space, r.peek, r.read = make(series, 0, 1000), make(series, 0, 1000), make(series, 0, 1000), make(series, 0, 1000)
	all := testing.AllocsPerRun(20, func() {
		r.sendWrite()
		r.sendSpace()
		r.receivePeek()
		r.receiveRead()
	})
	return all / float64(4*r.count)
}

// rawProtection is the cryptography of records alone.
type rawProtection interface {
	seal(count int)    // that many records
	prepare(count int) // so many to be opened
	open(count int)
}

func newRaw(b testing.TB, id cipher.SuiteID, n int) rawProtection {
	if cipher.SuiteByID(id).Bulk.IsAEAD() {
		return newRawAEAD(b, id, n)
	}
	return newRawCBC(b, id, n)
}

// rawAEAD seals and opens records' contents with the AEAD alone: n bytes, in TLS 1.3 with the content type behind them.
type rawAEAD struct {
	b      testing.TB
	aead   stdcipher.AEAD
	aad    []byte
	nonce  []byte
	inner  int
	stride int
	sealed []byte // a batch
	work   []byte
}

func newRawAEAD(b testing.TB, id cipher.SuiteID, n int) *rawAEAD {
	suite := cipher.SuiteByID(id)
	r := &rawAEAD{b: b, nonce: make([]byte, 12), aad: make([]byte, 13), inner: n}
	if suite.Min == cipher.VersionTLS13 {
		r.inner, r.aad = n+1, r.aad[:5]
	}
	var err error
	r.aead, err = suite.Bulk.New(make([]byte, suite.Bulk.KeyLen))
	check(b, err)
	r.stride = r.inner + overhead
	r.work = make([]byte, 2*batchBytes)
	r.sealed = make([]byte, 2*batchBytes)
	for i := range batchBytes / (n + overhead) {
		at := r.sealed[i*r.stride:]
		r.aead.Seal(at[:0], r.nonceOf(i), at[:r.inner], r.aad)
	}
	return r
}

func (r *rawAEAD) nonceOf(i int) []byte {
	r.nonce[11], r.nonce[10] = byte(i), byte(i>>8)
	return r.nonce
}

func (r *rawAEAD) seal(count int) {
	for i := range count {
		r.aead.Seal(r.work[:0], r.nonceOf(i), r.work[:r.inner], r.aad)
	}
}

func (r *rawAEAD) prepare(count int) { copy(r.work, r.sealed[:count*r.stride]) }

func (r *rawAEAD) open(count int) {
	for i := range count {
		at := r.work[i*r.stride:][:r.inner+16]
		if _, err := r.aead.Open(at[:0], r.nonceOf(i), at, r.aad); err != nil {
			r.b.Fatal(err)
		}
	}
}
