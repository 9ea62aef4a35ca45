package house

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// layer says which of our own packages the packages below a folder may import. The first layer that holds a folder counts.
type layer struct {
	dir     string
	may     []string // folders, with all below them; a layer may always import itself
	instead string
}

func layers() []layer {
	return []layer{
		{"schema", nil, "schema holds the nouns and imports none of ours: move what needs more to the package that uses it"},
		{"migrations", nil, "migrations are SQL and import none of ours"},
		{"algorithms", []string{"schema"}, "an algorithm sees numbers only: what it needs of a stage belongs into algorithms.Input"},
		{"stream", []string{"schema"}, "the engine knows no stage: give it what it needs in stream.Stage"},
		{"stages/internal", []string{"schema", "stream", "algorithms"}, "helpers of stages know no stage"},
		{"stages/replay", []string{"schema", "stream", "algorithms", "stages"}, "replay chains the processors, and imports nothing of cmd"},
		{"stages", []string{"schema", "stream", "algorithms"}, "a stage never imports another: speak through a subject, or put the shared contract into package stages"},
		{"cmd", []string{"schema", "stream", "algorithms", "stages", "migrations"}, "commands may import everything but e2e"},
		{"e2e", nil, "e2e knows the built binary and the public contract only: run eddy instead of importing it"},
		{"deploy", nil, "examples show what a stranger can do: use the public contract"},
	}
}

func (l layer) allows(from, to string) bool {
	if l.dir == "stages" { // every stage is a layer of its own, above package stages and its helpers
		stage := strings.Join(strings.SplitN(from, "/", 3)[:min(2, strings.Count(from, "/")+1)], "/")
		if to == "stages" || within(to, "stages/internal") || within(to, stage) && stage != "stages" {
			return true
		}
	} else if within(to, l.dir) || l.dir == "stages/internal" && to == "stages" {
		return true
	}
	for _, dir := range l.may {
		if within(to, dir) {
			return true
		}
	}
	return false
}

func TestOurPackagesImportDownwardsOnly(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			to, ours := strings.CutPrefix(name, "eddy/")
			if !ours || s.test && withinTests(s.dir, to) {
				continue
			}
			for _, l := range layers() {
				if within(s.dir, l.dir) {
					used[l.dir] = true
					if !l.allows(s.dir, to) {
						t.Errorf("%s imports %s: %s", s.at(i), name, l.instead)
					}
					break
				}
			}
		}
	}
	for _, dir := range []string{"algorithms", "stream", "stages", "cmd"} {
		if !used[dir] {
			t.Errorf("no package below %s imports anything of ours: was it renamed? Then the table in this file is out of date", dir)
		}
	}
}

// withinTests: tests of stages may drive the real algorithms through the catalogue, and tests of commands anything.
func withinTests(from, to string) bool {
	return within(from, "stages") && within(to, "algorithms") || within(from, "cmd")
}

// keeper says where a dependency may be imported. It is recognised by a word of its path, so a new major version or a
// fork falls under the same rule.
type keeper struct {
	word    string
	where   []string // folders, or patterns of file names beginning with *
	instead string
	later   bool // nothing uses it yet
}

func keepers() []keeper {
	return []keeper{
		{"nats-io/nats.go", []string{"stream", "e2e", "deploy/examples"}, "package stream is the only door to NATS", false},
		{"nats-io/nats-server", []string{"stream", "e2e"}, "use stream.StartEmbedded", false},
		{"prometheus/prompb", []string{"stages/ingest", "e2e"}, "read records as features does, write requests with cmd/eddy/remotewrite", false},
		{"promql/parser", []string{"stages"}, "selectors are compiled by stages.NewPlan and checked by stages.Check", false},
		{"alecthomas/kong", []string{"cmd"}, "flags belong to commands", false},
		{"yaml", []string{"cmd", "deploy"}, "a package declares its Config struct; cmd reads the file", false},
		{"google/go-cmp", []string{"*_test.go", "stream/streamtest", "algorithms/lawtest", "stages/internal/stagetest"}, "go-cmp is for tests", false},
		{"jackc/pgx", []string{"*_pg.go", "*_pg_test.go", "migrations", "e2e"}, "keep Postgres behind the stage's interface, in a file named *_pg.go", true},
		{"redis", []string{"*_redis.go", "*_redis_test.go", "e2e"}, "keep Redis behind the stage's interface, in a file named *_redis.go", true},
		{"gonum", []string{"algorithms", "stages/features", "stages/monitor"}, "numerics live in algorithms, features and monitor", false},
		{"testify", nil, "compare with go-cmp", true},
		{"gomock", nil, "write a fake: a struct with the two methods the test needs", true},
	}
}

func (k keeper) allows(s source) bool {
	for _, where := range k.where {
		if pattern, isFile := strings.CutPrefix(where, "*"); isFile && strings.HasSuffix(s.path, pattern) || within(s.dir, where) {
			return true
		}
	}
	return false
}

func TestDependenciesStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			if !strings.Contains(strings.SplitN(name, "/", 2)[0], ".") {
				continue // the standard library and ours
			}
			for _, k := range keepers() {
				if !strings.Contains(name, k.word) {
					continue
				}
				used[k.word] = true
				if !k.allows(s) {
					t.Errorf("%s imports %s: %s", s.at(i), name, k.instead)
				}
			}
		}
	}
	for _, k := range keepers() {
		if !used[k.word] && !k.later {
			t.Errorf("nothing imports a path with %q any more: was the dependency renamed? Then the rule has to follow it", k.word)
		}
		if used[k.word] && k.later {
			t.Errorf("%q is in use now: take `later` off its rule, so that the rule is checked for rot", k.word)
		}
	}
}

// A module that nobody's rule names may still be a known one under a new name; this list makes adding one a decision.
func TestEveryDirectDependencyIsKnown(t *testing.T) {
	t.Parallel()
	known := []string{
		"github.com/alecthomas/kong", "github.com/cespare/xxhash/v2", "github.com/golang/snappy", "github.com/google/go-cmp",
		"github.com/klauspost/compress", "github.com/mattn/go-isatty", "github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go",
		"github.com/prometheus/client_golang", "github.com/prometheus/client_golang/exp", "github.com/prometheus/client_model", "github.com/prometheus/common",
		"github.com/prometheus/prometheus", "github.com/rs/zerolog", "go.yaml.in/yaml/v3", "golang.org/x/sync", "golang.org/x/sys",
		"google.golang.org/protobuf", "gonum.org/v1/gonum",
	}
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	unknown := map[string]string{}
	for _, s := range sources(t) {
		for _, i := range s.file.Imports {
			name := strings.Trim(i.Path.Value, `"`)
			module := moduleOf(string(text), name)
			if module != "" && !contains(known, module) {
				unknown[module] = s.at(i)
			}
		}
	}
	for module, at := range unknown {
		t.Errorf("%s imports %s: a new dependency; is there one already, or the standard library? If not, add it to this list", at, module)
	}
}

// moduleOf returns the module of go.mod that provides a package, or "".
func moduleOf(mod, pkg string) string {
	best := ""
	for _, line := range strings.Split(mod, "\n") {
		fields := strings.Fields(line)
		if len(fields) >= 2 && strings.Contains(fields[0], ".") && within(pkg, fields[0]) && len(fields[0]) > len(best) {
			best = fields[0]
		}
	}
	return best
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
