package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/config"
	"eddy/schema"
	"eddy/stream"
)

// policyLogs are the samples logs of three partitions, as far as policies go.
type policyLogs struct {
	mu     sync.Mutex
	held   [3][]string // names of the first detectors of the policies, in order
	newest [3][]byte
	fault  [3]error // what an append answers
	stores [3]bool  // whether it stores nevertheless: the answer is lost
}

func (l *policyLogs) keeper() *policyKeeper {
	return &policyKeeper{
		partitions: 3, log: zerolog.Nop(), again: make(chan struct{}, 1),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{Name: "pending"}),
		newest: func(_ context.Context, p int) ([]byte, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.newest[p] == nil {
				return nil, stream.ErrNotFound
			}
			return l.newest[p], nil
		},
		append: func(_ context.Context, p int, record []byte) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.fault[p] == nil || l.stores[p] {
				c, err := schema.ParseControl(record)
				if err != nil {
					return err
				}
				l.held[p], l.newest[p] = append(l.held[p], c.Policy.Detectors[0].Name), record
			}
			return l.fault[p]
		},
	}
}

func (l *policyLogs) is(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, held := range l.held {
		if got := strings.Join(held, " "); got != want[p] {
			t.Errorf("partition %d holds the policies %q, want %q", p, got, want[p])
		}
	}
}

func (l *policyLogs) answer(p int, fault error, stores bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault[p], l.stores[p] = fault, stores
}

func named(name string) schema.Policy {
	return schema.Policy{Detectors: []schema.Detector{{Name: name}}}
}

// One full log does not keep the others from the policy, and gets it once there is room.
func TestPolicyIsTriedUntilItIsInForce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs policyLogs
		k := logs.keeper()
		go k.keep(t.Context(), time.Second, time.Minute)
		logs.answer(1, stream.ErrFull, false)
		if err := k.put(t.Context(), named("a")); !errors.Is(err, errPending) || !errors.Is(err, stream.ErrFull) || !strings.Contains(err.Error(), "1 of 3 lack it; partition 1") {
			t.Errorf("put into a full log: %v", err)
		}
		logs.is(t, "a", "", "a")
		if k.inForce.Load() {
			t.Error("in force, it says")
		}
		<-time.After(10 * time.Minute)
		logs.is(t, "a", "", "a")
		if err := k.put(t.Context(), named("b")); !errors.Is(err, errPending) {
			t.Error(err)
		}
		logs.answer(1, nil, false)
		<-time.After(2 * time.Minute)
		logs.is(t, "a b", "b", "a b")
		if !k.inForce.Load() {
			t.Error("not in force, it says")
		}
		if err := k.put(t.Context(), named("b")); err != nil {
			t.Error(err)
		}
		logs.is(t, "a b", "b", "a b")
	})
}

func TestPolicyWhoseAnswerWasLostIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logs policyLogs
		k := logs.keeper()
		go k.keep(t.Context(), time.Second, time.Minute)
		logs.answer(2, context.DeadlineExceeded, true)
		if err := k.put(t.Context(), named("a")); !errors.Is(err, errPending) {
			t.Errorf("a lost answer: %v", err)
		}
		<-time.After(time.Minute)
		logs.is(t, "a", "a", "a")
		if !k.inForce.Load() {
			t.Error("not in force, it says")
		}
	})
}

// A file that cannot be used is refused with 400 and changes nothing; a good one stays accepted although a log is full.
func TestReloadWhileALogIsFull(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "eddy.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("detectors: [{name: first}]\n")
	flags := config.Flags{ConfigFile: file}
	cfg, err := flags.Load(catalogue.All())
	if err != nil {
		t.Fatal(err)
	}
	var logs policyLogs
	a := &app{flags: flags, cfg: cfg, log: zerolog.Nop(), policy: logs.keeper(), reloads: newReloadMetrics(prometheus.NewRegistry())}
	reload := func(wantCode int, says string) {
		t.Helper()
		w := httptest.NewRecorder()
		a.serveReload(w, httptest.NewRequest(http.MethodPost, "/-/reload", nil))
		if w.Code != wantCode || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%d %s; want %d and %q", w.Code, w.Body, wantCode, says)
		}
	}
	reload(http.StatusOK, "applied")
	logs.answer(1, stream.ErrFull, false)
	write("detectors: [{name: second}]\n")
	reload(http.StatusServiceUnavailable, "accepted: the policy is not in force in every partition yet; eddy keeps trying")
	logs.is(t, "first second", "first", "first second")
	write("detectors: [{name: third, fro: 1}]\n")
	reload(http.StatusBadRequest, "unknown key")
	write("detectors: [{name: third}]\npartitions: 9\n")
	reload(http.StatusBadRequest, "restart it to change partitions")
	if diff := cmp.Diff("second", a.cfg.Detectors[0].Name); diff != "" {
		t.Errorf("accepted is the last good file: %s", diff)
	}
	logs.answer(1, nil, false)
	write("detectors: [{name: second}]\n")
	reload(http.StatusOK, "applied")
	logs.is(t, "first second", "first second", "first second")
}
