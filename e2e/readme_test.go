package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// newcomer follows the README: a folder with bin/eddy, and an environment that keeps eddy off the default addresses.
// Where the README has a tenant shop, the newcomer has the demonstration's.
type newcomer struct {
	t    *testing.T
	e    *eddy
	dir  string
	nc   *nats.Conn
	js   jetstream.JetStream
	live map[string]*nats.Subscription // by the command that made it

	id, series string // of an anomaly
}

// TestReadmeCommands runs what the README tells to run. A command this test does not know is an error, so that the
// README says nothing that was never tried.
func TestReadmeCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "eddy.yaml") // the one page of the README that asks for a setting
	if err := os.WriteFile(file, []byte("export: {scrape: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := &newcomer{t: t, e: newEddy(t, "--config.file", file), dir: t.TempDir(), live: map[string]*nats.Subscription{}}
	if err := os.Mkdir(filepath.Join(n.dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(eddyBinary, filepath.Join(n.dir, "bin", "eddy")); err != nil {
		t.Fatal(err)
	}
	commands := readmeCommands(t)
	t.Logf("%q", commands)
	n.e.start()
	n.nc, n.js = connect(t, n.e.nats)
	for _, c := range commands { // who watches has begun to before the demonstration
		if subject, ok := strings.CutPrefix(c, "nats sub "); ok {
			sub, err := n.nc.SubscribeSync(strings.Trim(subject, "'"))
			if err != nil {
				t.Fatal(err)
			}
			n.live[c] = sub
		}
	}
	subscriber := n.subscriber(commands)
	for _, c := range commands {
		n.try(c)
	}
	eventually(t, "the example subscriber alerts", 20*time.Second, func() bool {
		said, err := os.ReadFile(subscriber.Stdout.(*os.File).Name())
		return err == nil && bytes.Contains(said, []byte("ALERT  "))
	})
	n.streams()
	n.paths()
}

// readmeCommands returns the command lines of the README's blocks, then those in its text, each once.
func readmeCommands(t *testing.T) (commands []string) {
	t.Helper()
	parts := strings.Split(readme(t), "```") // text, block, text, …
	var inText []string
	for i, part := range parts {
		if i%2 == 1 {
			commands = append(commands, regexp.MustCompile(`(?m)^(make|bin/eddy|eddy|nats|go) .*$`).FindAllString(part, -1)...)
			continue
		}
		for _, m := range regexp.MustCompile("`((?:nats sub|go run) [^`]*)`").FindAllStringSubmatch(part, -1) {
			inText = append(inText, m[1])
		}
	}
	commands = append(commands, inText...)
	for i, c := range commands {
		c, _, _ = strings.Cut(c, " #")
		commands[i] = strings.ReplaceAll(strings.TrimSpace(c), "shop", "demo")
	}
	if len(commands) < 12 {
		t.Fatalf("only %d commands found: %q", len(commands), commands)
	}
	return commands
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// subscriber runs the README's example program, built instead of by go run so that it can be ended.
func (n *newcomer) subscriber(commands []string) *process {
	n.t.Helper()
	i := slices.IndexFunc(commands, func(c string) bool { return strings.HasPrefix(c, "go run ") })
	if i < 0 {
		n.t.Fatal("the README shows no program that subscribes")
	}
	args := strings.Fields(commands[i])
	program := filepath.Join(n.dir, "subscribe")
	build := exec.Command("go", "build", "-o", program, args[2])
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		n.t.Fatalf("%v\n%s", err, out)
	}
	p := start(n.t, "subscribe", program, append(args[3:], "-url", "nats://"+n.e.nats)...)
	eventually(n.t, "the example has its consumer", 20*time.Second, func() bool {
		_, err := n.js.Consumer(n.t.Context(), "EDDY_ANOMALIES", "subscribe")
		return err == nil
	})
	return p
}

// try runs one command as it stands, with what makes it fast, or what the nats command line would do.
func (n *newcomer) try(command string) {
	n.t.Helper()
	words := strings.Fields(strings.ReplaceAll(command, "'", ""))
	switch {
	case command == "make run", command == "make demo":
		n.made(words[1])
	case command == "bin/eddy tail":
		if out, _ := n.run(command + " --no-follow --since 1h"); strings.Count(out, "\n") < 5 || !strings.Contains(out, "score 0.") {
			n.t.Errorf("%s:\n%s", command, out)
		}
	case strings.HasPrefix(command, "nats sub "):
		if m, err := n.live[command].NextMsg(10 * time.Second); err != nil {
			n.t.Errorf("%s: %v", command, err)
		} else {
			e := parseEvent(n.t, m.Data)
			n.id, n.series = e.Data.AnomalyID, e.Subject
		}
	case strings.HasPrefix(command, "nats consumer "):
		n.consumer(words)
	case strings.Contains(command, "--to-subject"):
		n.republished(command, words[len(words)-1])
	case strings.HasPrefix(command, "eddy backtest "):
		n.backtested(command)
	case strings.HasPrefix(command, "eddy explain "):
		if out, _ := n.run(strings.ReplaceAll(command, "<series>", n.series)); !strings.Contains(out, n.series) && !strings.Contains(out, `"gates"`) {
			n.t.Errorf("%s:\n%s", command, out)
		}
	case strings.HasPrefix(command, "eddy replay "), strings.HasPrefix(command, "eddy verify "):
		n.run(strings.ReplaceAll(command, "<anomaly_id>", n.id))
	case strings.HasPrefix(command, "eddy bench "): // takes minutes, and measures nothing here: are there such flags?
		help, _ := n.run("eddy bench --help")
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(command, -1) {
			if !strings.Contains(help, flag) {
				n.t.Errorf("%s: no such flag as %s", command, flag)
			}
		}
	case strings.HasPrefix(command, "go run "): // runs beside the others
	default:
		n.t.Errorf("the README says %q, which no test has tried: teach this one", command)
	}
}

// backtested runs a backtest where there is such history, with files of its own.
func (n *newcomer) backtested(command string) {
	n.t.Helper()
	if strings.Contains(command, "--prometheus") { // TestRealPrometheus has one
		return
	}
	history := filepath.Join(n.dir, "history")
	if err := os.MkdirAll(history, 0o700); err != nil {
		n.t.Fatal(err)
	}
	var rows strings.Builder
	for i := range 500 {
		fmt.Fprintf(&rows, "%d,%d\n", 1_700_000_000+60*i, 50+i*i%7)
	}
	for name, text := range map[string]string{"history/web.csv": "timestamp,value\n" + rows.String(), "old.yaml": "", "new.yaml": ""} {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	out, _ := n.run(command)
	if !strings.Contains(out, "written to results/") && !strings.Contains(out, "0 added, 0 removed") {
		n.t.Errorf("%s:\n%s", command, out)
	}
}

// run is a shell in the newcomer's folder. The command must succeed.
func (n *newcomer) run(command string) (out, said string) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Dir = n.dir
	shell.Env = append(os.Environ(), "PATH="+filepath.Join(n.dir, "bin")+":"+os.Getenv("PATH"), "EDDY_NATS_URL=nats://"+n.e.nats)
	var stdout, stderr bytes.Buffer
	shell.Stdout, shell.Stderr = &stdout, &stderr
	if err := shell.Run(); err != nil {
		n.t.Errorf("%s: %v\n%s%s", command, err, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// made checks what a make target runs, and runs that: eddy itself runs already.
func (n *newcomer) made(target string) {
	n.t.Helper()
	recipe, err := exec.Command("make", "-n", "-C", "..", target).Output()
	if err != nil || !strings.Contains(string(recipe), "exec bin/eddy "+target) {
		n.t.Errorf("make %s: %v\n%s", target, err, recipe)
	}
	if target == "run" {
		return
	}
	if out, _ := n.run("bin/eddy demo --speed 100 --url http://" + n.e.web + "/api/v1/write"); !strings.Contains(out, "caught") {
		n.t.Errorf("make demo:\n%s", out)
	}
}

// consumer does what nats consumer add and next do.
func (n *newcomer) consumer(words []string) {
	n.t.Helper()
	stream, name := words[3], words[4]
	if words[2] == "add" {
		_, err := n.js.CreateConsumer(n.t.Context(), stream, jetstream.ConsumerConfig{Durable: name, FilterSubject: words[6],
			DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy})
		if err != nil {
			n.t.Errorf("%v: %v", words, err)
		}
		return
	}
	c, err := n.js.Consumer(n.t.Context(), stream, name)
	if err != nil {
		n.t.Fatalf("%v: %v", words, err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(10 * time.Second))
	if err != nil {
		n.t.Fatalf("%v: %v", words, err)
	}
	parseEvent(n.t, m.Data())
}

// republished checks that a subscriber gets the records of the tenant as they are stored, in their order.
func (n *newcomer) republished(command, subject string) {
	n.t.Helper()
	var want, got [][]byte
	for _, name := range streams(n.t, n.js, "EDDY_SAMPLES_") {
		readStream(n.t, n.js, name, []string{"eddy.samples.demo.>"}, func(m jetstream.Msg) {
			if m.Headers().Get("Eddy-Kind") == "" {
				want = append(want, m.Data())
			}
		})
	}
	sub, err := n.nc.SubscribeSync(subject)
	if err == nil {
		err = sub.SetPendingLimits(-1, -1)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.nc.Flush(); err != nil {
		n.t.Fatal(err)
	}
	_, said := n.run(command)
	for range want {
		m, err := sub.NextMsg(10 * time.Second)
		if err != nil {
			n.t.Fatalf("%s: message %d of %d: %v", command, len(got)+1, len(want), err)
		}
		got = append(got, m.Data)
	}
	if !slices.EqualFunc(want, got, bytes.Equal) || !strings.Contains(said, fmt.Sprintf("in %d records", len(want))) {
		n.t.Errorf("%s: what arrives on %s is not what is stored; it said %s", command, subject, said)
	}
}

// streams checks the README's table of streams: each exists and takes the subjects the table says.
func (n *newcomer) streams() {
	n.t.Helper()
	fill := strings.NewReplacer("<tenant>", "demo", "<severity>", "critical", "<p>", "0")
	rows := regexp.MustCompile("(?m)^\\| `(EDDY_[^`]+)` \\| `([^`]+)` \\|").FindAllStringSubmatch(readme(n.t), -1)
	if len(rows) < 5 {
		n.t.Fatalf("%d streams found", len(rows))
	}
	for _, row := range rows {
		name, err := n.js.StreamNameBySubject(n.t.Context(), fill.Replace(row[2]))
		if diff := cmp.Diff(fill.Replace(row[1]), name); diff != "" || err != nil {
			n.t.Errorf("%s belongs to (-README +NATS) %s, %v", row[2], diff, err)
		}
	}
}

// paths checks the README's table of pages.
func (n *newcomer) paths() {
	n.t.Helper()
	rows := regexp.MustCompile("`GET (/[^`]+)`").FindAllStringSubmatch(readme(n.t), -1)
	if len(rows) < 3 {
		n.t.Fatalf("%d pages found", len(rows))
	}
	for _, row := range rows {
		if get(n.t, "http://"+n.e.web+row[1]) == "" {
			n.t.Errorf("GET %s: nothing", row[1])
		}
	}
}
