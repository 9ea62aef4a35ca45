package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eddy/algorithms"
	"eddy/stages"
)

// toy stands for a catalogue: configuration only asks for the name and the parameters.
type toy struct{}

func (toy) Name() string { return "ensemble" }
func (toy) Parameters() []algorithms.Parameter {
	return []algorithms.Parameter{
		{Name: "half_life", Help: "samples", Default: 100, Min: 1, Max: 10000},
		{Name: "warmup", Help: "samples", Default: 20, Min: 2, Max: 100, Integer: true},
	}
}
func (toy) Train(context.Context, map[string]float64, algorithms.Dataset) (algorithms.Model, error) {
	return toyModel{}, nil
}
func (toy) Load([]byte) (algorithms.Model, error) { return nil, algorithms.ErrModel }

type toyModel struct{}

func (toyModel) Info() algorithms.Info                                   { return algorithms.Info{Algorithm: "ensemble"} }
func (toyModel) StateLen() int                                           { return 0 }
func (toyModel) Score([]float64, *algorithms.Input, *algorithms.Verdict) {}
func (toyModel) MarshalBinary() ([]byte, error)                          { return nil, nil }

func catalogue() []algorithms.Algorithm { return []algorithms.Algorithm{toy{}} }

// Each file of testdata is one case; a bad one carries what it expects in comments "# want: line: message".
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	want := regexp.MustCompile(`(?m)^# want: (.*)$`)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var expected []string
			for _, m := range want.FindAllStringSubmatch(string(data), -1) {
				expected = append(expected, file+":"+m[1])
			}
			_, err = Flags{ConfigFile: file}.Load(catalogue())
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if strings.HasSuffix(file, ".bad.yaml") == (err == nil) {
				t.Errorf("the name promises otherwise: %v", err)
			}
		})
	}
}

func TestDefaultsWork(t *testing.T) {
	t.Parallel()
	c, err := Flags{}.Load(catalogue())
	if err != nil {
		t.Fatal(err)
	}
	if c.Web.ListenAddress != "127.0.0.1:7420" || c.NATS.ListenAddress != "127.0.0.1:4222" || c.NATS.Sync != "always" || c.Data.Dir != "./data" {
		t.Errorf("contract defaults: %+v", c)
	}
	if !c.Runs("ingest") || !c.Runs("anomalies") || c.Runs("train") || len(c.Policy().Detectors) != 1 {
		t.Errorf("stages %v, detectors %v", c.Stages, c.Detectors)
	}
	if c.Retention != (Retention{}) || c.NATS.Replicas != 0 { // as the streams have it
		t.Errorf("retention %v", c.Retention)
	}
}

func TestOverridesBeatTheFile(t *testing.T) {
	t.Parallel()
	s := func(v string) *string { return &v }
	flags := Flags{WebListenAddress: s("0.0.0.0:80"), NATSURL: s(""), Stages: s("ingest, features"), Partitions: s("3")}
	file := []byte("web: {listen_address: 127.0.0.1:1}\nnats: {url: nats://x:1}\nlog: {level: warn}\n")
	for range 2 { // twice: a reload must come to the same result
		c, err := flags.Check("f", file, catalogue())
		if err != nil {
			t.Fatal(err)
		}
		if c.Web.ListenAddress != "0.0.0.0:80" || c.NATS.URL != "" || c.Partitions != 3 || c.Log.Level != "warn" {
			t.Errorf("%+v", c)
		}
		if diff := cmp.Diff([]string{"ingest", "features"}, c.Stages); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFaultOfAnOverrideNamesTheFlag(t *testing.T) {
	t.Parallel()
	s := func(v string) *string { return &v }
	_, err := Flags{WebListenAddress: s("x"), Stages: s("nope"), Partitions: s("p")}.Check("f", []byte("web:\n  listen_address: a:1\n"), catalogue())
	want := "--partitions: \"p\" must be a whole number\n" +
		"--web.listen-address: \"x\": must be host:port\n" +
		"--stages: \"nope\": must be one of ingest, features, scoring, anomalies"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestMissingFileIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := (Flags{ConfigFile: "testdata/absent.yaml"}).Load(nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestPasswordsStayOutOfFaults(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://u:secret@h", "nats://u:secret@ho st"} {
		_, err := Flags{NATSURL: &url}.Load(catalogue())
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestParseBytes(t *testing.T) {
	t.Parallel()
	f := func(in string, want Bytes, ok bool) {
		t.Helper()
		got, err := ParseBytes(in)
		if got != want || (err == nil) != ok {
			t.Errorf("%q: got %d, %v; want %d", in, got, err, want)
		}
	}
	f("0", 0, true)
	f("512", 512, true)
	f("512B", 512, true)
	f("1KiB", 1<<10, true)
	f("1.5 GiB", 3<<29, true)
	f("2TiB", 2<<40, true)
	f("-1", 0, false)
	f("1GB", 0, false)
	f("", 0, false)
	f("NaN", 0, false)
	f("1e30", 0, false)
}

func FuzzConfig(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("detectors: &d\n- <<: *d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Flags{}.Check("fuzz", data, catalogue())
		if err != nil {
			if err.Error() == "" {
				t.Error("a refusal without a reason")
			}
			return
		}
		if len(c.Detectors) == 0 || len(c.Stages) == 0 || c.Policy().Digest() == "" {
			t.Errorf("accepted, but cannot work: %+v", c)
		}
		lookup := func(name string) (algorithms.Algorithm, bool) { return toy{}, name == toy{}.Name() }
		if _, err := stages.NewPlan(c.Policy(), lookup); err != nil {
			t.Errorf("accepted, but the stages refuse it: %v", err)
		}
	})
}
