package export

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"

	"eddy/schema"
)

// Handler serves the points of the tenant named by the header X-Scope-OrgID or the parameter tenant, else of "default", in
// Prometheus' text format. Samples carry the timestamp of what was judged.
func (l *Latest) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant := r.Header.Get("X-Scope-OrgID")
		if t := r.URL.Query().Get("tenant"); t != "" {
			tenant = t
		}
		if tenant == "" {
			tenant = schema.DefaultTenant
		}
		if err := schema.CheckTenant(tenant); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = WriteText(w, l.Collect(tenant)) // the client has gone
	})
}

// WriteText writes entries in Prometheus' text format, one exported name after the other.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
func WriteText(w io.Writer, entries []Entry) error {
	b := bufio.NewWriter(w)
	for _, name := range []string{nameScore, nameValue, nameExpected, nameLower, nameUpper} {
		b.WriteString("# TYPE " + name + " gauge\n")
		for i := range entries {
			for _, s := range entries[i].Point.Samples() {
				if s.Name == name {
					writeLine(b, &entries[i], s)
				}
			}
		}
	}
	return b.Flush()
}

func writeLine(b *bufio.Writer, e *Entry, s Sample) {
	b.WriteString(s.Name)
	separator := byte('{')
	for _, p := range pairs(e.Labels) {
		b.WriteByte(separator)
		b.WriteString(labelName(p.name))
		b.WriteString(`="`)
		b.WriteString(escapeValue(p.value))
		b.WriteByte('"')
		separator = ','
	}
	if separator == ',' {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(strconv.FormatFloat(s.Value, 'g', -1, 64))
	b.WriteByte(' ')
	b.WriteString(strconv.FormatInt(e.Point.Timestamp, 10))
	b.WriteByte('\n')
}

// labelName quotes names that the classic format cannot hold, as Prometheus 3 reads them.
func labelName(name string) string {
	for i, r := range name {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9' {
			continue
		}
		return `"` + escapeValue(name) + `"`
	}
	return name
}

func escapeValue(v string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(v)
}
