package interop

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// pythonHas tells which suites with these key exchanges Python's ssl module has: those of OpenSSL.
func pythonHas(t testing.TB, exchanges ...cipher.KeyExchange) func(cipher.Version, *cipher.Suite) bool {
	has := opensslHas(t)
	return func(v cipher.Version, s *cipher.Suite) bool {
		for _, x := range exchanges {
			if s.Kx == x {
				return has(v, s)
			}
		}
		return false
	}
}

// old makes a command of Python speak old versions.
func old(c *exec.Cmd) *exec.Cmd {
	c.Env = append(os.Environ(), "OLD=1")
	return c
}

// TestOldClientAgainstPython lets our client meet Python's server, which has no way to choose a field for DHE.
func TestOldClientAgainstPython(whole *testing.T) {
	program, p, running := peers.Need(whole, "python3"), newPKI(whole), map[row]string{}
	eachOld(whole, pythonHas(whole, cipher.KxRSA, cipher.KxECDHE), func(t *testing.T, r oldRow) {
		s := row{key: keyFor(r.suite)}
		if running[s] == "" {
			setup := serverSetup{addr: peers.FreeAddr(whole), id: p.identities[s.key], root: p.rootFile}
			peers.Start(whole, old(exec.Command(program, pythonServer(setup)...))).WaitListening(setup.addr)
			running[s] = setup.addr
		}
		l := connect(t, running[s], r.with(t, r.row().clientConfig(t)))
		r.check(t, l.conn.Info())
		talk(t, l, same)
	})
}

// TestOldServerAgainstPython lets Python's client meet our server; one process goes through all rows.
func TestOldServerAgainstPython(t *testing.T) {
	program, p, servers := peers.Need(t, "python3"), newPKI(t), map[oldRow]*server{}
	command := pythonClient(clientSetup{root: p.rootFile})
	command = command[:len(command)-1]
	has := pythonHas(t, cipher.KxRSA, cipher.KxDHE, cipher.KxECDHE)
	certified := func(v cipher.Version, s *cipher.Suite) bool { return s.Auth != cipher.AuthNone && has(v, s) } // Python verifies
	for _, v := range oldVersions {
		for _, s := range cipher.AllSuites() {
			if s.Usable(v) && certified(v, s) {
				r := oldRow{v, s}
				servers[r] = serve(t, r.with(t, r.row().serverConfig(t)), answerOnce)
				command = append(command, clientSetup{addr: servers[r].addr}.pythonJob())
			}
		}
	}
	output, err := peers.Run(t, old(exec.Command(program, command...)), greeting)
	if n := strings.Count(output, greeting); err != nil || n != len(servers) {
		t.Errorf("%d of %d answers are in its output: %v", n, len(servers), err)
	}
	eachOld(t, certified, func(t *testing.T, r oldRow) {
		result := servers[r].wait(t)
		if result.err != nil {
			t.Fatal(result.err)
		}
		r.check(t, result.link.conn.Info())
	})
}
