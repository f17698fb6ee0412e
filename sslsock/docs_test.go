package sslsock

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// docs returns the package's comment and that of each exported function, method ("Context.SetCiphers"), type and constant.
func docs(t *testing.T) (packageDoc string, of map[string]string) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	of = map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if file.Doc != nil {
			packageDoc = file.Doc.Text()
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				of[receiver(d)+d.Name.Name] = d.Doc.Text()
			case *ast.GenDecl:
				addDocs(of, d)
			}
		}
	}
	return packageDoc, of
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	of := d.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	return fmt.Sprint(of) + "."
}

func addDocs(of map[string]string, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			of[s.Name.Name] = d.Doc.Text() + s.Doc.Text()
		case *ast.ValueSpec:
			for _, n := range s.Names {
				of[n.Name] = s.Doc.Text() + s.Comment.Text() + d.Doc.Text()
			}
		}
	}
}

// S-003, S-061, S-066, S-108, S-114, S-155, S-280, S-287, S-288: what users must be told is where they look.
func TestDocumentationWarns(t *testing.T) {
	packageDoc, of := docs(t)
	firstScreen := strings.Join(strings.SplitN(packageDoc, "\n", 25)[:24], "\n")
	for _, want := range []string{"NOT verify", "WrapSocket", "CreateDefaultContext does"} {
		if !strings.Contains(firstScreen, want) {
			t.Errorf("the first screen of the package's documentation lacks %q", want)
		}
	}
	for _, want := range []string{"RFC 5246", "RFC 6066", "RFC 7301", "RFC 8446", "RFC 5280", "RFC 6125", "RFC 9525"} {
		if !strings.Contains(strings.Join(strings.Fields(packageDoc), " "), want) {
			t.Errorf("the package's documentation doesn't cite %s", want)
		}
	}
	for name, want := range map[string]string{
		"NewContext":              "VERIFIES",
		"CertNone":                "takes any certificate",
		"WrapSocket":              "VERIFY NOTHING",
		"HTTPSVerifyCertificates": "does better to pass a context",
		"RandBytes":               "forks needs to do nothing",
		"RandPseudoBytes":         "Deprecated: use RandBytes",
		"ProtocolSSLv23":          "Deprecated: ",
		"Socket.SyscallConn":      "Read may have data when it isn't",
		"Socket.NetConn":          "breaks the connection",
		"WithSuppressRaggedEOFs":  "attacker",
	} {
		if !strings.Contains(strings.Join(strings.Fields(of[name]), " "), want) {
			t.Errorf("the comment of %s lacks %q: %s", name, want, of[name])
		}
	}
}

// Every exported thing has a comment, constants at least one for their group.
func TestEverythingIsDocumented(t *testing.T) {
	_, of := docs(t)
	for name, text := range of {
		owner, member, isMethod := strings.Cut(name, ".")
		if text == "" && ast.IsExported(owner) && (!isMethod || ast.IsExported(member)) {
			t.Errorf("%s has no comment", name)
		}
	}
}

// S-287: processes made of one never have the same random bytes.
func TestChildrenHaveOtherRandomBytes(t *testing.T) {
	const child = "TLSENGINE_RANDOM_CHILD"
	if os.Getenv(child) != "" {
		b, err := RandBytes(32)
		fmt.Printf("random %x %v\n", b, err)
		return
	}
	seen := map[string]bool{}
	for range 3 {
		c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.Output()
		_, line, found := strings.Cut(string(out), "random ")
		if line, _, _ = strings.Cut(line, "\n"); err != nil || !found || !strings.HasSuffix(line, "<nil>") || seen[line] {
			t.Errorf("%v: %s", err, out)
		}
		seen[line] = true
	}
}
