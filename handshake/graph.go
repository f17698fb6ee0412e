package handshake

import (
	"bufio"
	"fmt"
	"io"
)

// This file is the graph of states as a table: which message, or which answer, leads from where to where. The handlers
// in client*.go, server*.go and post*.go are what really happens; tests walk both and compare, with each other and
// with a table that was written by hand from RFC 8446, Appendix A and RFC 5246, Section 7.3.
//
// A renegotiation leads from a Connected state into the states of a first handshake, in which data that was sent before it can
// still be read until the peer changes its keys.
//
// Each state has a node here, and each transition an edge.

// A graphNode is a state and what leads out of it.
type graphNode struct {
	// State holds nothing: it may be asked only what every state of its type answers alike.
	State State
	Edges []graphEdge
}

// A graphEdge is a transition.
type graphEdge struct {
	On MessageType // a message of Expects, pseudoStart or pseudoAnswer
	If string      // what of several edges with the same On is taken; "" when there is no other
	To string      // a state's name
}

// always is the edge of a state that leads to one other.
func always(on MessageType, to string) []graphEdge { return []graphEdge{{on, "", to}} }

// graph returns all nodes, in the order in which a handshake goes through them: both roles before the version is
// known, then TLS 1.3, then the versions before it.
func graph() []graphNode {
	var all []graphNode
	for _, part := range [][]graphNode{graphStart(), graphClient13(), graphServer13(), graphClient12(), graphServer12()} {
		all = append(all, part...)
	}
	return all
}

func graphStart() []graphNode {
	return []graphNode{
		{&clientStart{}, always(pseudoStart, "client.WaitServerHello")},
		{&clientWaitServerHello{}, []graphEdge{
			{TypeServerHello, "it selects TLS 1.3", "client13.Agreeing"},
			{TypeServerHello, "it selects TLS 1.3 and a PSK without key exchange", "client13.WaitEncryptedExtensions"},
			{TypeServerHello, "it is a HelloRetryRequest", "client13.WaitServerHello2"},
			{TypeServerHello, "it selects a version before TLS 1.3", "client12.WaitCertificate"},
			{TypeServerHello, "it does, and resumes a session", "client12.WaitChangeCipherSpec"},
			{TypeServerHello, "it does, and promises another ticket", "client12.WaitNewSessionTicket"},
			{TypeServerHello, "and a suite without a certificate", "client12.WaitServerKeyExchange"},
			{TypeServerHello, "and a suite of a PSK alone", "client12.WaitOptionalServerKeyExchange"},
		}},
		{&serverWaitClientHello{}, []graphEdge{
			{TypeClientHello, "it is not encrypted to one of our keys", "server.SelectingContext"},
			{TypeClientHello, "it may be", "server.OpeningECH"},
			{PseudoSSLv2ClientHello, "", "server.SelectingContext"},
		}},
		{&serverOpeningECH{}, always(pseudoAnswer, "server.SelectingContext")},
		{&serverSelectingContext{}, []graphEdge{
			{pseudoAnswer, "the encrypted hello is declined", "server.SelectingContext"},
			{pseudoAnswer, "TLS 1.3 is the best version of both", "server13.ChoosingCredential"},
			{pseudoAnswer, "it is, the client offers PSKs and tickets are taken", "server13.OpeningTicket"},
			{pseudoAnswer, "it is, the client offers PSKs and only those from outside are taken", "server13.FindingPSK"},
			{pseudoAnswer, "a version before TLS 1.3 is", "server12.ChoosingCredential"},
			{pseudoAnswer, "it is, and the client offers a session id", "server12.FindingSession"},
			{pseudoAnswer, "it is, and the client offers a ticket", "server12.OpeningTicket"},
		}},
	}
}

