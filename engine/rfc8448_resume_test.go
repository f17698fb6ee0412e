package engine

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// traceEarlyData is what the ticket of RFC 8448, Section 3 allows, in bytes.
const traceEarlyData = 1024

// session returns the session of Section 3 as an end has it, written by hand as handshake/session_codec.go describes it. The age of
// its ticket is hidden in the trace: here it is 0, and what hides it is all that is seen.
func (tr *trace) session(t *testing.T, role handshake.Role, secret []byte, scope [32]byte) *handshake.Session {
	ticket, age := tr.identity()
	form := []byte{1, byte(role)}
	form = binary.BigEndian.AppendUint16(form, uint16(cipher.VersionTLS13))
	form = binary.BigEndian.AppendUint16(form, uint16(cipher.TLS_AES_128_GCM_SHA256))
	form = append(form, 1)
	form = appendVector(form, 1, secret)
	form = binary.BigEndian.AppendUint64(form, uint64(testTime.UnixMilli()))
	form = binary.BigEndian.AppendUint64(form, uint64(time.Hour.Milliseconds()))
	form = binary.BigEndian.AppendUint64(form, uint64(testTime.UnixMilli()))
	form = append(form, scope[:]...)
	form = appendVector(form, 2, []byte("server"))
	form = append(form, make([]byte, 1+2+2+3+3+3+2)...) // no protocol, group, scheme, key, chain, staple, SCTs
	form = appendVector(form, 2, ticket)
	form = append(form, age...)
	form = binary.BigEndian.AppendUint32(form, traceEarlyData)
	return parseSession(t, append(form, 0, 0))
}

// identity returns the ticket and the hidden age that the trace's client offers.
func (tr *trace) identity() (ticket, age []byte) {
	for _, x := range extensionsOf(tr.message("client", "ClientHello", 0), 4+2+32, 1, 2, 1) {
		if x.ID == handshake.ExtPreSharedKey {
			n := int(x.Body[2])<<8 | int(x.Body[3])
			return x.Body[4 : 4+n], x.Body[4+n : 4+n+4]
		}
	}
	return nil, nil
}

// traceTicket opens the ticket of the trace, and gives none.
type traceTicket struct {
	ticket  []byte
	session *handshake.Session
}

func (k *traceTicket) Seal(*handshake.Session, []byte) ([]byte, error) { return nil, nil }

func (k *traceTicket) Open(ticket []byte) (*handshake.Session, bool) {
	if !bytes.Equal(ticket, k.ticket) {
		return nil, false
	}
	return k.session, false
}

// TestClientReplaysResumptionOfRFC8448 is Section 4 from the client's side: binder, early data and its end included.
func TestClientReplaysResumptionOfRFC8448(t *testing.T) {
	tr := readTraces(t, "4")[0]
	secret := readTraces(t, "3")[0].values["secret resumption"]
	log := new(bytes.Buffer)
	config := tr.config(log)
	config.UnverifiedServer = true
	config.Groups, config.KeyShares = []cipher.GroupID{cipher.X25519}, []cipher.GroupID{cipher.X25519}
	config.MaxEarlyData = traceEarlyData
	config.Time = func() time.Time { return testTime }
	tr.resume = func(scope [32]byte) *handshake.Session { return tr.session(t, handshake.ClientRole, secret, scope) }
	c := tr.end(t, config, "client", handshake.NewClient)
	flight, err := c.in.machine.Start()
	if err != nil {
		t.Fatal(err)
	}
	c.carryOut(flight)
	tr.replay(t, c, "client")
	tr.checkKeyLog(t, log.String())
	if info := c.Info(); !info.Resumed || info.EarlyData != handshake.EarlyAccepted {
		t.Errorf("resumed %v, early data %v", info.Resumed, info.EarlyData)
	}
}

// TestServerReplaysResumptionOfRFC8448 is the same from the server's side.
func TestServerReplaysResumptionOfRFC8448(t *testing.T) {
	tr := readTraces(t, "4")[0]
	secret := readTraces(t, "3")[0].values["secret resumption"]
	log := new(bytes.Buffer)
	config := tr.config(log)
	config.Groups = []cipher.GroupID{cipher.X25519}
	config.MaxEarlyData = traceEarlyData
	config.Time = func() time.Time { return testTime }
	config.AdmitEarlyData = func(*handshake.AdmitEarlyData) (bool, error) { return true, nil }
	ticket, _ := tr.identity()
	keys := &traceTicket{ticket: ticket}
	config.Tickets = keys
	s := tr.end(t, config, "server", handshake.NewServer)
	keys.session = tr.session(t, handshake.ServerRole, secret, s.params.handshake.Scope)
	tr.replay(t, s, "server")
	tr.checkKeyLog(t, log.String())
	if info := s.Info(); !info.Resumed || info.EarlyData != handshake.EarlyAccepted {
		t.Errorf("resumed %v, early data %v", info.Resumed, info.EarlyData)
	}
}
