package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This file is the import table of DESIGN.md ("The house") as data, and the tests that hold the tree to it. They look at
// every .go file whatever its build constraints, so that a file for another system cannot hide an import.
//
// A new subfolder follows the row of its nearest parent; give it a row of its own only when it differs. A new
// dependency needs an entry here and a reason in the commit.

// module is the module's path, as in go.mod.
const module = "tlsengine"

// layer says what the non-test files of one folder, and of the folders below it that have no row of their own, may import.
type layer struct {
	folder  string
	ours    []string // folders of this module; one that ends in "/..." stands for all below it as well
	modules []string // import paths outside the standard library, each with all that lies below it
	std     denied   // what is refused of the standard library
}

// denied lists paths of the standard library that are refused, each with all that lies below it but the exceptions.
type denied struct {
	paths  []string
	except []string
}

var (
	// sansIO is refused below sslsock: sockets, files, loggers, and the standard library's own TLS.
	sansIO = denied{
		paths:  []string{"C", "crypto/tls", "crypto/x509", "io/ioutil", "log", "net", "os", "plugin", "syscall", "testing"},
		except: []string{"net/netip"},
	}
	// noStdTLS is refused in sslsock: net and os are its work, crypto/tls is not.
	noStdTLS = denied{paths: []string{"C", "crypto/tls", "crypto/x509", "plugin", "testing"}}
	// pureGo is refused where crypto/tls may be imported: bridge, oracles, peers.
	pureGo = denied{paths: []string{"C", "plugin"}}
)

// everything is all that sslsock and lower folders offer to bench, fuzz and tests.
var everything = []string{"cipher/...", "record/...", "x509lite/...", "handshake/...", "engine/...", "sslsock/..."}

// layers is the table. A folder may always import what lies below it, and what shares its row.
//
//	cipher  <- record <- handshake <- engine <- sslsock          "is imported by"
//	cipher  <- x509lite <- handshake, engine, sslsock
var layers = []layer{
	{
		folder: "cipher",
		modules: []string{"golang.org/x/crypto", "golang.org/x/sys/cpu",
			"filippo.io/bigmod", "filippo.io/edwards25519", "filippo.io/mldsa"},
		std: sansIO,
	},
	{
		folder: "record",
		ours:   []string{"cipher/..."},
		std:    sansIO,
	},
	{
		folder:  "x509lite",
		ours:    []string{"cipher/..."},
		modules: []string{"golang.org/x/crypto", "golang.org/x/net/idna", "filippo.io/mldsa"},
		std:     sansIO,
	},
	{
		folder:  "handshake",
		ours:    []string{"cipher/...", "record/...", "x509lite/..."},
		modules: []string{"golang.org/x/crypto/cryptobyte"},
		std:     sansIO,
	},
	{
		// The presentation language: bytes and lengths, no message and no cryptography.
		folder: "handshake/wire",
		std:    sansIO,
	},
	{
		folder:  "engine",
		ours:    []string{"cipher/...", "record/...", "x509lite/...", "handshake/..."},
		modules: []string{"golang.org/x/crypto/cryptobyte"},
		std:     sansIO,
	},
	{
		// No "handshake/...": sslsock never knows how a message looks.
		folder:  "sslsock",
		ours:    []string{"cipher/...", "record/...", "x509lite/...", "handshake", "engine/..."},
		modules: []string{"golang.org/x/crypto", "golang.org/x/net/idna", "golang.org/x/sys", "golang.org/x/term"},
		std:     noStdTLS,
	},
	{
		folder: "sslsock/sslcat",
		ours:   []string{"cipher/...", "record/...", "x509lite/...", "handshake", "engine/...", "sslsock"},
		std:    noStdTLS,
	},
	{
		// The bridge to code that wants tls.ConnectionState; only who imports it pays for crypto/tls.
		folder: "sslsock/stdtls",
		ours:   []string{"cipher/...", "record/...", "x509lite/...", "handshake", "engine/...", "sslsock"},
		std:    pureGo,
	},
	{
		folder:  "bench",
		ours:    everything,
		modules: []string{"golang.org/x", "filippo.io"},
		std:     pureGo,
	},
	{
		folder:  "fuzz",
		ours:    everything,
		modules: []string{"golang.org/x", "filippo.io", "pgregory.net/rapid", "github.com/google/go-cmp"},
		std:     pureGo,
	},
}