func graphClient13() []graphNode {
	return []graphNode{
		{&clientWaitServerHello2{}, always(TypeServerHello, "client13.Agreeing")},
		{&client13Agreeing{}, always(pseudoAnswer, "client13.WaitEncryptedExtensions")},
		{&client13WaitEncryptedExtensions{}, []graphEdge{
			{TypeEncryptedExtensions, "no PSK was selected", "client13.WaitCertificateRequestOrCertificate"},
			{TypeEncryptedExtensions, "a session whose server showed a certificate was", "client13.VerifyingPeer"},
			{TypeEncryptedExtensions, "a PSK without a certificate was", "client13.WaitFinished"},
			{TypeEncryptedExtensions, "early data is refused", "client13.ConfirmingEarlyRefusal"},
		}},
		{&client13ConfirmingEarlyRefusal{}, []graphEdge{
			{pseudoAnswer, "no PSK was selected", "client13.WaitCertificateRequestOrCertificate"},
			{pseudoAnswer, "a session whose server showed a certificate was", "client13.VerifyingPeer"},
			{pseudoAnswer, "a PSK without a certificate was", "client13.WaitFinished"},
		}},
		{&client13WaitCertificateRequestOrCertificate{}, []graphEdge{
			{TypeCertificateRequest, "", "client13.WaitCertificate"},
			{TypeCertificate, "", "client13.WaitCertificateVerify"},
			{TypeCompressedCertificate, "", "client13.WaitCertificateVerify"},
		}},
		{&client13WaitCertificate{}, []graphEdge{
			{TypeCertificate, "", "client13.WaitCertificateVerify"},
			{TypeCompressedCertificate, "", "client13.WaitCertificateVerify"},
		}},
		{&client13WaitCertificateVerify{}, always(TypeCertificateVerify, "client13.VerifyingPeer")},
		{&client13VerifyingPeer{}, always(pseudoAnswer, "client13.WaitFinished")},
		{&client13WaitFinished{}, []graphEdge{
			{TypeFinished, "no certificate was requested", "client13.Connected"},
			{TypeFinished, "one was requested", "client13.ChoosingCredential"},
			{TypeFinished, "the encrypted hello was not accepted", "client13.Rejected"},
		}},
		{&client13Rejected{}, nil},
		{&client13ChoosingCredential{}, []graphEdge{
			{pseudoAnswer, "there is none: an empty Certificate is sent", "client13.Connected"},
			{pseudoAnswer, "there is one", "client13.Signing"},
		}},
		{&client13Signing{}, always(pseudoAnswer, "client13.Connected")},
		{&client13Connected{authenticates: true}, []graphEdge{
			{TypeNewSessionTicket, "", "client13.Connected"},
			{TypeCertificateRequest, "", "client13.Connected"},
			{TypeKeyUpdate, "", "client13.Connected"},
		}},
	}
}

