package sslsock

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var updateAPI = flag.Bool("update-api", false, "write API.md anew")

// row is one of the acceptance table: what Python documents, what it is called here, and by what it is shown.
type row struct {
	id, python, golang string
	shown              string // by this test
}

// readRows reads testdata/rows.txt: id, Python's name, Go's name, between tabs.
func readRows(t *testing.T) (rows []row) {
	t.Helper()
	text, err := os.ReadFile("testdata/rows.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("not a row: %q", line)
		}
		rows = append(rows, row{id: f[0], python: f[1], golang: f[2]})
	}
	return rows
}

// citation finds "S-087", and "S-158 to S-160".
var citation = regexp.MustCompile(`\b([SB])-(\d{3})(?: to [SB]-(\d{3}))?`)

// witnesses returns, for each row that a comment of a test cites, the tests that do: "package.TestName".
func witnesses(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, group := range file.Comments {
			name := enclosing(file, group)
			for _, id := range cited(group.Text()) {
				witness := file.Name.Name + "." + name
				if name != "" && !slices.Contains(found[id], witness) {
					found[id] = append(found[id], witness)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range found {
		slices.Sort(list)
	}
	return found
}

// cited returns the rows that a comment names, ranges spelt out.
func cited(text string) (ids []string) {
	for _, m := range citation.FindAllStringSubmatch(strings.Join(strings.Fields(text), " "), -1) {
		first, _ := strconv.Atoi(m[2])
		last := first
		if m[3] != "" {
			last, _ = strconv.Atoi(m[3])
		}
		for n := first; n <= last; n++ {
			ids = append(ids, fmt.Sprintf("%s-%03d", m[1], n))
		}
	}
	return ids
}

// enclosing returns the name of the test, example or fuzz target that a comment belongs to, "" if none.
func enclosing(file *ast.File, group *ast.CommentGroup) string {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Doc != group && (group.Pos() < f.Pos() || group.End() > f.End()) {
			continue
		}
		for _, kind := range []string{"Test", "Example", "Fuzz"} {
			if f.Recv == nil && strings.HasPrefix(f.Name.Name, kind) {
				return f.Name.Name
			}
		}
	}
	return ""
}

// API.md lists every row of the acceptance table with its name in Go and a test that shows it. Each row has one, and
// the one that the file names is there and cites the row; which of several it is doesn't matter, so that a new test of
// an old row leaves the file alone.
func TestEachRowIsShownByATest(t *testing.T) {
	rows, shown := readRows(t), witnesses(t)
	if len(rows) != 361 {
		t.Errorf("%d rows in place of 361", len(rows))
	}
	listed := readAPI(t)
	var missing []string
	for i, r := range rows {
		if len(shown[r.id]) == 0 {
			missing = append(missing, r.id)
			continue
		}
		if !slices.Contains(shown[r.id], listed[r.id]) {
			if !*updateAPI {
				t.Errorf("API.md has the test %q for %s, which has the tests %s: write it anew with -update-api",
					listed[r.id], r.id, shown[r.id])
			}
			listed[r.id] = preferred(shown[r.id])
		}
		rows[i].shown = listed[r.id]
	}
	for _, id := range missing {
		t.Errorf("no test cites %s", id)
	}
	if *updateAPI {
		if err := os.WriteFile("API.md", formatAPI(rows), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if !bytes.Contains(got, []byte(r.names())) {
			t.Errorf("API.md lacks %q: write it anew with -update-api", r.names())
		}
	}
}

// preferred chooses among the tests of a row: one of this package, and the first.
func preferred(tests []string) string {
	for _, name := range tests {
		if strings.HasPrefix(name, "sslsock") {
			return name
		}
	}
	return tests[0]
}

// names is the beginning of the row's line in API.md.
func (r row) names() string {
	return fmt.Sprintf("| %s | %s | %s |", r.id, r.python, strings.ReplaceAll(r.golang, "|", `\|`))
}

func formatAPI(rows []row) []byte {
	var b bytes.Buffer
	b.WriteString("# What of Python's ssl module is where\n\n" +
		"Written by `go test ./sslsock -run EachRow -update-api` from `testdata/rows.txt` and the comments of the tests, which cite rows. Rows S are the\n" +
		"documentation of Python 2.7, rows B what came later and what Go's users expect. A test is named for each row; there may be more.\n\n" +
		"| row | Python | Go | shown by |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%s %s |\n", r.names(), r.shown)
	}
	return b.Bytes()
}

// readAPI returns the test that API.md has for each row.
func readAPI(t *testing.T) map[string]string {
	t.Helper()
	listed := map[string]string{}
	text, err := os.ReadFile("API.md")
	if err != nil && !*updateAPI {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); len(cells) == 4 {
			listed[strings.TrimPrefix(cells[0], "| ")] = strings.TrimSuffix(cells[3], " |")
		}
	}
	return listed
}
