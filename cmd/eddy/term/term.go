// Package term is what eddy's commands share about terminals: colours where they are wanted, and text from outside made
// harmless before it is printed.
package term

import (
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-isatty"
)

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }

// Colours reports whether to colour what goes to f: on a terminal, unless NO_COLOR says otherwise (https://no-color.org).
func Colours(f *os.File) bool {
	return IsTerminal(f) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Style colours text; its zero value leaves it plain.
type Style struct{ Colour bool }

// The styles eddy uses, as SGR parameters.
const (
	Bold   = "1"
	Dim    = "2"
	Red    = "31;1"
	Yellow = "33"
	Green  = "32"
	Cyan   = "36"
)

// Paint wraps text in a style. The text must be clean already.
func (s Style) Paint(code, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Clean replaces everything that could move the cursor, change colours or reorder the line: control characters, bidirectional
// marks, other invisible format characters and bytes that are not UTF-8. What is left is one harmless line.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case harmful(r):
			writeEscape(&b, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// CleanJSON does the same for a compact JSON text and keeps it valid: inside strings the escapes mean the same characters.
func CleanJSON(data []byte) []byte {
	s := string(data)
	if isClean(s) {
		return data
	}
	var b strings.Builder
	for _, r := range s { // invalid bytes become U+FFFD, as encoding/json reads them
		switch {
		case !harmful(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String())
}

func isClean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if harmful(r) {
			return false
		}
	}
	return true
}

func harmful(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

func writeEscape(b *strings.Builder, r rune) {
	if r < 0x100 {
		fmt.Fprintf(b, `\x%02x`, r)
	} else {
		fmt.Fprintf(b, `\u%04x`, r)
	}
}