func graphServer13() []graphNode {
	return []graphNode{
		{&server13OpeningTicket{}, []graphEdge{
			{pseudoAnswer, "there is a session in it", "server13.Agreeing"},
			{pseudoAnswer, "there is one whose client showed a certificate", "server13.VerifyingSession"},
			{pseudoAnswer, "there is one, and early data that may be taken", "server13.AdmittingEarlyData"},
			{pseudoAnswer, "there is one, and the share is missing: a HelloRetryRequest is sent", "server13.WaitClientHello2"},
			{pseudoAnswer, "there is one that does without a key exchange", "server13.WaitFinished"},
			{pseudoAnswer, "there is none, but perhaps a PSK from outside", "server13.FindingPSK"},
			{pseudoAnswer, "there is none, but another ticket", "server13.OpeningTicket"},
			{pseudoAnswer, "there is none", "server13.ChoosingCredential"},
		}},
		{&server13FindingPSK{}, []graphEdge{
			{pseudoAnswer, "there is one", "server13.Agreeing"},
			{pseudoAnswer, "there is one, and the share is missing: a HelloRetryRequest is sent", "server13.WaitClientHello2"},
			{pseudoAnswer, "there is one that does without a key exchange", "server13.WaitFinished"},
			{pseudoAnswer, "there is none, but another identity", "server13.FindingPSK"},
			{pseudoAnswer, "there is none", "server13.ChoosingCredential"},
		}},
		{&server13VerifyingSession{}, []graphEdge{
			{pseudoAnswer, "the client is still accepted", "server13.Agreeing"},
			{pseudoAnswer, "it is, and early data may be taken", "server13.AdmittingEarlyData"},
			{pseudoAnswer, "it is, and the share is missing: a HelloRetryRequest is sent", "server13.WaitClientHello2"},
			{pseudoAnswer, "it is, and does without a key exchange", "server13.WaitFinished"},
			{pseudoAnswer, "it is not, but there is another ticket", "server13.OpeningTicket"},
			{pseudoAnswer, "it is not, but perhaps there is a PSK from outside", "server13.FindingPSK"},
			{pseudoAnswer, "it is not", "server13.ChoosingCredential"},
		}},
		{&server13AdmittingEarlyData{}, []graphEdge{
			{pseudoAnswer, "the PSK goes with a key exchange", "server13.Agreeing"},
			{pseudoAnswer, "it does without, and early data is taken", "server13.WaitEndOfEarlyData"},
			{pseudoAnswer, "it does without, and early data is refused", "server13.WaitFinished"},
		}},
		{&server13ChoosingCredential{}, []graphEdge{
			{pseudoAnswer, "the client's hello has a share of the group", "server13.Agreeing"},
			{pseudoAnswer, "it has none: a HelloRetryRequest is sent", "server13.WaitClientHello2"},
			{pseudoAnswer, "there is no credential for it, but perhaps a PSK", "server13.FindingPSK"},
		}},
		{&server13WaitClientHello2{}, []graphEdge{
			{TypeClientHello, "the first one was not encrypted", "server13.Agreeing"},
			{TypeClientHello, "it was, and was opened", "server13.OpeningECH"},
		}},
		{&server13OpeningECH{}, always(pseudoAnswer, "server13.Agreeing")},
		{&server13Agreeing{}, []graphEdge{
			{pseudoAnswer, "a credential authenticates the server", "server13.Signing"},
			{pseudoAnswer, "a PSK does", "server13.WaitFinished"},
			{pseudoAnswer, "a PSK does, and early data is taken", "server13.WaitEndOfEarlyData"},
		}},
		{&server13WaitEndOfEarlyData{}, always(TypeEndOfEarlyData, "server13.WaitFinished")},
		{&server13Signing{}, []graphEdge{
			{pseudoAnswer, "no certificate was requested", "server13.WaitFinished"},
			{pseudoAnswer, "one was requested", "server13.WaitCertificate"},
		}},
		{&server13WaitCertificate{}, []graphEdge{
			{TypeCertificate, "it is empty, and may be", "server13.WaitFinished"},
			{TypeCertificate, "it has a chain", "server13.WaitCertificateVerify"},
			{TypeCompressedCertificate, "it is empty, and may be", "server13.WaitFinished"},
			{TypeCompressedCertificate, "it has a chain", "server13.WaitCertificateVerify"},
		}},
		{&server13WaitCertificateVerify{}, always(TypeCertificateVerify, "server13.VerifyingPeer")},
		{&server13VerifyingPeer{}, always(pseudoAnswer, "server13.WaitFinished")},
		{&server13WaitFinished{}, []graphEdge{
			{TypeFinished, "no ticket is given", "server13.Connected"},
			{TypeFinished, "one is", "server13.SealingTicket"},
		}},
		{&server13SealingTicket{}, []graphEdge{
			{pseudoAnswer, "it was the last", "server13.Connected"},
			{pseudoAnswer, "there is another", "server13.SealingTicket"},
		}},
		{&server13Connected{}, []graphEdge{
			{TypeKeyUpdate, "", "server13.Connected"},
			{pseudoStart, "", "server13.PostAuth.WaitCertificate"},
		}},
		{&server13PostAuthWaitCertificate{}, []graphEdge{
			{TypeKeyUpdate, "", "server13.PostAuth.WaitCertificate"},
			{TypeCertificate, "it is empty, and may be", "server13.PostAuth.WaitFinished"},
			{TypeCertificate, "it has a chain", "server13.PostAuth.WaitCertificateVerify"},
			{TypeCompressedCertificate, "it is empty, and may be", "server13.PostAuth.WaitFinished"},
			{TypeCompressedCertificate, "it has a chain", "server13.PostAuth.WaitCertificateVerify"},
		}},
		{&server13PostAuthWaitCertificateVerify{}, always(TypeCertificateVerify, "server13.PostAuth.WaitFinished")},
		{&server13PostAuthWaitFinished{}, always(TypeFinished, "server13.Connected")},
	}
}

