package main

import (
	"errors"
	"fmt"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// echSettings are what the flags say about Encrypted Client Hello.
type echSettings struct {
	configList         string
	grease             bool
	rejectUnusable     bool
	serverConfigs      []string
	serverKeys         []string
	isRetryConfig      []int
	declinesInCallback bool // the outer hello is wanted
}

// echExpected is what they want to see.
type echExpected struct {
	accept         bool
	retryConfigs   string
	noRetryConfigs bool
	nameOverride   string
	noNameOverride bool
}

// configureECH sets keys, and what a client does without a configuration.
func (s *settings) configureECH(c *engine.Config) error {
	c.ECHGrease, c.RequireECH = s.ech.grease, s.ech.rejectUnusable
	for i, config := range s.ech.serverConfigs {
		key, err := handshake.NewECHKey([]byte(config), []byte(s.ech.serverKeys[i]))
		if err != nil {
			return fmt.Errorf("%w: %v", errBroken, err)
		}
		if s.ech.isRetryConfig[i] == 0 {
			key = key.Retired()
		}
		c.ECHKeys = append(c.ECHKeys, key)
	}
	return nil
}

// echConfigs are what a client encrypts its hello to.
func (s *settings) echConfigs() (*handshake.ECHConfigList, error) {
	if s.ech.configList == "" {
		return nil, nil
	}
	return handshake.ParseECHConfigList([]byte(s.ech.configList))
}

// check compares what became of an encrypted hello. What isn't expected must not be.
func (e *echExpected) check(info *handshake.Info) error {
	if accepted := info.ECH == handshake.ECHAccepted; accepted != e.accept {
		return fmt.Errorf("the encrypted hello is %v, expected accepted: %t", info.ECH, e.accept)
	}
	return nil
}

// checkName looks at the name that a server is verified for.
func (e *echExpected) checkName(op *handshake.VerifyPeer) error {
	name := ""
	if op.ECHRejected {
		name = op.ServerName
	}
	if e.noNameOverride && name != "" || e.nameOverride != "" && name != e.nameOverride {
		return fmt.Errorf("%w: the public name to verify is %q, expected %q", errBroken, name, e.nameOverride)
	}
	return nil
}

// checkEnd looks at the error with which a connection has ended.
func (e *echExpected) checkEnd(err error) error {
	if e.retryConfigs == "" && !e.noRetryConfigs {
		return err
	}
	var rejection *handshake.ECHRejection
	got := ""
	switch {
	case !errors.As(err, &rejection):
		return fmt.Errorf("%w: the encrypted hello was to be rejected: %v", errBroken, err)
	case rejection.RetryConfigs != nil:
		got = string(rejection.RetryConfigs.Bytes())
	}
	if got != e.retryConfigs {
		return fmt.Errorf("%w: told to use %x, expected %x", errBroken, got, e.retryConfigs)
	}
	return err
}
