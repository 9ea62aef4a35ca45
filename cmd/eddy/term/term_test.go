package term

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		if got := Clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	f("", "")
	f("http_requests_total{path=\"/ü€😀\"}", "http_requests_total{path=\"/ü€😀\"}")
	f("a\x1b[31mb", `a\x1b[31mb`)
	f("a\r\nb\t", `a\x0d\x0ab\x09`)
	f("\u009b2J", `\x9b2J`)
	f("\x9b2J", `\x9b2J`)
	f("\u202egnp.exe", `\u202egnp.exe`)
	f("a\u200bb\u2028", `a\u200bb\u2028`)
}

func TestPaint(t *testing.T) {
	t.Parallel()
	if got := (Style{}).Paint(Red, "x"); got != "x" {
		t.Errorf("plain: %q", got)
	}
	if got := (Style{Colour: true}).Paint(Red, "x"); got != "\x1b[31;1mx\x1b[0m" {
		t.Errorf("coloured: %q", got)
	}
	if got := (Style{Colour: true}).Paint(Red, ""); got != "" {
		t.Errorf("nothing to colour: %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\u009b\u202e\xff\U000e0001")
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if !utf8.ValidString(c) || strings.ContainsFunc(c, harmful) {
			t.Fatalf("%q became %q", s, c)
		}
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back, direct string
		clean := CleanJSON(quoted)
		if strings.ContainsFunc(string(clean), harmful) || json.Unmarshal(clean, &back) != nil || json.Unmarshal(quoted, &direct) != nil || back != direct {
			t.Fatalf("JSON of %q became %q", s, clean)
		}
	})
}
