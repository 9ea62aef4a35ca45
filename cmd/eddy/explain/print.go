package explain

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"eddy/cmd/eddy/term"
	"eddy/schema"
)

// Print writes an explanation for people.
func (x *Explanation) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", x.Series)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	line("where", "tenant %s, partition %d, record %d; replayed records %d to %d", x.Tenant, x.Partition, x.Sample.Sequence, x.From, x.Until)
	line("sample", "%s at %s, %.4g s before the moment asked for", Number(x.Sample.Value), instant(x.Sample.Timestamp), x.Sample.Age)
	if r := x.Row; r != nil {
		r.print(line)
	}
	for _, e := range x.Events {
		line("event", "%s, %s, id %s", e.Type, e.Severity, e.ID)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	b.WriteString("gates\n")
	for _, g := range x.Gates {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", g.Name, g.State, g.Detail)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "%s\n", x.Verdict)
	for text := range strings.Lines(b.String()) { // labels are a sender's words
		if _, err := fmt.Fprintln(w, term.Clean(strings.TrimSuffix(text, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

func (r *Row) print(line func(name, format string, args ...any)) {
	line(r.Feature, "%s at %s", r.Value, instant(r.Timestamp))
	line("expected", "%s, normal from %s to %s", r.Expected, r.Lower, r.Upper)
	line("score", "%s by %s %s; %s behind direction and min_deviation", r.Score, r.Model.Algorithm, r.Model.Digest, r.Counted)
	var members []string
	for _, m := range r.Members {
		members = append(members, m.Name+" "+percent(m.Share))
	}
	line("shares", "%s", strings.Join(members, ", "))
	var features []string
	for _, name := range schema.FeatureNames() {
		if v, ok := r.Features[name]; ok {
			features = append(features, fmt.Sprintf("%s %v", name, v))
		}
	}
	line("known before", "%s", strings.Join(features, ", "))
}
