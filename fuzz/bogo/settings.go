package main

import "tlsengine/engine"

// settings are what the flags say about one connection. Fields are named for the flags; the table in flagtable.go is
// the only place that fills them.
type settings struct {
	// The process and its transport.
	port   int
	shimID uint64
	ipv6   bool
	server bool
	async  bool // the transport moves one byte at a time, and every question is first left open

	// What is said after the handshake.
	implicitHandshake       bool
	shimWritesFirst         bool
	shimInitialWrite        string
	repeatShimInitialWrite  int
	readWithUnfinishedWrite bool
	readSize                int
	shimShutsDown           bool
	checkCloseNotify        bool
	keyUpdate               bool
	sendAlert               bool
	peekThenRead            bool
	writeRecordSizes        bool
	noOpExtraHandshake      bool
	handshakeNeverDone      bool

	// Negotiation.
	minVersion, maxVersion int
	noTLS13, noTLS12       bool
	noTLS11, noTLS10       bool
	serverPreference       bool
	cipher                 string
	policy                 *engine.Policy
	longKeysFirst          bool
	fallbackSCSV           bool
	psk, pskIdentity       string
	curves                 []int
	curvesFlags            []int
	keyShares              []int
	noKeyShares            bool
	serverGroupsHint       []int
	verifyPrefs            []int
	maxSendFragment        int
	maxCertList            int
	noLegacyServerConnect  bool
	renegotiateIgnore      bool
	renegotiateFreely      bool
	renegotiateOnce        bool
	renegotiateExplicit    bool
	advertiseNPN           string
	advertiseEmptyNPN      bool
	selectNextProto        string
	selectEmptyNextProto   bool
	forbidRenegotiation    bool // once the handshake is done
	exportBetweenReads     bool

	// Sessions.
	resumeCount           int
	resumptionDelay       int
	noTicket              bool
	falseStart            bool
	falseStartWithoutALPN bool
	handshakeTwice        bool

	enableEarlyData bool

	earlyWriteAfterMessage int // the type of one of the server's messages
	reverifyOnResume       bool

	useTicketCallback bool
	renewTicket       bool
	skipTicket        bool

	// Credentials.
	fallback                 credentialSettings   // comes last
	further                  []credentialSettings // each begun by a flag
	installCompressions      bool
	installCompression       int
	acceptedTypes            []int
	availableTypes           []int
	enableGREASE             bool
	permuteExtensions        bool
	useOCSPCallback          bool
	setOCSPInCallback        bool
	declineOCSPCallback      bool
	failOCSPCallback         bool
	useEarlyCallback         bool
	failEarlyCallback        bool
	installDDoSCallback      bool
	failDDoSCallback         bool
	failCertCallback         bool
	useOldClientCertCallback bool

	// The peer's certificate.
	verifyPeer                  bool
	requireAnyClientCertificate bool
	useCustomVerifyCallback     bool
	verifyFail                  bool
	useClientCAList             string
	enableOCSPStapling          bool
	enableSCTs                  bool

	// Names.
	hostName        string
	advertiseALPN   string
	selectALPN      string
	declineALPN     bool
	rejectALPN      bool
	selectEmptyALPN bool

	noServerNameAck  bool
	allowUnknownALPN bool

	ech echSettings

	// Keying material to export and send.
	exportKeyingMaterial int
	exportLabel          string
	exportContext        string
	useExportContext     bool
	exportTrafficSecrets bool
	tlsUnique            bool

	expected
}

// credentialSettings are what the flags say about one credential.
type credentialSettings struct {
	keyFile, certFile string
	signingPrefs      []int
	mustMatchIssuer   bool
	kind              credentialKind
	delegated         string
	staple, scts      string
	importer          importSettings
}

// importSettings are what a PSK of TLS 1.3 is made of (RFC 9258).
type importSettings struct {
	key, identity, context string
	sha384                 bool
}

// credentialKind is what a credential is made of.
type credentialKind int

const (
	x509Credential credentialKind = iota
	delegatedCredential
	rawKeyCredential
	pskCredential
)

// credential returns the settings of the credential that flags are about now.
func (s *settings) credential() *credentialSettings {
	if n := len(s.further); n > 0 {
		return &s.further[n-1]
	}
	return &s.fallback
}

// expected is what the flags want to see afterwards.
type expected struct {
	version                int
	cipher                 int
	cipherAES, cipherNoAES int
	curveID                int
	peerSignatureAlgorithm int
	peerVerifyPrefs        []int
	hrr, noHRR             bool
	ems                    bool
	secureRenegotiation    bool
	nextProto              string
	noNextProto            bool
	totalRenegotiations    int
	noSecureRenegotiation  bool
	serverName             string
	noServerName           bool
	alpn                   string
	advertisedALPN         string
	verifyResult           bool
	peerCertFile           string
	noPeerCert             bool
	selectedCredential     *int
	clientCAList           string
	trace                  string
	certificateTypes       string
	sessionMiss            bool
	sessionID, noSessionID bool
	noSession              bool
	ticketRenewal          bool
	ticketAgeSkew          int
	ticketEarlyData        bool
	notAcrossNames         bool
	acceptEarlyData        bool
	rejectEarlyData        bool
	noOfferEarlyData       bool
	earlyDataReason        string
	staple, scts           string
	peerType               *int
	peerKeyHash            string
	ech                    echExpected
}

// allSettings are those of a test's connections: the first, the later ones, and the second attempt of a client whose
// early data was refused.
type allSettings struct{ initial, resume, retry settings }

func newSettings() settings {
	return settings{shimInitialWrite: "hello", repeatShimInitialWrite: 1, readSize: 512}
}
