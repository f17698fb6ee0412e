package handshake

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

var updateGraph = flag.Bool("update-graph", false, "write testdata/graph.txt anew")

// TestGraphPrints compares the printed graph with testdata/graph.txt, where it is to be read.
func TestGraphPrints(t *testing.T) {
	const name = "testdata/graph.txt"
	var got bytes.Buffer
	if err := WriteGraph(&got); err != nil {
		t.Fatal(err)
	}
	if *updateGraph {
		if err := os.WriteFile(name, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the graph is not that of %s; if it is meant to be, run the test with -update-graph", name)
	}
}

// TestGraphHasEveryState finds the states in the package's source, by their method Name, and in the table.
func TestGraphHasEveryState(t *testing.T) {
	inTable := map[string]bool{}
	for _, n := range graph() {
		if inTable[n.State.Name()] {
			t.Errorf("%s is in the graph twice", n.State.Name())
		}
		inTable[n.State.Name()] = true
	}
	inSource := stateNames(t)
	delete(inSource, "closed") // a connection that nobody uses any more: no message leads there
	if !maps.Equal(inTable, inSource) {
		t.Errorf("the graph has  %v\nthe source has %v", slices.Sorted(maps.Keys(inTable)), slices.Sorted(maps.Keys(inSource)))
	}
}

// stateNames returns what the methods of the form "func (T) Name() string { return literal }" return.
func stateNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Name" || len(f.Body.List) != 1 {
				continue
			}
			if literal, ok := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(literal.Value)
				names[name] = true
			}
		}
	}
	return names
}

// TestGraphAgreesWithStates walks the table: each edge leads to a state that is there and begins with a message that its
// state expects, each message that a state expects has an edge, and every state but the first ones can be reached.
func TestGraphAgreesWithStates(t *testing.T) {
	reached := map[string]bool{"client.Start": true, "server.WaitClientHello": true}
	names := map[string]bool{}
	for _, n := range graph() {
		names[n.State.Name()] = true
		for _, e := range n.Edges {
			if e.To != n.State.Name() {
				reached[e.To] = true
			}
		}
	}
	if !maps.Equal(names, reached) {
		t.Errorf("the states are %v\nreached are    %v", slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(reached)))
	}
	for _, n := range graph() {
		checkNode(t, n)
	}
}

func checkNode(t *testing.T, n graphNode) {
	t.Helper()
	var on []MessageType
	ifs := map[MessageType]int{}
	for _, e := range n.Edges {
		if e.On != pseudoStart && e.On != pseudoAnswer {
			on = append(on, e.On)
		}
		ifs[e.On]++
	}
	for _, e := range n.Edges {
		if (ifs[e.On] > 1) != (e.If != "") {
			t.Errorf("%s: the edge on %s to %s has the condition %q, and %d edges begin with the same", n.State.Name(), edgeLabel(e.On), e.To, e.If, ifs[e.On])
		}
	}
	if got := n.State.Expects(); got != Messages(on...) {
		t.Errorf("%s expects %v, the graph has edges for %v", n.State.Name(), got, Messages(on...))
	}
	_, asks := n.State.(waitingState)
	_, starts := n.State.(*clientStart)
	if _, asks := n.State.(certificateRequester); asks {
		starts = true
	}
	if _, again := n.State.(renegotiator); again {
		starts = true
	}
	if asks != (ifs[pseudoAnswer] > 0) || starts != (ifs[pseudoStart] > 0) {
		t.Errorf("%s asks %v, starts %v; the graph has %d answers and %d starts", n.State.Name(), asks, starts, ifs[pseudoAnswer], ifs[pseudoStart])
	}
	if _, ends := n.State.(endState); ends != (len(n.Edges) == 0) {
		t.Errorf("nothing leads out of %s", n.State.Name())
	}
	if len(on) == 0 && n.State.Flow() != (Flow{}) {
		t.Errorf("%s lets data through while it waits for no message", n.State.Name())
	}
}

// transition is an edge as it was seen or declared.
type transition struct {
	from string
	on   MessageType
	to   string
}

func (x transition) String() string {
	return fmt.Sprintf("%s -- %s -> %s", x.from, edgeLabel(x.on), x.to)
}

func declared() map[transition]bool {
	all := map[transition]bool{}
	for _, n := range graph() {
		for _, e := range n.Edges {
			all[transition{n.State.Name(), e.On, e.To}] = true
		}
	}
	return all
}

