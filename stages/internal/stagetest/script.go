package stagetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"eddy/schema"
	"eddy/stream"
)

// Script reads commands and turns them into records:
//
//	tenant NAME                 whose samples follow; "default" at first
//	series METRIC VALUES        as promql tests write them: up{job="a"} 1x10 _ 0 stale 5+2x3
//	run INTERVAL                sends all series so far, one record a step, and moves the clock
//	wait DURATION               moves the clock
//	tick INTERVAL COUNT         so many ticks, each moving the clock first
//	returned                    the tenant sends again, in some partition
//	meta FAMILY TYPE            metadata: counter, gauge, histogram, summary …
//	policy JSON                 a policy control record
//
// The last four send records of their own.
type Script struct {
	t       testing.TB
	tenant  string
	now     int64
	root    uint64
	series  []described
	records []stream.Record
}

type described struct {
	labels schema.Labels
	values []parser.SequenceValue
}

// NewScript returns a script at its beginning.
func NewScript(t testing.TB) *Script { return &Script{t: t, tenant: "default", now: Epoch} }

// Do runs one command and returns the records it makes.
func (s *Script) Do(line string) []stream.Record {
	s.t.Helper()
	command, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	s.records = nil
	switch command {
	case "tenant":
		s.tenant = rest
	case "series":
		s.describe(rest)
	case "run":
		s.run(s.duration(rest))
	case "wait":
		s.now += s.duration(rest)
	case "tick":
		s.ticks(rest)
	case "returned":
		s.control(s.tenant, schema.Control{Type: schema.ControlReturned, Time: s.now})
	case "meta":
		s.meta(rest)
	case "policy":
		var p schema.Policy
		if err := json.Unmarshal([]byte(rest), &p); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
		s.control(schema.ControlTenant, schema.Control{Type: schema.ControlPolicy, Policy: &p})
	default:
		s.t.Fatalf("unknown command %q", line)
	}
	return s.records
}

func (s *Script) describe(text string) {
	l, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(text)
	if err != nil {
		s.t.Fatalf("series %s: %v", text, err)
	}
	var set schema.Labels
	l.Range(func(x labels.Label) { set = schema.AppendLabel(set, x.Name, x.Value) })
	s.series = append(s.series, described{labels: set, values: values})
}

func (s *Script) run(interval int64) {
	steps := 0
	for _, d := range s.series {
		steps = max(steps, len(d.values))
	}
	for i := range steps {
		var r Request
		for _, d := range s.series {
			if i < len(d.values) && !d.values[i].Omitted {
				r.Series(d.labels, Sample{Timestamp: s.now, Value: d.values[i].Value})
			}
		}
		s.add(s.tenant, schema.EntryData, r.Record())
		s.now += interval
	}
	s.series = nil
}

func (s *Script) ticks(text string) {
	var interval string
	var count int
	if _, err := fmt.Sscan(text, &interval, &count); err != nil {
		s.t.Fatalf("tick %s: %v", text, err)
	}
	for range count {
		s.now += s.duration(interval)
		s.control(s.tenant, schema.Control{Type: schema.ControlTick, Time: s.now})
	}
}

func (s *Script) meta(text string) {
	family, kind, _ := strings.Cut(text, " ")
	for i, name := range []string{"unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"} {
		if name == kind {
			var r Request
			r.Metadata(family, uint64(i))
			s.add(s.tenant, schema.EntryData, r.Record())
			return
		}
	}
	s.t.Fatalf("meta %s: unknown type", text)
}

func (s *Script) control(tenant string, c schema.Control) {
	s.add(tenant, schema.EntryControl, c.Encode())
}

func (s *Script) add(tenant string, kind schema.EntryKind, data []byte) {
	s.root++
	s.records = append(s.records, stream.Record{Tenant: tenant, Root: s.root, Kind: kind, Data: data})
}

func (s *Script) duration(text string) int64 {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatalf("duration %q: %v", text, err)
	}
	return d.Milliseconds()
}

// Records runs all commands of a text, leaving comments and expected output aside.
func Records(t testing.TB, text string) []stream.Record {
	t.Helper()
	s := NewScript(t)
	var all []stream.Record
	for _, paragraph := range strings.Split(text, "\n\n") {
		commands, _, _ := strings.Cut(paragraph, "\n----")
		for _, line := range strings.Split(commands, "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				all = append(all, s.Do(line)...)
			}
		}
	}
	return all
}

// Scripts runs every script of a folder. A script is paragraphs of comments and commands, each ended by a line of four
// dashes and the output expected of it; start makes a fresh subject that prints what records give. With update the
// expected output is written anew instead of compared.
func Scripts(t *testing.T, pattern string, update bool, start func(t *testing.T) func([]stream.Record) []string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts match %s: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text), start(t))
			if update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("-want +got (run with -update to accept):\n%s", diff)
			}
		})
	}
}

// play returns the script with the output it really gives.
func play(t *testing.T, text string, process func([]stream.Record) []string) string {
	s := NewScript(t)
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		commands, _, checked := strings.Cut(paragraph, "\n----")
		var output []string
		for _, line := range strings.Split(commands, "\n") {
			b.WriteString(line + "\n")
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				output = append(output, process(s.Do(line))...)
			}
		}
		if checked {
			b.WriteString("----\n")
			for _, line := range output {
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String()
}
