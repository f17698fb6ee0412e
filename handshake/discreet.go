package handshake

import (
	"fmt"
	"io"
)

// What holds secrets in a field must not show them to somebody who prints it: fmt looks through unexported fields
// without asking them. The types here print as their names, whatever the verb.

func discreet(f fmt.State, name string) { io.WriteString(f, name) }

// Format prints "handshake state".
func (handshaking) Format(f fmt.State, _ rune) { discreet(f, "handshake state") }

// Format prints "handshake state".
func (receiving) Format(f fmt.State, _ rune) { discreet(f, "handshake state") }

// Format prints "handshake state".
func (aheadFlow) Format(f fmt.State, _ rune) { discreet(f, "handshake state") }

// Format prints "handshake context".
func (c *Context) Format(f fmt.State, _ rune) { discreet(f, "handshake context") }

// Format prints the state's name.
func (m *Machine) Format(f fmt.State, _ rune) { discreet(f, "machine in "+m.state.Name()) }

// Format prints "send keys".
func (k *SendKeys) Format(f fmt.State, _ rune) { discreet(f, "send keys") }

// Format prints "exporter".
func (e *Exporter) Format(f fmt.State, _ rune) { discreet(f, "exporter") }

// Format prints "exporter".
func (e *exporter13) Format(f fmt.State, _ rune) { discreet(f, "exporter") }

// Format prints "exporter".
func (e *exporter12) Format(f fmt.State, _ rune) { discreet(f, "exporter") }

// Format prints the operation's kind.
func (o *KeyAgreement) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind: the seed makes what stands in for a secret that can't be decrypted, and who knows it can
// tell.
func (o *Decrypt) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind: the answer is a hello that was encrypted for a reason.
func (o *OpenECH) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind: with an injected Rand the seed decides the salt.
func (o *Sign) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind.
func (o *SealTicket) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind.
func (o *FindPSK) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }

// Format prints the operation's kind.
func (o *OpenTicket) Format(f fmt.State, _ rune) { discreet(f, o.Kind().String()) }