func graphClient12() []graphNode {
	return []graphNode{
		{&client12WaitCertificate{}, []graphEdge{
			{TypeCertificate, "a CertificateStatus was acknowledged", "client12.WaitCertificateStatus"},
			{TypeCertificate, "none was, the key exchange needs the server's half", "client12.WaitServerKeyExchange"},
			{TypeCertificate, "it is RSA with a PSK", "client12.WaitOptionalServerKeyExchange"},
			{TypeCertificate, "it is RSA", "client12.WaitCertificateRequestOrServerHelloDone"},
		}},
		{&client12WaitCertificateStatus{}, []graphEdge{
			{TypeCertificateStatus, "the key exchange needs the server's half", "client12.WaitServerKeyExchange"},
			{TypeCertificateStatus, "it is RSA with a PSK", "client12.WaitOptionalServerKeyExchange"},
			{TypeCertificateStatus, "it is RSA", "client12.WaitCertificateRequestOrServerHelloDone"},
			{TypeServerKeyExchange, "", "client12.WaitCertificateRequestOrServerHelloDone"},
			{TypeCertificateRequest, "", "client12.WaitServerHelloDone"},
			{TypeServerHelloDone, "", "client12.VerifyingPeer"},
		}},
		{&client12WaitServerKeyExchange{}, []graphEdge{
			{TypeServerKeyExchange, "the server showed a certificate", "client12.WaitCertificateRequestOrServerHelloDone"},
			{TypeServerKeyExchange, "it did not", "client12.WaitServerHelloDone"},
		}},
		{&client12WaitOptionalServerKeyExchange{}, []graphEdge{
			{TypeServerKeyExchange, "the server showed a certificate", "client12.WaitCertificateRequestOrServerHelloDone"},
			{TypeServerKeyExchange, "it did not", "client12.WaitServerHelloDone"},
			{TypeCertificateRequest, "", "client12.WaitServerHelloDone"},
			{TypeServerHelloDone, "the server showed a certificate", "client12.VerifyingPeer"},
			{TypeServerHelloDone, "it did not", "client12.FindingPSK"},
		}},
		{&client12WaitCertificateRequestOrServerHelloDone{}, []graphEdge{
			{TypeCertificateRequest, "", "client12.WaitServerHelloDone"},
			{TypeServerHelloDone, "", "client12.VerifyingPeer"},
		}},
		{&client12WaitServerHelloDone{}, []graphEdge{
			{TypeServerHelloDone, "the server showed a certificate", "client12.VerifyingPeer"},
			{TypeServerHelloDone, "it did not, and there is a PSK", "client12.FindingPSK"},
			{TypeServerHelloDone, "it did not, and there is none", "client12.Agreeing"},
		}},
		{&client12VerifyingPeer{}, append([]graphEdge{
			{pseudoAnswer, "a certificate was requested", "client12.ChoosingCredential"},
			{pseudoAnswer, "the secret is sent to the server's key", "client12.WaitChangeCipherSpec"},
			{pseudoAnswer, "it is, and a ticket is promised", "client12.WaitNewSessionTicket"},
		}, clientExchanges()...)},
		{&client12ChoosingCredential{}, append([]graphEdge{
			{pseudoAnswer, "the secret is sent to the server's key", "client12.WaitChangeCipherSpec"},
			{pseudoAnswer, "it is, and a ticket is promised", "client12.WaitNewSessionTicket"},
			{pseudoAnswer, "and there is a certificate to sign for", "client12.Signing"},
		}, clientExchanges()...)},
		{&client12FindingPSK{}, []graphEdge{
			{pseudoAnswer, "there is an agreement beside the PSK", "client12.Agreeing"},
			{pseudoAnswer, "there is none", "client12.WaitChangeCipherSpec"},
			{pseudoAnswer, "there is none, and a ticket is promised", "client12.WaitNewSessionTicket"},
			{pseudoAnswer, "there is none, and a certificate to sign for", "client12.Signing"},
		}},
		{&client12Agreeing{}, []graphEdge{
			{pseudoAnswer, "no certificate was sent", "client12.WaitChangeCipherSpec"},
			{pseudoAnswer, "none was, and a ticket is promised", "client12.WaitNewSessionTicket"},
			{pseudoAnswer, "one was sent", "client12.Signing"},
		}},
		{&client12Signing{}, []graphEdge{
			{pseudoAnswer, "no ticket is promised", "client12.WaitChangeCipherSpec"},
			{pseudoAnswer, "one is", "client12.WaitNewSessionTicket"},
		}},
		{&client12WaitNewSessionTicket{}, always(TypeNewSessionTicket, "client12.WaitChangeCipherSpec")},
		{&client12WaitChangeCipherSpec{}, always(PseudoChangeCipherSpec, "client12.WaitFinished")},
		{&client12WaitFinished{}, []graphEdge{
			{TypeFinished, "it ends the handshake", "client12.Connected"},
			{TypeFinished, "it is the first, of a server that once showed a certificate", "client12.VerifyingSession"},
		}},
		{&client12VerifyingSession{}, always(pseudoAnswer, "client12.Connected")},
		{&client12Connected{}, []graphEdge{
			{TypeHelloRequest, "it is refused or passed over", "client12.Connected"},
			{TypeHelloRequest, "it is to be followed", "client12.Renegotiating"},
			{pseudoStart, "", "client.WaitServerHello"},
		}},
		{&client12Renegotiating{}, []graphEdge{
			{pseudoAnswer, "the application agrees", "client.WaitServerHello"},
			{pseudoAnswer, "it does not", "client12.Connected"},
		}},
	}
}

