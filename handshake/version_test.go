package handshake

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// versionAskers are the functions that may compare versions, and why. Everything else goes by the states, the dialect, the form or the
// rows that the version has picked.
var versionAskers = map[string]string{
	"clientWaitServerHello.On":           "chooses the version",
	"clientWaitServerHello2.On":          "the retry has chosen the version",
	"serverSelectingContext.Resume":      "chooses the version",
	"checkServerHello13":                 "the retry has chosen the version",
	"chooseVersion":                      "chooses the version",
	"checkSentinel":                      "judges the choice",
	"markDowngrade":                      "marks the choice",
	"echOffer.sendFirst":                 "what a hello may offer",
	"readInner":                          "what a hello may offer",
	"offersTLS":                          "what a hello may offer",
	"offersSchemes":                      "what a hello may offer",
	"offersOlder":                        "what a hello may offer",
	"innerOf":                            "what a hello may offer",
	"clientWaitServerHello.echConfirmed": "chooses the version",
	"Session.resumes13":                  "which of the two ways to resume a session is for",
	"eraOf":                              "which of the two ways to resume a session is for",
}

// Issue 4, Done when 5: nobody asks for the version but where it is chosen.
func TestVersionIsAskedForOnlyWhereItIsChosen(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if comparesVersion(n) {
					name := funcName(f)
					used[name] = true
					if versionAskers[name] == "" {
						t.Errorf("%v: %s compares versions: let the state, the dialect, the form or a row decide", set.Position(n.Pos()), name)
					}
				}
				return true
			})
		}
	}
	for name := range versionAskers {
		if !used[name] {
			t.Errorf("%s compares no versions any more: take it from the list", name)
		}
	}
}

// comparesVersion tells whether a node compares something with a version, or is a case for one.
func comparesVersion(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		comparisons := []token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}
		return slices.Contains(comparisons, n.Op) && (isVersion(n.X) || isVersion(n.Y))
	case *ast.CaseClause:
		return slices.ContainsFunc(n.List, isVersion)
	}
	return false
}

func isVersion(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && (strings.HasPrefix(s.Sel.Name, "VersionTLS") || strings.HasPrefix(s.Sel.Name, "VersionSSL"))
}

func funcName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	return of.(*ast.Ident).Name + "." + f.Name.Name
}