// optIn are packages that a parent's row doesn't reach: who needs one has it in its own row by name.
var optIn = []string{"sslsock/stdtls"}

// testHelpers are the packages that only _test.go files import.
var testHelpers = []string{"fuzz/peers", "fuzz/pki", "fuzz/timing", "fuzz/vectors"}

// testModules is what test files may import beside their folder's row.
var testModules = []string{"golang.org/x", "filippo.io", "pgregory.net/rapid", "github.com/google/go-cmp"}

// modules are the only modules that go.mod may require.
var modules = []string{"filippo.io/bigmod", "filippo.io/edwards25519", "filippo.io/mldsa", "github.com/google/go-cmp",
	"golang.org/x/crypto", "golang.org/x/net", "golang.org/x/sys", "golang.org/x/term", "golang.org/x/text", "pgregory.net/rapid"}

// dependencies is what must not be in `go list -deps` of a package, however it gets there.
var dependencies = []struct {
	folder string
	never  []string
}{
	{"cipher", []string{"net", "crypto/tls", "crypto/x509"}},
	{"record", []string{"net", "crypto/tls", "crypto/x509"}},
	{"x509lite", []string{"net", "crypto/tls", "crypto/x509"}},
	{"handshake", []string{"net", "crypto/tls", "crypto/x509"}},
	{"engine", []string{"net", "crypto/tls", "crypto/x509"}},
	{"sslsock", []string{"crypto/tls", "crypto/x509"}},
}

// sourceFile is one .go file of the tree: its folder ("" at the top), its name and what it imports.
type sourceFile struct {
	folder, name string
	imports      []string
}

func (f sourceFile) String() string { return path.Join(f.folder, f.name) }

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// isModule tells whether a folder has a go.mod.
func isModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

// sources parses the imports of every .go file of the repository. A file that doesn't parse is an error of the test.
func sources(t *testing.T) []sourceFile {
	t.Helper()
	root := repository(t)
	var found []sourceFile
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == ".cache" || p != root && isModule(p)) {
			return filepath.SkipDir // a module of its own weighs on nobody who doesn't ask for it
		}
		if d.IsDir() || filepath.Ext(p) != ".go" {
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f := sourceFile{folder: strings.TrimSuffix(path.Dir(rel), "."), name: path.Base(rel)}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range parsed.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, imported)
		}
		found = append(found, f)
		return nil
	})
	if err != nil {
		t.Fatalf("reading the tree: %v", err)
	}
	if len(found) == 0 {
		t.Fatalf("no .go file below %s", root)
	}
	return found
}

// repository is the folder that holds go.mod.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err == nil {
		_, err = os.Stat(filepath.Join(root, "go.mod"))
	}
	if err != nil {
		t.Fatalf("no repository around package engine: %v", err)
	}
	return root
}

// within reports whether folder is parent or lies below it.
func within(folder, parent string) bool {
	return folder == parent || strings.HasPrefix(folder, parent+"/")
}

// withinAny reports whether p is one of the paths or lies below one.
func withinAny(p string, paths []string) bool {
	return slices.ContainsFunc(paths, func(parent string) bool { return within(p, parent) })
}

// layerOf returns the row of the nearest folder that has one.
func layerOf(table []layer, folder string) (row layer, ok bool) {
	for _, l := range table {
		if within(folder, l.folder) && len(l.folder) > len(row.folder) {
			row, ok = l, true
		}
	}
	return row, ok
}

// lists reports whether one of entries names folder, by itself or through a "/...".
func lists(entries []string, folder string) bool {
	return slices.ContainsFunc(entries, func(entry string) bool {
		parent, all := strings.CutSuffix(entry, "/...")
		return folder == parent || all && within(folder, parent)
	})
}