// clientExchanges are the ways in which a client begins its half of a key exchange.
func clientExchanges() []graphEdge {
	return []graphEdge{
		{pseudoAnswer, "there is a PSK", "client12.FindingPSK"},
		{pseudoAnswer, "the two agree in a group", "client12.Agreeing"},
	}
}

func graphServer12() []graphNode {
	return []graphNode{
		{&server12FindingSession{}, []graphEdge{
			{pseudoAnswer, "there is none", "server12.ChoosingCredential"},
			{pseudoAnswer, "there is one", "server12.WaitChangeCipherSpec"},
			{pseudoAnswer, "there is one, of a client that showed a certificate", "server12.VerifyingSession"},
		}},
		{&server12OpeningTicket{}, []graphEdge{
			{pseudoAnswer, "it is none of ours", "server12.ChoosingCredential"},
			{pseudoAnswer, "it is ours", "server12.WaitChangeCipherSpec"},
			{pseudoAnswer, "it is ours, of a client that showed a certificate", "server12.VerifyingSession"},
			{pseudoAnswer, "it is ours, and to be renewed", "server12.RenewingTicket"},
		}},
		{&server12VerifyingSession{}, []graphEdge{
			{pseudoAnswer, "the client is refused now", "server12.ChoosingCredential"},
			{pseudoAnswer, "the client is still accepted", "server12.WaitChangeCipherSpec"},
			{pseudoAnswer, "it is, and its ticket is to be renewed", "server12.RenewingTicket"},
		}},
		{&server12RenewingTicket{}, always(pseudoAnswer, "server12.WaitChangeCipherSpec")},
		{&server12ChoosingCredential{}, []graphEdge{
			{pseudoAnswer, "the server's half of the key exchange is signed", "server12.Signing"},
			{pseudoAnswer, "it is not", "server12.WaitClientKeyExchange"},
			{pseudoAnswer, "and a certificate is requested", "server12.WaitClientCertificate"},
			{pseudoAnswer, "and one is, in SSL 3.0", "server12.WaitClientCertificateOrWarning"},
		}},
		{&server12Signing{}, []graphEdge{
			{pseudoAnswer, "no certificate was requested", "server12.WaitClientKeyExchange"},
			{pseudoAnswer, "one was requested", "server12.WaitClientCertificate"},
			{pseudoAnswer, "one was, in SSL 3.0", "server12.WaitClientCertificateOrWarning"},
		}},
		{&server12WaitCertificate{}, always(TypeCertificate, "server12.WaitClientKeyExchange")},
		{&server12WaitCertificateOrWarning{}, []graphEdge{
			{TypeCertificate, "", "server12.WaitClientKeyExchange"},
			{PseudoNoCertificateWarning, "", "server12.WaitClientKeyExchange"},
		}},
		{&server12WaitClientKeyExchange{}, []graphEdge{
			{TypeClientKeyExchange, "there is a PSK", "server12.FindingPSK"},
			{TypeClientKeyExchange, "the two agree in a group", "server12.Agreeing"},
			{TypeClientKeyExchange, "the secret was sent to the server's key", "server12.Decrypting"},
		}},
		{&server12FindingPSK{}, []graphEdge{
			{pseudoAnswer, "the two agree in a group too", "server12.Agreeing"},
			{pseudoAnswer, "a secret was sent to the server's key too", "server12.Decrypting"},
			{pseudoAnswer, "neither", "server12.WaitChangeCipherSpec"},
		}},
		{&server12Agreeing{}, secretKnown()},
		{&server12Decrypting{}, secretKnown()},
		{&server12WaitCertificateVerify{}, always(TypeCertificateVerify, "server12.VerifyingPeer")},
		{&server12VerifyingPeer{}, always(pseudoAnswer, "server12.WaitChangeCipherSpec")},
		{&server12WaitChangeCipherSpec{}, []graphEdge{
			{PseudoChangeCipherSpec, "ALPN has chosen the protocol, or nobody does", "server12.WaitFinished"},
			{PseudoChangeCipherSpec, "the client chooses it", "server12.WaitNextProtocol"},
		}},
		{&server12WaitNextProtocol{}, always(TypeNextProtocol, "server12.WaitFinished")},
		{&server12WaitFinished{}, []graphEdge{
			{TypeFinished, "no ticket was promised", "server12.Connected"},
			{TypeFinished, "one was", "server12.SealingTicket"},
		}},
		{&server12SealingTicket{}, always(pseudoAnswer, "server12.Connected")},
		{&server12Connected{}, []graphEdge{
			{TypeClientHello, "it is refused or passed over", "server12.Connected"},
			{TypeClientHello, "it is to be answered", "server12.Renegotiating"},
			{pseudoStart, "", "server12.Connected"},
		}},
		{&server12Renegotiating{}, []graphEdge{
			{pseudoAnswer, "the application agrees", "server.SelectingContext"},
			{pseudoAnswer, "it does not", "server12.Connected"},
		}},
	}
}

