package engine

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"tlsengine/handshake"
)

// This file looks for secrets in the memory that a connection still holds when their time is over.

// TestSecretsAreLeftBehind: once the handshake is over, what protected it can't be found in the memory of either end; after Close
// nothing that has protected anything.
func TestSecretsAreLeftBehind(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			var log bytes.Buffer
			told := *s
			told.acts = briefly(s.acts)
			told.client = with(orNothing(s.client), func(_ *testPKI, c *Config) { c.KeyLog = &log })
			v := told.begin(t, direct{}, 0)
			log.Reset() // of a connection before
			v.run(t)
			secrets := secretsIn(t, log.String())
			for who, c := range v.ends {
				if c.Status()&(HandshakeDone|Failed|Renegotiating) == HandshakeDone {
					labels := held(c, secrets)
					if len(labels) == 0 {
						t.Errorf("end %d holds no secrets that could be found: the test finds nothing", who)
					}
					for _, label := range labels {
						if strings.Contains(label, "HANDSHAKE_TRAFFIC") || strings.Contains(label, "EARLY_TRAFFIC") {
							t.Errorf("after the handshake end %d holds %s", who, label)
						}
					}
				}
				c.Close()
				if labels := held(c, secrets); len(labels) > 0 {
					t.Errorf("after Close end %d holds %s", who, labels)
				}
			}
		})
	}
}

func orNothing(f change) change {
	if f == nil {
		return func(*testPKI, *Config) {}
	}
	return f
}

// secretsIn are the secrets in a key log, with their labels.
func secretsIn(t *testing.T, log string) map[string]string {
	t.Helper()
	secrets := map[string]string{}
	for line := range strings.Lines(log) {
		f := strings.Fields(line)
		secret, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		secrets[string(secret)] = f[0]
	}
	return secrets
}

// held says which secrets c holds, and where.
func held(c *Conn, secrets map[string]string) (labels []string) {
	w := memoryWalk{seen: map[unsafe.Pointer]bool{}, see: func(path string, b []byte) {
		for secret, label := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				labels = append(labels, label+" in "+path)
			}
		}
	}}
	w.walk("Conn", reflect.ValueOf(c))
	return labels
}

// memoryWalk goes through all memory that can be reached from a value, but for what connections share.
type memoryWalk struct {
	seen map[unsafe.Pointer]bool
	see  func(path string, b []byte)
}

func (w *memoryWalk) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		p := v.UnsafePointer()
		if v.IsNil() || w.seen[p] || belongsToAll(v.Type()) {
			return
		}
		w.seen[p] = true
		w.walk(path, v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(path, v.Elem())
		}
	case reflect.Struct:
		if strings.HasPrefix(v.Type().Name(), "Pointer[") { // of package atomic
			w.walk(path, reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).MethodByName("Load").Call(nil)[0])
			return
		}
		for i := range v.NumField() {
			w.walk(path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			w.see(path, unsafe.Slice((*byte)(v.UnsafePointer()), v.Cap()))
			return
		}
		for i := range v.Len() {
			w.walk(path, v.Index(i))
		}
	case reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, v.Len())
			for i := range b {
				b[i] = byte(v.Index(i).Uint())
			}
			w.see(path, b)
			return
		}
		for i := range v.Len() {
			w.walk(path, v.Index(i))
		}
	}
}

// belongsToAll tells whether connections share what a pointer of this type points to.
func belongsToAll(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[*Params](), reflect.TypeFor[*handshake.Params](), reflect.TypeFor[*handshake.Session](), reflect.TypeFor[*handshake.Options]():
		return true
	}
	return false
}
