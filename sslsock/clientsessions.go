package sslsock

import (
	"slices"
	"sync"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// clientSessions are the sessions that a context's clients offer by themselves, by the host that they are for.
type clientSessions struct {
	mu    sync.Mutex
	hosts map[string][]*handshake.Session // the latest last
	order []string                        // of the hosts, that which got a session last at the end
}

// What a client remembers at most. A browser's worth of hosts, and for each as many tickets as servers give.
const maxSessionHosts, maxHostSessions = 256, 4

// SetClientSessionCache chooses whether clients without WithSession offer what an earlier connection of the context to
// the same host has left. The default is false: an observer can tell that connections which offer the same session come
// from the same client. A ticket of TLS 1.3 is offered once, whatever comes of the connection (RFC 8446, Appendix C.4),
// older sessions until they expire or a handshake with them fails. What is remembered is forgotten when it is turned off.
func (c *Context) SetClientSessionCache(on bool) {
	c.change(func(s *settings) {
		switch {
		case !on:
			s.sessions.own = nil
		case s.sessions.own == nil:
			s.sessions.own = &clientSessions{hosts: make(map[string][]*handshake.Session)}
		}
	})
}

// add remembers a session.
func (k *clientSessions) add(host string, s *handshake.Session) {
	if host == "" {
		return // any host could be meant
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	list := append(k.hosts[host], s)
	k.hosts[host] = list[max(0, len(list)-maxHostSessions):]
	if at := slices.Index(k.order, host); at >= 0 {
		k.order = slices.Delete(k.order, at, at+1)
	}
	if k.order = append(k.order, host); len(k.order) > maxSessionHosts {
		delete(k.hosts, k.order[0])
		k.order = k.order[1:]
	}
}

// take returns the latest session for a host that can still be resumed, nil if there is none.
func (k *clientSessions) take(host string, now time.Time) *handshake.Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := slices.DeleteFunc(k.hosts[host], func(s *handshake.Session) bool { return s.ExpiredAt(now) })
	k.hosts[host] = list
	if len(list) == 0 {
		delete(k.hosts, host)
		return nil
	}
	latest := list[len(list)-1]
	if latest.Version() == cipher.VersionTLS13 {
		k.hosts[host] = list[:len(list)-1]
	}
	return latest
}

// drop forgets a session of a host.
func (k *clientSessions) drop(host string, session *handshake.Session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.hosts[host] = slices.DeleteFunc(k.hosts[host], func(s *handshake.Session) bool { return s == session })
}

// offerOwn fills in what the context remembers, where nothing was given.
func (c *Context) offerOwn(s *socketSettings, own *clientSessions) {
	if own == nil || s.server || s.session != nil {
		return
	}
	if latest := own.take(s.hostname, c.now()); latest != nil {
		s.session = &Session{context: c, session: latest}
	}
}
