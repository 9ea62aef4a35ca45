// Package house checks the rules this code base keeps: who may import what, and how files are written. A rule that is
// broken says what to do instead. There is nothing to import here.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// source is one parsed Go file of ours.
type source struct {
	path string // from the root, with slashes
	dir  string
	test bool
	file *ast.File
	set  *token.FileSet
	text string
}

// at is file:line of a node.
func (s source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// sources parses every Go file below the root.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	set := token.NewFileSet()
	for _, name := range files(t, ".go") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		slash := filepath.ToSlash(name)
		all = append(all, source{path: slash, dir: path.Dir(slash), test: strings.HasSuffix(name, "_test.go"), file: file, set: set, text: string(text)})
	}
	if len(all) < 50 {
		t.Fatalf("%d Go files found: the test looks in the wrong place", len(all))
	}
	return all
}

// files lists what is ours by suffix; hidden folders, test data and what running eddy leaves behind are not.
func files(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." && (strings.HasPrefix(base, ".") && base != ".ci" || base == "testdata" || base == "data" || base == "bin") {
			return filepath.SkipDir
		}
		for _, s := range suffixes {
			if !d.IsDir() && strings.HasSuffix(base, s) {
				found = append(found, name)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// within tells whether a folder is the given one or below it.
func within(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }
