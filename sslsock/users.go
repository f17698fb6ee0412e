package sslsock

import "sync/atomic"

// users counts the calls that are inside a socket, and knows what the socket is: not connected, connected, unwrapped,
// closed. The last call that leaves a closed socket clears up, so that closing never waits for anybody and keys are
// cleared when nobody uses them any more.
type users struct{ word atomic.Int64 }

const (
	isConnected int64 = 1 << iota
	isUnwrapped       // the transport was handed back
	isClosed
	isConnecting // Connect has begun
	oneUser
)

// enter begins a call; it returns what the socket is. A call on a socket that isn't connected, or is closed or
// unwrapped, doesn't begin, and must not leave.
func (u *users) enter() (is int64, ok bool) {
	for {
		w := u.word.Load()
		if w&(isConnected|isUnwrapped|isClosed) != isConnected {
			return w, false
		}
		if u.word.CompareAndSwap(w, w+oneUser) {
			return w, true
		}
	}
}

// leave ends a call. It reports whether the caller is the last of a socket that is closed or unwrapped.
func (u *users) leave() (last bool) {
	w := u.word.Add(-oneUser)
	return w < oneUser && w&(isUnwrapped|isClosed) != 0
}

// mark sets what the socket is. It reports whether it wasn't so before.
func (u *users) mark(what int64) (first bool) {
	return u.word.Or(what)&what == 0
}

// unmark takes that back.
func (u *users) unmark(what int64) { u.word.And(^what) }

// is reports whether the socket is what is asked.
func (u *users) is(what int64) bool { return u.word.Load()&what == what }

// shut marks a socket as closed. before is what it was; if it was connected and in use of its transport, the caller has
// entered and must leave.
func (u *users) shut() (before int64) {
	for {
		w := u.word.Load()
		next := w | isClosed
		if w&(isConnected|isUnwrapped|isClosed) == isConnected {
			next += oneUser
		}
		if w&isClosed != 0 || u.word.CompareAndSwap(w, next) {
			return w
		}
	}
}
