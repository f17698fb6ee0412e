package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// exchange does all that is to be done on a connection.
func (c *connection) exchange() error {
	if !c.s.implicitHandshake {
		if err := c.speakable(); err != nil {
			return err
		}
		if err := c.lookOnce(); err != nil {
			return err
		}
	}
	if c.s.handshakeTwice {
		if err := c.handshake(); err != nil {
			return err
		}
	}
	if c.s.sendAlert {
		return c.abort()
	}
	early := c.conn.Status().Has(engine.CanWriteEarly)
	for want := handshake.MessageType(c.s.earlyWriteAfterMessage); c.hooks.trace.last != want && want != 0; {
		if err := c.turn(); err != nil {
			return err
		}
	}
	if err := c.speak(); err != nil {
		return err
	}
	if early {
		if err := c.afterEarlyData(); err != nil {
			return err
		}
	}
	if !c.s.shimShutsDown && !c.s.writeRecordSizes {
		// Both ends of the input are fine here; closeBoth insists on the one in order.
		if end := c.echo(); end != io.EOF && !errors.Is(end, engine.ErrTruncated) {
			return end
		}
	}
	if err := c.lookOnce(); err != nil {
		return err
	}
	if err := same("the trace", c.hooks.trace.seen(c.conn.Info()), c.s.expected.trace); err != nil {
		return err
	}
	if got, want := c.conn.Info().Renegotiations, c.s.expected.totalRenegotiations; int(got) != want {
		return fmt.Errorf("%d renegotiations, expected %d", got, want)
	}
	if err := c.leave(); err != nil {
		return err
	}
	if c.s.checkCloseNotify {
		return c.closeBoth()
	}
	return nil
}

// afterEarlyData goes on behind a client's early data. If the server didn't want it, all begins anew, by other settings.
func (c *connection) afterEarlyData() error {
	if err := c.handshake(); err != nil {
		return err
	}
	if err := c.release(); err != nil { // the server waits for the end of the handshake, which is behind the data
		return err
	}
	if c.conn.Info().EarlyData == handshake.EarlyAccepted {
		return c.lookOnce()
	}
	if err := c.checkSession(c.conn.Info()); err != nil {
		return err
	}
	c.s = c.retry
	if err := c.lookOnce(); err != nil {
		return err
	}
	return c.speak()
}

// lookOnce checks what is known once the handshake is done, when it is, and once.
func (c *connection) lookOnce() error {
	if c.checked || !c.conn.Status().Has(engine.HandshakeDone) {
		return nil
	}
	c.checked = true
	return c.afterHandshake()
}

// abort ends the connection by an alert as soon as there is one.
func (c *connection) abort() error {
	if err := c.handshake(); err != nil {
		return err
	}
	c.conn.Abort(record.AlertDecompressionFailure)
	return c.flush()
}

// afterHandshake checks what is known once the handshake is done.
func (c *connection) afterHandshake() error {
	if c.s.handshakeNeverDone {
		return fmt.Errorf("%w: the handshake was done", errBroken)
	}
	if c.s.noOpExtraHandshake {
		if err := c.handshake(); err != nil {
			return fmt.Errorf("%w: a second handshake call: %v", errBroken, err)
		}
	}
	return c.check()
}

// speak sends what the shim has to say before it listens.
func (c *connection) speak() error {
	if n := c.s.exportKeyingMaterial; n > 0 {
		if err := c.exportable(); err != nil {
			return err
		}
		if err := c.export(n); err != nil {
			return err
		}
	}
	if c.s.exportTrafficSecrets {
		if err := c.writeSecrets(); err != nil {
			return err
		}
	}
	if c.s.tlsUnique {
		unique, err := c.conn.Unique()
		if err != nil {
			return fmt.Errorf("failed to get tls-unique: %w", err)
		}
		if err := c.write(unique); err != nil {
			return err
		}
	}
	if c.s.writeRecordSizes {
		return c.writeSizes()
	}
	if c.s.readWithUnfinishedWrite {
		return c.unfinishedWrite()
	}
	if !c.s.shimWritesFirst {
		return nil
	}
	for range c.s.repeatShimInitialWrite {
		if err := c.write([]byte(c.s.shimInitialWrite)); err != nil {
			return err
		}
	}
	return nil
}

// exportable drives the handshake until there is keying material to export.
func (c *connection) exportable() error {
	if c.s.falseStart {
		return c.until(engine.HandshakeDone | engine.CanWrite)
	}
	return c.until(engine.HandshakeDone | engine.CanWriteEarly)
}

func (c *connection) export(n int) error {
	var context []byte
	if c.s.useExportContext {
		context = append([]byte{}, c.s.exportContext...)
	}
	export := c.conn.Export
	if c.s.falseStart && !c.conn.Status().Has(engine.HandshakeDone) {
		export = c.conn.ExportEarly
	}
	material, err := export(c.s.exportLabel, context, n)
	if err != nil {
		return err
	}
	return c.write(material)
}

// writeSizes writes data of sizes around the limits of a record.
func (c *connection) writeSizes() error {
	for _, n := range []int{0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769} {
		if err := c.write(bytes.Repeat([]byte{0x42}, n)); err != nil {
			return err
		}
	}
	return nil
}

// unfinishedWrite lets one byte of the initial write out and holds back the rest until something was read.
func (c *connection) unfinishedWrite() error {
	if err := c.speakable(); err != nil {
		return err
	}
	c.conn.Write([]byte(c.s.shimInitialWrite))
	if out := c.conn.Outgoing(); len(out) > 0 {
		if _, err := c.tcp.Write(out[:1]); err != nil {
			return err
		}
		c.conn.Sent(1)
	}
	c.held = true
	return nil
}

// release lets out what was held back.
func (c *connection) release() error {
	if !c.held {
		return nil
	}
	c.held = false
	return c.flush()
}

// echo returns every byte that is read XOR 0xff, until the input ends. The error says how it ended.
func (c *connection) echo() error {
	p := make([]byte, c.s.readSize)
	for {
		n, err := c.read(p)
		if err == nil {
			if err := c.lookOnce(); err != nil {
				return err
			}
		}
		if err := c.release(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		for i := range p[:n] {
			p[i] ^= 0xff
		}
		if c.s.keyUpdate {
			c.conn.UpdateKeys(false)
		}
		if err := c.write(p[:n]); err != nil {
			return err
		}
	}
}

// closeBoth closes our half and insists that the peer closes its own, without saying anything more.
func (c *connection) closeBoth() error {
	c.conn.CloseWrite()
	if err := c.flush(); err != nil {
		return err
	}
	n, err := c.read(make([]byte, 1))
	switch {
	case n > 0:
		return record.Fail(record.AlertUnexpectedMessage, record.ReasonApplicationDataOnShutdown, "data came after the close")
	case err == io.EOF:
		return nil
	}
	return err
}
