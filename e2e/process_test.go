package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a program under test or beside it; its output goes to a file that is shown when the test fails.
type process struct {
	*exec.Cmd
	name   string
	exited chan struct{}
}

// start runs a program and ends it with the test.
func start(t *testing.T, name string, path string, args ...string) *process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(t.TempDir(), name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(path, args...), name: name, exited: make(chan struct{})}
	p.Stdout, p.Stderr = log, log
	p.Dir = t.TempDir()
	if err := p.Start(); err != nil {
		t.Fatalf("%s: %v (make test installs it)", name, err)
	}
	go func() { _ = p.Wait(); close(p.exited) }()
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGCONT)
		p.stop(syscall.SIGTERM)
		log.Close()
		if t.Failed() {
			tail, _ := os.ReadFile(log.Name())
			t.Logf("--- %s said:\n%s", name, tail[max(0, len(tail)-4000):])
		}
	})
	return p
}

// stop sends a signal and waits for the end; what does not end in half a minute is killed.
func (p *process) stop(s os.Signal) {
	_ = p.Process.Signal(s)
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		_ = p.Process.Kill()
		<-p.exited
	}
}

// freePort returns a loopback address nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eddy is one installation: a data directory and addresses that survive restarts.
type eddy struct {
	t         *testing.T
	dir       string
	web, nats string
	extra     []string
	process   *process
}

func newEddy(t *testing.T, extra ...string) *eddy {
	return &eddy{t: t, dir: t.TempDir(), web: freePort(t), nats: freePort(t), extra: extra}
}

// start runs the binary and waits until it is ready.
func (e *eddy) start() {
	e.t.Helper()
	e.launch()
	eventually(e.t, "eddy is ready", 60*time.Second, func() bool { return get(e.t, "http://"+e.web+"/-/ready") == "ready" })
}

func (e *eddy) launch() {
	args := append([]string{"run", "--data.dir", e.dir, "--web.listen-address", e.web, "--nats.listen-address", e.nats,
		"--log.format", "console"}, e.extra...)
	e.process = start(e.t, "eddy", eddyBinary, args...)
}

// metric sums the samples of a metric in eddy's exposition, -1 when it is not there.
func (e *eddy) metric(name string) float64 { return metric(get(e.t, "http://"+e.web+"/metrics"), name) }

// get returns a page's body without its trailing newline, "" on any failure or a status other than 200.
func get(t *testing.T, url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return strings.TrimSpace(string(body))
}

// metric sums all samples of a metric in the Prometheus text format; -1 when there is none.
func metric(page, name string) float64 {
	sum, found := 0.0, false
	for line := range strings.Lines(page) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		fields := strings.Fields(line)
		var v float64
		if _, err := fmt.Sscan(fields[len(fields)-1], &v); err == nil {
			sum, found = sum+v, true
		}
	}
	if !found {
		return -1
	}
	return sum
}

// eventually polls until the condition holds or the test fails.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		<-time.After(50 * time.Millisecond)
	}
}
