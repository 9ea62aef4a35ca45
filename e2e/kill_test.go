package e2e

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

// Eddy is killed twenty times at random moments under load. Afterwards every acknowledged sample is in the log, every
// event was published once, and the anomaly log is, byte for byte, what an uninterrupted run makes of the same samples.
func TestKilledTwentyTimesLosesAndDoublesNothing(t *testing.T) {
	const kills = 20
	e := newEddy(t, "--partitions", "2")
	e.start()
	load := fleet{series: 40, steps: 2500, from: time.Now().Add(-2 * time.Hour).Truncate(time.Second)}
	var accepted atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		load.send(t, "http://"+e.web+"/api/v1/write", func(step int) { accepted.Store(int64(step)) })
	}()
	rng := rand.New(rand.NewPCG(1, 1))
	for k := range kills {
		// The moment is a random step within the k-th share of the load, so that every kill hits a busy server.
		at := int64(k*load.steps/kills + 1 + rng.IntN(load.steps/kills-2))
		eventually(t, "the load goes on", 60*time.Second, func() bool { return accepted.Load() >= at })
		e.process.stop(syscall.SIGKILL)
		e.launch()
	}
	<-sent
	e.settle()
	_, js := connect(t, e.nats)
	checkStored(t, js, load)
	killed := verdicts(t, js)
	checkOnce(t, killed)
	e.verify(killed[0])
	e.verify(killed[len(killed)-1])
	if diff := cmp.Diff(e.rederive(), killed); diff != "" {
		t.Errorf("the anomaly log differs from an uninterrupted run (-uninterrupted +killed):\n%s", diff)
	}
	t.Logf("%d events after %d kills", len(killed), kills)
}

// verify proves the anomaly of a verdict with the command a user would give.
func (e *eddy) verify(verdict string) {
	e.t.Helper()
	_, data, _ := strings.Cut(verdict, " ")
	id := parseEvent(e.t, []byte(data)).Data.AnomalyID
	out, err := exec.Command(eddyBinary, "verify", "--nats.url", "nats://"+e.nats, id).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "OK") {
		e.t.Errorf("eddy verify %s: %v\n%s", id, err, out)
	}
}

// settle waits until every record has gone through every stage.
func (e *eddy) settle() {
	e.t.Helper()
	eventually(e.t, "eddy is ready", 60*time.Second, func() bool { return get(e.t, "http://"+e.web+"/-/ready") == "ready" })
	_, js := connect(e.t, e.nats)
	var last float64
	for _, name := range streams(e.t, js, "EDDY_SAMPLES_") {
		s, err := js.Stream(e.t.Context(), name)
		if err != nil {
			e.t.Fatal(err)
		}
		last += float64(s.CachedInfo().State.LastSeq)
	}
	position := func(stage string) float64 {
		page, sum := get(e.t, "http://"+e.web+"/metrics"), 0.0
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "eddy_stage_position{") && strings.Contains(line, `stage="`+stage+`"`) {
				sum += metric(line, "eddy_stage_position")
			}
		}
		return sum
	}
	eventually(e.t, "features and scoring have caught up", 60*time.Second, func() bool {
		return position("features") == last && position("scoring") == last
	})
	var before int
	quiet := 0
	eventually(e.t, "the anomaly log is complete", 60*time.Second, func() bool {
		s, err := js.Stream(e.t.Context(), "EDDY_ANOMALIES")
		if err != nil {
			return false
		}
		n := int(s.CachedInfo().State.LastSeq)
		if n == before {
			quiet++
		} else {
			before, quiet = n, 0
		}
		return quiet >= 20
	})
}

// rederive throws away everything that was derived, lets an undisturbed eddy derive it again from the samples, and
// returns its verdicts.
func (e *eddy) rederive() []string {
	e.t.Helper()
	e.process.stop(syscall.SIGTERM)
	all := e.extra
	e.extra = append([]string{"--stages", "ingest"}, all...)
	e.start()
	_, js := connect(e.t, e.nats)
	for _, prefix := range []string{"EDDY_FEATURES_", "EDDY_SCORES_", "EDDY_ANOMALIES", "OBJ_EDDY_SNAPSHOTS"} {
		for _, name := range streams(e.t, js, prefix) {
			if err := js.DeleteStream(e.t.Context(), name); err != nil {
				e.t.Fatal(err)
			}
		}
	}
	e.process.stop(syscall.SIGTERM)
	e.extra = all
	e.start()
	e.settle()
	_, js = connect(e.t, e.nats)
	return verdicts(e.t, js)
}

// streams lists the names that begin with prefix.
func streams(t *testing.T, js jetstream.JetStream, prefix string) (names []string) {
	t.Helper()
	list := js.StreamNames(t.Context())
	for name := range list.Name() {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// checkStored fails unless every sample that was acknowledged is in the log, in order.
func checkStored(t *testing.T, js jetstream.JetStream, load fleet) {
	t.Helper()
	seen := map[string]map[int64]bool{}
	for _, name := range streams(t, js, "EDDY_SAMPLES_") {
		readStream(t, js, name, []string{"eddy.samples.default.>"}, func(m jetstream.Msg) {
			for _, s := range decodeSamples(t, m) {
				if seen[s.instance] == nil {
					seen[s.instance] = map[int64]bool{}
				}
				seen[s.instance][s.timestamp] = true
			}
		})
	}
	if len(seen) != load.series {
		t.Errorf("%d series in the log, %d were sent", len(seen), load.series)
	}
	for instance, times := range seen {
		if len(times) != load.steps {
			t.Errorf("%s: %d samples in the log, %d were acknowledged", instance, len(times), load.steps)
		}
	}
}

// checkOnce fails on an event id that was published twice.
func checkOnce(t *testing.T, verdicts []string) {
	t.Helper()
	ids := map[string]bool{}
	for _, v := range verdicts {
		_, data, _ := strings.Cut(v, " ")
		e := parseEvent(t, []byte(data))
		if ids[e.ID] {
			t.Errorf("event %s was published twice", e.ID)
		}
		ids[e.ID] = true
	}
	if len(ids) < 20 {
		t.Errorf("only %d events: the load causes more", len(ids))
	}
}
