package e2e

import (
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The beginning of the samples log expires after two days of life. An event is proved nevertheless: the replay begins at
// states the stages saved before it. What cannot be proved says what to do.
func TestVerifyWithoutTheBeginningOfTheLog(t *testing.T) {
	t.Parallel()
	e := newEddy(t, "--partitions", "1")
	e.start()
	load := fleet{series: 40, steps: 1200, from: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	var accepted atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		load.send(t, "http://"+e.web+"/api/v1/write", func(step int) { accepted.Store(int64(step)) })
	}()
	var expired uint64
	for restart := range 3 { // an eddy that stops in good order saves its state, the last stage a little less far than the first
		at := int64((restart + 1) * load.steps / 4)
		eventually(t, "the load goes on", 60*time.Second, func() bool { return accepted.Load() >= at })
		if restart == 0 {
			_, js := connect(t, e.nats)
			expired = samplesLog(t, js).CachedInfo().State.LastSeq
		}
		e.process.stop(syscall.SIGTERM)
		e.launch()
	}
	<-sent
	e.settle()
	_, js := connect(t, e.nats)
	all := verdicts(t, js)
	if err := samplesLog(t, js).Purge(t.Context(), jetstream.WithPurgeSequence(expired)); err != nil {
		t.Fatal(err)
	}
	e.verify(all[len(all)-1])
	e.explain(all[len(all)-1])

	_, data, _ := strings.Cut(all[0], " ")
	for _, args := range [][]string{{parseEvent(t, []byte(data)).ID}, {"--whole", parseEvent(t, []byte(data)).ID}} {
		out, err := exec.Command(eddyBinary, append([]string{"verify", "--nats.url", "nats://" + e.nats}, args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "raise retention.samples") {
			t.Errorf("eddy verify %v, whose samples have expired: %v\n%s", args, err, out)
		}
	}
}

// explain asks about the moment of an event: the answer names the event, and begins where the log still does.
func (e *eddy) explain(verdict string) {
	e.t.Helper()
	_, data, _ := strings.Cut(verdict, " ")
	said := parseEvent(e.t, []byte(data))
	out, err := exec.Command(eddyBinary, "explain", "--nats.url", "nats://"+e.nats, "--tenant", said.Data.Tenant, said.Subject, said.Time).CombinedOutput()
	if err != nil || !strings.Contains(string(out), said.ID) || strings.Contains(string(out), "replayed records 1 to") {
		e.t.Errorf("eddy explain %s at %s: %v\n%s", said.Subject, said.Time, err, out)
	}
}

func samplesLog(t *testing.T, js jetstream.JetStream) jetstream.Stream {
	t.Helper()
	s, err := js.Stream(t.Context(), "EDDY_SAMPLES_0")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