// secretKnown are the ways on for a server that has the secret.
func secretKnown() []graphEdge {
	return []graphEdge{
		{pseudoAnswer, "the client sent no certificate", "server12.WaitChangeCipherSpec"},
		{pseudoAnswer, "it sent one", "server12.WaitClientCertificateVerify"},
	}
}

// WriteGraph writes the graph of states as text: each state with the question that it asks or the data that may flow in
// it, and below it a line for each transition, with its condition if there is a choice. The error is w's.
func WriteGraph(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i, n := range graph() {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, n)
		for _, e := range n.Edges {
			fmt.Fprintf(b, "    %-20s -> %s", edgeLabel(e.On), e.To)
			if e.If != "" {
				fmt.Fprintf(b, "  if %s", e.If)
			}
			fmt.Fprintln(b)
		}
		if _, ok := n.State.(helloRequestIgnorer); ok {
			fmt.Fprintf(b, "    %-20s ignored\n", TypeHelloRequest)
		}
	}
	return b.Flush()
}

// String describes the state itself.
func (n graphNode) String() string {
	if q, ok := n.State.(waitingState); ok {
		return fmt.Sprintf("%s  asks: %v", n.State.Name(), q.Operation().Kind())
	}
	if _, ok := n.State.(endState); ok {
		return n.State.Name() + "  ends the connection"
	}
	if f := n.State.Flow(); f != (Flow{}) {
		return fmt.Sprintf("%s  reads %v, writes %v", n.State.Name(), f.Read, f.Write)
	}
	return n.State.Name()
}

func edgeLabel(on MessageType) string {
	switch on {
	case pseudoStart:
		return "(start)"
	case pseudoAnswer:
		return "(answer)"
	}
	return on.String()
}