// TestGraphIsWhatMachinesDo runs connections of every configuration and compares the transitions that the two Machines
// make with the edges of the graph: none is missing on either side. In half of the connections each Machine is replaced
// by its clone before every step, and asked to go on before it has its answer.
func TestGraphIsWhatMachinesDo(t *testing.T) {
	seen := map[transition]bool{}
	runs := 0
	for _, s := range scenarios(t) {
		s.run(t, seen)
		runs++
	}
	for _, s := range resumptions12() {
		s.run(t, seen)
		runs++
	}
	for _, s := range resumptions13(t) {
		s.seen = seen
		s.check(t)
		runs++
	}
	greetBySSLv2(t, seen)
	negotiateNextProtocol(t, seen, func(*pairEnd) {})
	for _, s := range laterAuthentications(t) {
		s.run(t, seen)
		runs++
	}
	for _, s := range renegotiations(t) {
		s.run(t, seen)
		runs++
	}
	for _, s := range encryptions(t) {
		s.seen = seen
		s.check(t)
		runs++
	}
	t.Logf("%d connections, %d transitions", runs, len(seen))
	want := declared()
	for x := range seen {
		if !want[x] {
			t.Errorf("happens and is not in the graph: %v", x)
		}
	}
	for x := range want {
		if !seen[x] {
			t.Errorf("is in the graph and never happened: %v", x)
		}
	}
}

// greetBySSLv2 has a client begin in the format of SSL 2.0.
func greetBySSLv2(t *testing.T, seen map[transition]bool) {
	t.Helper()
	p := pairParams()
	p.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
	s := NewServer(p, &Options{})
	s.trace = func(from State, on MessageType, to State) { seen[transition{from.Name(), on, to.Name()}] = true }
	hello := append([]byte{1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0xc0, 0x2b}, make([]byte, 16)...)
	if _, err := s.SSLv2ClientHello(hello); err != nil {
		t.Fatal(err)
	}
}

// scenario is one configuration of both ends.
type scenario struct {
	version     cipher.Version
	retry       bool // the server wants a group for which the client sent no share
	cookie      bool
	auth        ClientAuth
	certificate bool // the client has one
	alpn        bool
	deferred    bool // answers come late, each step is made by a clone
	status      statusStory
	compressed  bool           // certificates are
	suite       cipher.SuiteID // the only one; 0: the usual ones
	hint        []byte         // which PSK to use
	ticket      bool           // the server gives one
	credential  *Credential
}

// statusStory is what becomes of a client's wish for an OCSP response.
type statusStory int

const (
	statusNotAsked statusStory = iota
	statusSent
	statusNotSent // although the server has acknowledged the wish
)

// scenarios returns all combinations that make sense.
func scenarios(t *testing.T) []scenario {
	credential := pairCredential(t, x509lite.KeyP256, 7)
	list := []scenario{{version: cipher.VersionTLS12}, {version: cipher.VersionTLS13}, {version: cipher.VersionTLS13, retry: true},
		{version: cipher.VersionTLS13, retry: true, cookie: true}}
	vary := func(change func(s *scenario)) {
		for _, s := range slices.Clone(list) {
			change(&s)
			list = append(list, s)
		}
	}
	asked := slices.Clone(list)
	for _, s := range asked {
		for _, auth := range []ClientAuth{AuthOptional, AuthRequired} {
			s.auth = auth
			list = append(list, s)
		}
	}
	for _, s := range slices.Clone(list[:2]) {
		for _, status := range []statusStory{statusSent, statusNotSent} {
			s.status = status
			list = append(list, s)
		}
	}
	for _, s := range slices.Clone(list) {
		if s.version == cipher.VersionTLS13 && !s.retry {
			s.compressed = true
			list = append(list, s)
		}
	}
	vary(func(s *scenario) { s.certificate = true })
	vary(func(s *scenario) { s.alpn = true })
	list = append(list, exchangeScenarios()...)
	list = append(list, sslScenarios()...)
	vary(func(s *scenario) { s.deferred = true })
	rsa := rsaCredential(t)
	for i := range list {
		list[i].credential = credential
		if id := list[i].suite; id != 0 && cipher.SuiteByID(id).Auth == cipher.AuthRSA {
			list[i].credential = rsa
		}
	}
	return list
}