// refuse says why f may not import p, or returns "".
func (l layer) refuse(f sourceFile, p string) string {
	first, _, _ := strings.Cut(p, "/")
	switch {
	case within(p, module):
		return l.refuseOurs(f, strings.TrimPrefix(strings.TrimPrefix(p, module), "/"))
	case strings.Contains(first, "."):
		if withinAny(p, l.modules) || f.isTest() && withinAny(p, testModules) {
			return ""
		}
		return "is not among the modules of row " + l.folder
	case f.isTest(): // oracles and peers
		if withinAny(p, pureGo.paths) {
			return "is not pure Go"
		}
		return ""
	case withinAny(p, l.std.paths) && !withinAny(p, l.std.except):
		return "is refused by row " + l.folder
	}
	return ""
}

// refuseOurs is refuse for a folder of this module.
func (l layer) refuseOurs(f sourceFile, folder string) string {
	helper := slices.Contains(testHelpers, folder)
	tools := within(folder, "bench") || within(folder, "fuzz")
	switch {
	case helper && f.isTest():
		return ""
	case helper:
		return "is for _test.go files only"
	case within(folder, f.folder) && !slices.Contains(optIn, folder):
		return "" // itself (from a test of package x_test), a folder below
	case tools && !(within(f.folder, "bench") && within(folder, "bench") || within(f.folder, "fuzz") && within(folder, "fuzz")):
		return "is imported by nothing (bench and fuzz are ends)"
	case f.isTest():
		return "" // tests may look up: an engine as the peer of a handshake
	case within(folder, l.folder) && within(f.folder, l.folder) && !slices.Contains(optIn, folder):
		return "" // parents and siblings below one row
	case lists(l.ours, folder):
		return ""
	}
	return "is not below " + l.folder + " in the table"
}

// TestImportsFollowTheTable holds every file to the row of its folder. (Issue 2, point 4)
func TestImportsFollowTheTable(t *testing.T) {
	for _, f := range sources(t) {
		row, ok := layerOf(layers, f.folder)
		if !ok {
			continue // TestGoCodeLiesInTheFoldersOfTheDesign tells
		}
		for _, p := range f.imports {
			if reason := row.refuse(f, p); reason != "" {
				t.Errorf("%s imports %s, which %s (DESIGN.md, The house)", f, p, reason)
			}
		}
	}
}

// TestGoCodeLiesInTheFoldersOfTheDesign refuses Go code at the top, in a new top-level folder and in any testdata.
func TestGoCodeLiesInTheFoldersOfTheDesign(t *testing.T) {
	for _, f := range sources(t) {
		if _, ok := layerOf(layers, f.folder); !ok {
			t.Errorf("%s: Go code belongs into a folder of the table, not into %q", f, f.folder)
		}
		if slices.Contains(strings.Split(f.folder, "/"), "testdata") {
			t.Errorf("%s: testdata holds no Go code", f)
		}
	}
}

