package main

import (
	"fmt"
	"time"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// stapleFacts tell what an OCSP response says that the server stapled.
func stapleFacts(i *handshake.Info) []fact {
	if len(i.PeerChain) == 0 {
		return nil
	}
	if len(i.Staple) == 0 {
		return []fact{{"status", "no OCSP response was stapled"}}
	}
	if i.Verdict == nil || len(i.Verdict.Chain) < 2 {
		return []fact{{"status", "an OCSP response was stapled, and NOT VERIFIED"}}
	}
	response, err := x509lite.ParseOCSPResponse(i.Staple)
	if err != nil {
		return []fact{{"status", "NOT VERIFIED: " + err.Error()}}
	}
	answer, err := response.Check(i.Verdict.Chain[0], i.Verdict.Chain[1], &x509lite.OCSPOptions{Time: time.Now()})
	if err != nil {
		return []fact{{"status", "NOT VERIFIED: " + err.Error()}}
	}
	const minute = "2006-01-02 15:04"
	said := fmt.Sprintf("%v, says an OCSP response of %s", answer.Status, answer.ThisUpdate.Format(minute))
	if !answer.NextUpdate.IsZero() {
		said += ", good until " + answer.NextUpdate.Format(minute)
	}
	return []fact{{"status", said}}
}
