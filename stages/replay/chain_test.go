package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"eddy/schema"
	"eddy/stages/anomalies"
	"eddy/stages/features"
	"eddy/stages/internal/stagetest"
	"eddy/stages/scoring"
	"eddy/stream"
)

var update = flag.Bool("update", false, "write the scripts' expected output anew")

// TestScripts plays testdata: samples in, events out.
func TestScripts(t *testing.T) {
	t.Parallel()
	stagetest.Scripts(t, "testdata/*.txt", *update, func(t *testing.T) func([]stream.Record) []string {
		c := NewChain(0, stagetest.Catalogue)
		return func(records []stream.Record) (lines []string) {
			for i := range records {
				if err := c.Process(&records[i], func(subject string, data []byte) {
					lines = append(lines, describe(t, subject, data))
				}); err != nil {
					lines = append(lines, "error: "+err.Error())
				}
			}
			return lines
		}
	})
}

// describe prints an event in one line a person can check.
func describe(t *testing.T, subject string, data []byte) string {
	var e schema.Event
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	since := func(text string) string {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Sub(time.UnixMilli(stagetest.Epoch)).String()
	}
	a := e.Data
	line := fmt.Sprintf("%7s %s %s of %s %s %s, since %s", since(e.Time),
		strings.TrimSuffix(strings.TrimPrefix(e.Type, "eddy.anomaly."), ".v1"), a.Cause, e.Subject, a.Severity, a.Direction, since(a.StartedAt))
	if a.EndedAt != "" {
		line += " until " + since(a.EndedAt)
	}
	line += fmt.Sprintf(": %s %.4g at %s, expected %.4g (%.4g..%.4g), score %.3f", a.Feature, a.Value, since(a.Timestamp), a.Expected, a.Lower, a.Upper, a.Score)
	if subject != schema.AnomalySubject(a.Tenant, a.Severity, a.Partition) {
		line += " ON " + subject
	}
	return line
}

func scripts(t testing.TB) (all map[string][]stream.Record, names []string) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scripts", err)
	}
	all = map[string][]stream.Record{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = stagetest.Records(t, string(text))
		names = append(names, path)
	}
	return all, names
}

// TestChainIsTheStagesRestartedAnywhere: the chain gives what the stages give one by one, each restarted at many
// places, its input in batches as the log holds them.
func TestChainIsTheStagesRestartedAnywhere(t *testing.T) {
	t.Parallel()
	all, names := scripts(t)
	for _, name := range names {
		records := all[name]
		featured := stagetest.RestartLaw(t, func() *features.Processor { return features.New(0) }, records)
		scored := stagetest.RestartLaw(t, func() *scoring.Processor { return scoring.New(0, stagetest.Catalogue) }, stagetest.Next(featured))
		want := stagetest.RestartLaw(t, func() *anomalies.Processor { return anomalies.New(0, stagetest.Catalogue) }, stagetest.Next(scored))
		c := NewChain(0, stagetest.Catalogue)
		var got []stagetest.Emission
		for i := range records {
			if err := c.Process(&records[i], func(subject string, data []byte) {
				got = append(got, stagetest.Emission{Subject: subject, Data: bytes.Clone(data)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: the chain gives %d events, the stages %d", name, len(got), len(want))
		}
		for i := range got {
			if got[i].Subject != want[i].Subject || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Fatalf("%s: event %d differs:\n%s\n%s", name, i, got[i].Data, want[i].Data)
			}
		}
	}
}

func TestSkippedRecordsAreNamed(t *testing.T) {
	t.Parallel()
	c := NewChain(0, stagetest.Catalogue)
	none := func(string, []byte) { t.Error("an event") }
	policy := schema.Control{Type: schema.ControlPolicy, Policy: &schema.Policy{Detectors: []schema.Detector{{Name: "a", Algorithm: "magic"}}}}
	f := func(rec stream.Record, stage string) {
		t.Helper()
		var skip *SkipError
		if err := c.Process(&rec, none); !errors.As(err, &skip) || skip.Stage != stage || skip.Root != rec.Root {
			t.Errorf("error %v; want one of %s, record %d", err, stage, rec.Root)
		}
	}
	f(stream.Record{Tenant: "default", Root: 7, Data: []byte("hello")}, "features")
	f(stream.Record{Tenant: schema.ControlTenant, Root: 8, Kind: schema.EntryControl, Data: policy.Encode()}, "scoring")
	if err := c.Process(&stagetest.Records(t, "series a 1\nrun 15s")[0], none); err != nil {
		t.Errorf("the chain does not go on: %v", err)
	}
}

type panicking struct{}

func (panicking) Process(*stream.Record, *stream.Output) error { panic("oh") }

func TestPanicBreaksTheChain(t *testing.T) {
	t.Parallel()
	c := NewChain(0, stagetest.Catalogue)
	c.links[1].processor = panicking{}
	records := stagetest.Records(t, "series a 1 1\nrun 15s")
	for i := range records {
		if err := c.Process(&records[i], nil); !errors.Is(err, ErrBroken) {
			t.Fatalf("error %v", err)
		}
	}
}