// TestRefusalsOfTheTable shows on invented files that the table refuses what it should: a table that
// allows everything would pass the other tests.
func TestRefusalsOfTheTable(t *testing.T) {
	for _, c := range []struct {
		file, imports string
		refused       bool
	}{
		{"cipher/a.go", "crypto/aes", false},
		{"cipher/a.go", "net/netip", false},
		{"cipher/a.go", "tlsengine/record", true},
		{"cipher/a.go", "tlsengine", true},
		{"cipher/a_test.go", "tlsengine/engine", false},
		{"cipher/a_test.go", "crypto/tls", false},
		{"cipher/a_test.go", "tlsengine/fuzz/peers", false},
		{"cipher/a_test.go", "tlsengine/fuzz", true},
		{"cipher/a_test.go", "C", true},
		{"cipher/new/a.go", "os/exec", true},
		{"record/a.go", "tlsengine/x509lite", true},
		{"record/a.go", "tlsengine/handshake/wire", true},
		{"x509lite/a.go", "crypto/x509/pkix", true},
		{"x509lite/a.go", "tlsengine/record", true},
		{"x509lite/a.go", "golang.org/x/net/idna", false},
		{"x509lite/a.go", "golang.org/x/net/http2", true},
		{"handshake/a.go", "tlsengine/engine", true},
		{"handshake/a.go", "tlsengine/handshake/keyschedule", false},
		{"handshake/keyschedule/a.go", "tlsengine/cipher", false},
		{"handshake/keyschedule/a.go", "tlsengine/handshake/wire", false},
		{"handshake/wire/a.go", "tlsengine/cipher", true},
		{"handshake/wire/a.go", "tlsengine/handshake", true},
		{"engine/a.go", "log/slog", true},
		{"engine/a.go", "syscall", true},
		{"engine/a.go", "golang.org/x/sys/unix", true},
		{"engine/a.go", "tlsengine/record", false},
		{"engine/a.go", "tlsengine/bench", true},
		{"sslsock/a.go", "net", false},
		{"sslsock/a.go", "crypto/tls", true},
		{"sslsock/a.go", "tlsengine/sslsock/stdtls", true},
		{"sslsock/a.go", "tlsengine/handshake/wire", true},
		{"sslsock/sslcat/a.go", "tlsengine/sslsock/stdtls", true},
		{"sslsock/sslcat/a.go", "tlsengine/sslsock", false},
		{"sslsock/stdtls/a.go", "crypto/tls", false},
		{"bench/a.go", "crypto/tls", false},
		{"bench/a.go", "tlsengine/fuzz", true},
		{"bench/a.go", "tlsengine/sslsock/stdtls", false},
		{"fuzz/a.go", "tlsengine/fuzz/peers", true},
		{"fuzz/a.go", "github.com/somebody/tls", true},
	} {
		f := sourceFile{folder: path.Dir(c.file), name: path.Base(c.file)}
		row, ok := layerOf(layers, f.folder)
		if reason := row.refuse(f, c.imports); !ok || (reason != "") != c.refused {
			t.Errorf("%s importing %s: refused because %q, want refused: %v", c.file, c.imports, reason, c.refused)
		}
	}
}

// TestDependenciesAreClean looks through all that a package links, for each system that we build for. (Issue 2, point 4; S-002)
func TestDependenciesAreClean(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, d := range dependencies {
			imports := linked(t, goos, d.folder)
			if len(imports) < 2 {
				t.Errorf("GOOS=%s go list -deps ./%s shows %d packages: the check sees nothing", goos, d.folder, len(imports))
			}
			for _, never := range d.never {
				if _, ok := imports[never]; ok {
					t.Errorf("GOOS=%s: %s must not depend on %s: %s", goos, d.folder, never,
						strings.Join(chain(imports, module+"/"+d.folder, never), " -> "))
				}
			}
		}
	}
}

// linked returns the imports of every package in `go list -deps` of folder, by import path.
func linked(t *testing.T, goos, folder string) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Imports", "./"+folder)
	cmd.Dir = repository(t)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, stderr.Bytes())
	}
	imports := make(map[string][]string)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return imports
		case err != nil:
			t.Fatalf("%v: %v", cmd, err)
		}
		imports[p.ImportPath] = p.Imports
	}
}

// chain is a shortest way of imports from one package to another, both included.
func chain(imports map[string][]string, from, to string) []string {
	ways := [][]string{{from}}
	seen := map[string]bool{from: true}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		last := way[len(way)-1]
		if last == to {
			return way
		}
		for _, next := range imports[last] {
			if !seen[next] {
				seen[next] = true
				ways = append(ways, append(slices.Clip(way), next))
			}
		}
	}
	return []string{from, "(no way found)", to}
}

// TestRequiredModulesAreListed refuses a module in go.mod that the table doesn't know.
func TestRequiredModulesAreListed(t *testing.T) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = repository(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var mod struct {
		Module           struct{ Path string }
		Require, Replace []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != module {
		t.Errorf("module %q, want %q", mod.Module.Path, module)
	}
	if len(mod.Replace) != 0 {
		t.Errorf("go.mod replaces a module: %s", fmt.Sprint(mod.Replace))
	}
	for _, r := range mod.Require {
		if !slices.Contains(modules, r.Path) {
			t.Errorf("go.mod requires %s, which the table doesn't know: add it with a reason, or do without", r.Path)
		}
	}
}
