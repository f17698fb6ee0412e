package handshake

import (
	"bytes"
	"hash"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// A Context is what lasts from state to state of one handshake: who we are, how it was configured, the transcript, and
// the report of what has been agreed. The states themselves hold everything else.
type Context struct {
	lasting
	random           randomness
	transcript       Transcript
	incoming         []byte           // the message being handled, until it enters the transcript
	body             wire.String      // of the message being parsed: here, because a variable would be an allocation
	asked            ExtensionSet     // extensions of our hello: what the peer may answer
	info             *Info            // the report, until it is handed over
	hello            *ClientHelloInfo // on servers, what the client said
	resumed          *Session         // what is resumed; nil in a full handshake
	keepsake         keepsake         // before TLS 1.3: what is given to be resumed by later
	early            earlyBudget
	aside            exchange13      // what goes on beside a connected state of TLS 1.3; nil if nothing does
	helloVersion     cipher.Version  // of the ClientHello
	offeredFragments uint8           // max_fragment_length of our hello; 0 without
	recordLimit      uint16          // clients: the server's limit on protected records of TLS 1.3; 0: none
	ownType          CertificateType // of our certificate, as agreed on
	peerType         CertificateType // of the peer's
	disguised        bool            // a client has sent its ChangeCipherSpec
	tickets          bool            // a server gives tickets
	nextProtocol     bool            // next protocol negotiation was agreed on
	overlaps         bool            // data of the connection before may still come, until the peer changes its keys
	unpinned         *Params         // in another handshake on a connection, the configuration without what must stay; else nil
	rejected         *ECHRejection   // clients: the encrypted hello was not accepted
	retryConfigs     []byte          // servers: what clients are told whose hello could not be opened
	opened           *openedHello    // servers: the encrypted hello that was opened
	sum              [cipher.MaxHashSize]byte
}

// lasting is the part of a Context that outlives the handshake.
type lasting struct {
	role     Role
	params   *Params
	options  *Options
	form     *Form
	dialect  *dialect    // of a version before TLS 1.3, once it is chosen
	unhashed MessageSet  // messages that do not enter the transcript
	auth     *postAuth13 // for authentication after the handshake, if the client of TLS 1.3 has offered it; else nil
	previous *running12  // the connection before TLS 1.3 that runs; nil in its first handshake
}

// hashes tells whether messages of this type enter the transcript.
func (c *Context) hashes(t MessageType) bool { return !c.unhashed.Has(t) }

// flushIncoming puts the message being handled into the transcript, unless it is there already. A received message
// enters it at the first of: the handler asks for the hash through it, the handler sends, the handler returns.
func (c *Context) flushIncoming() {
	if c.incoming != nil {
		c.transcript.Add(c.incoming)
		c.incoming = nil
	}
}

// hashBefore returns the hash of everything before the message being handled. It is valid until the next hash is taken.
func (c *Context) hashBefore() []byte { return c.transcript.Sum(c.sum[:0]) }

// hashThrough returns the hash of everything through the message being handled. It is valid until the next hash is
// taken.
func (c *Context) hashThrough() []byte {
	c.flushIncoming()
	return c.transcript.Sum(c.sum[:0])
}

// runningBefore returns the running hash of everything before the message being handled: to be read or copied, and to be
// left as it is.
func (c *Context) runningBefore() hash.Hash { return c.transcript.running }

// runningThrough is runningBefore with the message being handled.
func (c *Context) runningThrough() hash.Hash {
	c.flushIncoming()
	return c.transcript.running
}

// startTranscript chooses the hash of the transcript.
func (c *Context) startTranscript(h cipher.Hash) { c.transcript.Start(h) }

// logSecret hands a secret to the key log.
func (c *Context) logSecret(label string, secret []byte) {
	if c.options.KeyLog != nil {
		own := bytes.Clone(secret) // so that secrets stay on the stack when nobody looks
		c.options.KeyLog(label, c.info.ClientRandom[:], own)
		clear(own)
	}
}

// unexpected is the error for a message that the present state does not admit.
func unexpected(format string, args ...any) *record.Error {
	return record.Fail(record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage, format, args...)
}