// sslScenarios are those of SSL 3.0 in which it has states of its own.
func sslScenarios() (list []scenario) {
	for _, id := range []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA} {
		for _, certificate := range []bool{false, true} {
			list = append(list, scenario{version: cipher.VersionSSL30, suite: id, auth: AuthOptional, certificate: certificate})
		}
	}
	return list
}

// rsaCredential returns a credential with an RSA key, which can't be made from a seed.
func rsaCredential(t testing.TB) *Credential {
	t.Helper()
	identity := pki.New().Identities[x509lite.KeyRSA2048]
	c, err := NewCredential(identity.Chain, identity.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exchangeScenarios are connections with each key exchange before TLS 1.3, beside the usual one.
func exchangeScenarios() (list []scenario) {
	for _, id := range []cipher.SuiteID{
		cipher.TLS_RSA_WITH_AES_128_GCM_SHA256, cipher.TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, cipher.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
		cipher.TLS_DH_anon_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA, cipher.TLS_PSK_WITH_AES_128_GCM_SHA256,
		cipher.TLS_DHE_PSK_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
	} {
		x := exchangeOf(cipher.SuiteByID(id))
		s := scenario{version: cipher.VersionTLS12, suite: id}
		list = append(list, s)
		s.ticket = true
		list = append(list, s)
		if x.psk {
			s.hint = []byte("hint")
			list = append(list, s)
		}
		if !x.certificate {
			continue
		}
		for _, status := range []statusStory{statusSent, statusNotSent} {
			s.status = status
			list = append(list, s)
		}
		s.auth = AuthOptional
		list = append(list, s)
		s.hint, s.certificate = nil, true
		list = append(list, s)
		s.certificate, s.ticket = false, false
		list = append(list, s)
		s.certificate = true
		s.status = statusNotAsked
		list = append(list, s)
	}
	return list
}

// run makes the connection and everything that may happen on it afterwards, and notes the transitions.
func (s scenario) run(t *testing.T, seen map[transition]bool) {
	t.Helper()
	c, v := newPair(t, s.params(), s.params(), s.before)
	for _, e := range []*pairEnd{c, v} {
		e.m.trace = func(from State, on MessageType, to State) {
			seen[transition{from.Name(), on, to.Name()}] = true
		}
	}
	c.m.c.params.Credentials = nil
	if s.certificate {
		c.m.c.params.Credentials = []*Credential{s.credential}
	}
	if s.status == statusNotSent {
		v.m.c.options.Shape = func(m Message) {
			if sh, ok := m.(*ServerHello); ok && s.version == cipher.VersionTLS12 {
				sh.Extensions.Add(ExtStatusRequest)
			}
		}
	}
	if s.retry {
		v.m.c.params.Groups = v.m.c.params.Groups[1:]
	}
	err := c.start()
	hello := slices.Clone(v.inbox[0])
	if err == nil {
		err = c.settle()
	}
	if refused := s.auth == AuthRequired && !s.certificate; refused {
		if err == nil || v.done != nil {
			t.Errorf("%+v: the server goes on without a certificate", s)
		}
		return
	}
	if err != nil || c.done == nil || v.done == nil {
		t.Errorf("%+v: error %v; states %s and %s", s, err, c.m.State().Name(), v.m.State().Name())
		return
	}
	s.after(c, v, hello)
	if err := c.settle(); err != nil {
		t.Errorf("%+v: after the handshake: %v", s, err)
	}
}

// after puts into both inboxes what may come once connected.
func (s scenario) after(c, v *pairEnd, hello []byte) {
	add := func(e *pairEnd, m Message) {
		whole, err := appendMessage(nil, m, e.m.c.form)
		if err != nil {
			e.t.Fatal(err)
		}
		e.inbox = append(e.inbox, whole)
	}
	switch s.version {
	case cipher.VersionSSL30:
		return // a refusal ends it
	case cipher.VersionTLS12:
		add(c, &HelloRequest{})
		v.inbox = append(v.inbox, hello)
		return
	}
	add(c, &NewSessionTicket{Lifetime: 1, Ticket: []byte{1}})
	add(c, &KeyUpdate{Request: true})
	add(v, &KeyUpdate{})
}

func (s scenario) params() *Params {
	p := pairParams()
	p.Versions = []cipher.Version{s.version}
	p.ClientAuth, p.RetryCookie = s.auth, s.cookie
	p.Credentials = []*Credential{s.credential}
	if s.status != statusNotAsked {
		p.Stapling = StaplingReported
	}
	if s.status == statusSent {
		p.Credentials[0], _ = s.credential.WithStaples([]byte("response"))
	}
	if s.compressed {
		p.CertificateCompression = []*CertificateCompression{ZlibCompression()}
	}
	p.MinDHBits, p.DHGroup = 2048, cipher.GroupByID(cipher.FFDHE2048)
	if s.ticket {
		p.Tickets, p.SessionLifetime = &memory{}, time.Hour
		p.NewSession = func(*Session, any) {}
	}
	if s.suite != 0 {
		p.Suites = []*cipher.Suite{cipher.SuiteByID(s.suite)}
		psk, err := NewPSK([]byte("name"), []byte("a key that both ends have"), cipher.SHA256)
		if err != nil {
			panic(err)
		}
		p.PSKs, p.PSKHint = []*PSK{psk}, s.hint
	}
	if s.alpn {
		p.Protocols = []string{"h2", "http/1.1"}
	}
	return p
}

// before makes a deferred scenario hard: nothing may happen before the answer, and a clone must do as well.
func (s scenario) before(e *pairEnd) {
	if _, ok := e.m.State().(*server13WaitCertificate); ok && s.compressed && s.auth == AuthOptional {
		s.compressNothing(e)
	}
	if !s.deferred {
		return
	}
	trace := e.m.trace
	old := e.m
	e.m = old.Clone()
	e.m.trace = trace
	old.Close()
	if op := e.m.Operation(); op == nil || op.Answered() {
		return
	}
	for _, step := range []func() (*Flight, error){e.m.Next, e.m.Resume} {
		if f, err := step(); f != nil || err != nil {
			e.t.Errorf("state %s goes on without an answer: %v, %v", e.m.State().Name(), f, err)
		}
	}
}

// compressNothing shows to a clone what a client may do that ours doesn't: to say in compressed form that it has no certificate.
func (s scenario) compressNothing(e *pairEnd) {
	e.t.Helper()
	m, err := compress(&Certificate{}, ZlibCompression())
	if err != nil {
		e.t.Fatal(err)
	}
	whole, err := appendMessage(nil, m, Form13)
	if err != nil {
		e.t.Fatal(err)
	}
	other := e.m.Clone()
	defer other.Close()
	other.trace = e.m.trace
	other.Fragment(whole)
	if _, err := other.Next(); err != nil {
		e.t.Error(err)
	}
}

// TestHelloRequestIsIgnored sends one to a client in each state that awaits a message of a handshake before TLS 1.3: no
// transition follows and the transcript stays what it is.
func TestHelloRequestIsIgnored(t *testing.T) {
	ignored := map[string]bool{}
	request := []byte{byte(TypeHelloRequest), 0, 0, 0}
	before := func(e *pairEnd) {
		if e.m.c.role == ServerRole || e.m.Operation() != nil || e.done != nil {
			return
		}
		e.m.Fragment(request)
		if f, err := e.m.Next(); f != nil || err != nil {
			t.Errorf("%s: HelloRequest has effects %v, error %v", e.m.State().Name(), f, err)
		}
		ignored[e.m.State().Name()] = true
	}
	p256 := pairCredential(t, x509lite.KeyP256, 7)
	for _, s := range []scenario{
		{version: cipher.VersionTLS12, status: statusSent, credential: p256},
		{version: cipher.VersionTLS12, auth: AuthRequired, certificate: true, status: statusSent, credential: p256},
		{version: cipher.VersionTLS12, suite: cipher.TLS_PSK_WITH_AES_128_GCM_SHA256, credential: p256},
	} {
		c, _ := newPair(t, s.params(), s.params(), before)
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		if err := c.settle(); err != nil || c.done == nil {
			t.Fatalf("%+v: %v in %s", s, err, c.m.State().Name())
		}
	}
	for _, s := range resumptions12() {
		s.before = before
		s.run(t, nil)
	}
	for _, n := range graph() {
		if _, ok := n.State.(helloRequestIgnorer); ok != ignored[n.State.Name()] {
			t.Errorf("%s is marked %v, was seen to ignore %v", n.State.Name(), ok, ignored[n.State.Name()])
		}
	}
}

// TestGraphIsThatOfTheRFCs folds the states that wait for an answer and compares the rest with testdata/graph-rfc.txt.
func TestGraphIsThatOfTheRFCs(t *testing.T) {
	rfc := readRFCGraph(t)
	got := map[transition]bool{}
	flows := map[string]string{}
	for _, n := range graph() {
		name := n.State.Name()
		if _, ok := n.State.(helloRequestIgnorer); ok {
			got[transition{name, TypeHelloRequest, name}] = true
		}
		if f := n.State.Flow(); f != (Flow{}) {
			flows[name] = strings.ReplaceAll(f.Read.String(), " ", "-") + " " + strings.ReplaceAll(f.Write.String(), " ", "-")
		}
		for _, e := range n.Edges {
			if e.On == pseudoAnswer || e.On == pseudoStart || e.On == PseudoSSLv2ClientHello {
				continue // the last stands for a ClientHello, and leads where one leads that offers no TLS 1.3
			}
			for _, to := range folded(e.To) {
				got[transition{name, e.On, to}] = true
			}
		}
	}
	for x := range got {
		if !rfc.edges[x] && !rfc.apart[x] {
			t.Errorf("the RFCs don't have %v", x)
		}
	}
	for x := range rfc.edges {
		if !got[x] {
			t.Errorf("only the RFCs have %v", x)
		}
	}
	for x := range rfc.later {
		if got[x] {
			t.Errorf("is there and still marked as later: %v", x)
		}
	}
	if !maps.Equal(flows, rfc.flows) {
		t.Errorf("data flows in %v, by the RFCs in %v", flows, rfc.flows)
	}
}

// folded returns the states that wait for a message into which name leads by answers alone, name itself if it is one.
func folded(name string) []string { return foldedBut(name, map[string]bool{}) }

// foldedBut is folded without what leads through a state that was passed already.
func foldedBut(name string, passed map[string]bool) []string {
	if passed[name] {
		return nil
	}
	passed[name] = true
	for _, n := range graph() {
		if n.State.Name() != name {
			continue
		}
		if _, ok := n.State.(waitingState); !ok {
			return []string{name}
		}
		var all []string
		for _, e := range n.Edges {
			all = append(all, foldedBut(e.To, passed)...)
		}
		return all
	}
	return nil
}

// rfcGraph is what testdata/graph-rfc.txt says, under our names.
type rfcGraph struct {
	edges, later, apart map[transition]bool
	flows               map[string]string
}

func readRFCGraph(t *testing.T) rfcGraph {
	t.Helper()
	text, err := os.ReadFile("testdata/graph-rfc.txt")
	if err != nil {
		t.Fatal(err)
	}
	g := rfcGraph{map[transition]bool{}, map[transition]bool{}, map[transition]bool{}, map[string]string{}}
	names := map[string]string{}
	ours := func(name string) string {
		if names[name] == "" {
			t.Fatalf("graph-rfc.txt: %s is not named", name)
		}
		return names[name]
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "name" && len(f) == 3:
			names[f[1]] = f[2]
		case f[0] == "edge" && len(f) == 4:
			g.edges[transition{ours(f[1]), typeNamed(t, f[2]), ours(f[3])}] = true
		case f[0] == "stay" && len(f) == 3:
			g.edges[transition{ours(f[1]), typeNamed(t, f[2]), ours(f[1])}] = true
		case f[0] == "apart" && len(f) == 4:
			g.apart[transition{ours(f[1]), typeNamed(t, f[2]), ours(f[3])}] = true
		case f[0] == "later" && len(f) == 4:
			g.later[transition{ours(f[1]), typeNamed(t, f[2]), ours(f[3])}] = true
		case f[0] == "flow" && len(f) == 4:
			g.flows[ours(f[1])] = f[2] + " " + f[3]
		default:
			t.Fatalf("graph-rfc.txt: %q", line)
		}
	}
	return g
}

func typeNamed(t *testing.T, name string) MessageType {
	t.Helper()
	if name == "HelloRetryRequest" {
		return TypeServerHello // RFC 8446, Section 4.1.4: the same message with a special random
	}
	for m := range PseudoNoCertificateWarning + 1 {
		if m.String() == name {
			return m
		}
	}
	t.Fatalf("graph-rfc.txt: no message is named %s", name)
	return 0
}
