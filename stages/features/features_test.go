package features

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stages/internal/stagetest"
	"eddy/stream"
)

var update = flag.Bool("update", false, "write the scripts' expected output anew")

// TestScripts plays testdata: samples in, rows out.
func TestScripts(t *testing.T) {
	t.Parallel()
	stagetest.Scripts(t, "testdata/*.txt", *update, func(t *testing.T) func([]stream.Record) []string {
		p, names := New(0), map[string]map[uint32]string{}
		return func(records []stream.Record) (lines []string) {
			for _, e := range stagetest.Run(t, p, records...) {
				tenant := schema.SubjectTenant(e.Subject)
				if names[tenant] == nil {
					names[tenant] = map[uint32]string{}
				}
				lines = append(lines, describe(t, e, names[tenant])...)
			}
			return notable(lines)
		}
	})
}

// notable leaves plain rows out of a long output.
func notable(lines []string) []string {
	const long = 12
	if len(lines) <= long {
		return lines
	}
	var kept []string
	for _, line := range lines {
		row, _, _ := strings.Cut(line, " [")
		_, value, _ := strings.Cut(row, " = ")
		if strings.HasPrefix(line, "new") || strings.Contains(value, " ") {
			kept = append(kept, line)
		}
	}
	return append(kept, fmt.Sprintf("and %d plain rows", len(lines)-len(kept)))
}

// describe prints an emission a person can check; names holds the tenant's references.
func describe(t *testing.T, e stagetest.Emission, names map[uint32]string) (lines []string) {
	if e.Kind == schema.EntryControl {
		return []string{e.Subject + " " + string(e.Data)}
	}
	v, err := schema.ParseFeatures(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	for s := range v.Series {
		names[s.Ref] = fmt.Sprintf("#%d %s", s.Ref, s.Labels)
		lines = append(lines, fmt.Sprintf("new  %s: %s", names[s.Ref], s.Kind.Feature()))
	}
	for i := range v.Rows() {
		var f [schema.FeatureCount]float32
		v.Features(i, &f)
		at := time.Duration(v.Timestamp(i)-stagetest.Epoch) * time.Millisecond
		line := fmt.Sprintf("%6s %s = %.4g", at, names[v.Ref(i)], v.Value(i))
		for bit, name := range []string{"reset", "gap", "silence", "ended", "fresh", 7: "doubtful"} {
			if name != "" && v.Flags(i)&(1<<bit) != 0 {
				line += " " + name
			}
		}
		line = fmt.Sprintf("%s [level %.4g spread %.3g trend %.3g interval %.4g gap %.3g", line, f[0], f[1], f[2], f[3], f[4])
		if v.Flags(i)&schema.RowState != 0 {
			line += ", a state"
		}
		lines = append(lines, line+"]")
	}
	return lines
}

// rows runs records and returns the lines that are rows, without their features.
func rows(t *testing.T, p *Processor, records ...stream.Record) (lines []string) {
	t.Helper()
	names := map[uint32]string{}
	for _, e := range stagetest.Run(t, p, records...) {
		for _, line := range describe(t, e, names) {
			line, _, isRow := strings.Cut(line, " [")
			if isRow {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return lines
}

// record makes a samples record of one series.
func record(root uint64, labels schema.Labels, samples ...stagetest.Sample) stream.Record {
	var r stagetest.Request
	r.Series(labels, samples...)
	return stream.Record{Tenant: "default", Root: root, Data: r.Record()}
}

func metric(name string) schema.Labels { return schema.AppendLabel(nil, schema.MetricName, name) }
