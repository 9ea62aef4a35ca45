package house

import (
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	commented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test || !commented[s.dir] {
			commented[s.dir] = commented[s.dir] || s.file.Doc != nil && len(s.file.Doc.Text()) > 20
		}
	}
	for dir, ok := range commented {
		if !ok {
			t.Errorf("%s: no package comment: say in doc.go what it is for", dir)
		}
	}
}

// maxLines is the hard limit; a file over 300 lines is usually two ideas already.
const maxLines = 500

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > maxLines {
			t.Errorf("%s has %d lines: split it by idea, %d is the most", s.path, n, maxLines)
		}
	}
}

func TestNoInitAndNoGlobalsThatChange(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s: init runs whether asked or not: make a constructor that is called in wire.go", s.at(d))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR && !s.test {
					for _, spec := range d.Specs {
						checkGlobal(t, s, spec.(*ast.ValueSpec))
					}
				}
			}
		}
	}
}

// checkGlobal lets pass what cannot change or is never meant to: sentinel errors, compiled patterns, arrays, embedded files.
func checkGlobal(t *testing.T, s source, v *ast.ValueSpec) {
	t.Helper()
	for i, name := range v.Names {
		if name.Name == "_" || strings.Contains(s.text, "//go:embed") {
			continue
		}
		if i < len(v.Values) && constant(v.Values[i]) {
			continue
		}
		t.Errorf("%s: the package variable %s can change: make it a constant, an array, a function that returns it, or a field", s.at(name), name.Name)
	}
}

func constant(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.CallExpr:
		f, ok := x.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, _ := f.X.(*ast.Ident)
		return pkg != nil && (slices.Contains([]string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer"}, pkg.Name+"."+f.Sel.Name) || pkg.Name == "math")
	case *ast.CompositeLit:
		if pool, ok := x.Type.(*ast.SelectorExpr); ok {
			return pool.Sel.Name == "Pool" // scratch memory: nothing that anyone could notice
		}
		array, ok := x.Type.(*ast.ArrayType)
		return ok && array.Len != nil
	}
	return false
}

func TestTestsNeitherSleepNorSkip(t *testing.T) {
	t.Parallel()
	forbidden := map[string]string{
		"time.Sleep": "wait for the event itself, or use testing/synctest with a timer",
		"t.Skip":     "a test that may not run has proved nothing: set up what it needs",
		"b.Skip":     "a benchmark that may not run has measured nothing: set up what it needs",
	}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := selector.X.(*ast.Ident); ok {
				name := x.Name + "." + strings.TrimSuffix(strings.TrimSuffix(selector.Sel.Name, "Now"), "f")
				if instead := forbidden[name]; instead != "" {
					t.Errorf("%s: %s: %s", s.at(n), name, instead)
				}
			}
			return true
		})
	}
}

func TestInterfacesAreSmall(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if i, ok := spec.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > 4 {
				t.Errorf("%s: interface %s has %d methods: split it by who calls it, four is the most", s.at(spec), spec.Name.Name, i.Methods.NumFields())
			}
			return true
		})
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && !method(d) {
					t.Errorf("%s: %s has no comment: say what it gives, in which unit, and when it fails", s.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: type %s has no comment", s.at(ts), ts.Name.Name)
					}
				}
			}
		}
	}
}

// method of an unexported type, or one whose meaning an interface fixes.
func method(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return false
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && !name.IsExported() || slices.Contains([]string{"String", "Error", "Unwrap", "Is", "Describe", "Collect"}, d.Name.Name)
}

func TestNothingIsLeftForLater(t *testing.T) {
	t.Parallel()
	words := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b|not ` + `implemented`)
	places := regexp.MustCompile(`(^|[\s"'(=])/(wo` + `rk|t` + `mp|ro` + `ot|ho` + `me)/`)
	for _, name := range files(t, ".go", ".md", "Makefile", ".yaml", ".yml", ".service", ".proto", ".sql", "run") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if words.MatchString(line) {
				t.Errorf("%s:%d: do it now, or open an issue: %s", name, i+1, strings.TrimSpace(line))
			}
			if places.MatchString(line) {
				t.Errorf("%s:%d: a path of one machine: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// `make fuzz` finds its targets with grep; this is the same list out of the syntax tree.
func TestMakeFuzzKnowsEveryTarget(t *testing.T) {
	t.Parallel()
	var want []string
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && s.test && strings.HasPrefix(f.Name.Name, "Fuzz") {
				want = append(want, "./"+path.Clean(s.dir)+":"+f.Name.Name)
			}
		}
	}
	out, err := exec.Command("make", "--silent", "--no-print-directory", "fuzz-targets").Output()
	if err != nil {
		t.Fatalf("make fuzz-targets: %v", err)
	}
	got := strings.Fields(string(out))
	sort.Strings(want)
	sort.Strings(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("targets (-in the code +in make fuzz-targets):\n%s", diff)
	}
}
