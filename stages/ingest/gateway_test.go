package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bytes"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
)

func TestEveryPathAndTenant(t *testing.T) {
	t.Parallel()
	f := func(path string, header map[string]string, want int, tenant string) {
		t.Helper()
		h := newHarness(t, Config{})
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(snappy.Encode(nil, marshalV1(t, up("a", 0)))))
		for k, v := range header {
			r.Header.Set(k, v)
		}
		a, _ := h.do(r)
		check(t, a.Status, want)
		if tenant != "" {
			check(t, len(h.log.records), 1)
			check(t, strings.HasPrefix(h.log.records[0].subject, "eddy.samples."+tenant+"."), true)
		}
	}
	for _, path := range []string{"/api/v1/write", "/api/v1/push", "/api/v1/receive", "/api/prom/push"} {
		f(path, nil, 204, "default")
		f("/t/acme"+path, nil, 204, "acme")
	}
	f("/api/v1/write", map[string]string{"X-Scope-OrgID": "a_B-9"}, 204, "a_B-9")
	f("/api/v1/write", map[string]string{"THANOS-TENANT": "b"}, 204, "b")
	f("/t/acme/api/v1/write", map[string]string{"X-Scope-OrgID": "other"}, 204, "acme")
	f("/t/a.b/api/v1/write", nil, 400, "")
	for _, bad := range []string{"a.b", "*", ">", "a b", "$control", strings.Repeat("x", 65), "a|b"} {
		f("/api/v1/write", map[string]string{"X-Scope-OrgID": bad}, 400, "")
	}
}

func TestTenantsAreApartAndBounded(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{MaxTenants: 2})
	push := func(tenant string, at int64) int {
		_, err := h.g.Push(t.Context(), tenant, marshalV1(t, up("a", at)), V1)
		if err == nil {
			return 204
		}
		return statusOf(err)
	}
	check(t, push("a", 10), 204)
	check(t, push("b", 5), 204) // older than a's, and nothing to do with it
	check(t, push("c", 0), 429)
	check(t, push("a", 11), 204)
}

// TestARequestWaitsForTheLog holds the log back and watches the answer.
func TestARequestWaitsForTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, Config{})
		release := make(chan struct{})
		h.g.log = blockedLog{Log: h.log, release: release}
		done := make(chan Result, 1)
		go func() {
			r, _ := h.g.Push(t.Context(), "default", marshalV1(t, up("a", 0)), V1)
			done <- r
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Error("answered before the log")
		default:
		}
		close(release)
		check(t, (<-done).Written, Written{Samples: 1})
	})
}

// blockedLog answers once release is closed, or its context ends.
type blockedLog struct {
	Log
	release chan struct{}
}

func (l blockedLog) Append(ctx context.Context, p int, subject string, data []byte) error {
	select {
	case <-l.release:
		return l.Log.Append(ctx, p, subject, data)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestALogThatHangsIs503AndTheRepeatIsAccepted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, Config{})
		h.g.log = blockedLog{Log: h.log, release: make(chan struct{})}
		_, err := h.g.Push(t.Context(), "default", marshalV1(t, up("a", 0, 1)), V1)
		check(t, statusOf(err), 503)
		h.g.log = h.log
		r, err := h.g.Push(t.Context(), "default", marshalV1(t, up("a", 0, 1)), V1)
		check(t, err, nil)
		check(t, r.Written, Written{Samples: 2})
	})
}

func TestASenderThatLeavesMayRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, Config{})
		release := make(chan struct{})
		h.g.log = blockedLog{Log: h.log, release: release}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := h.g.Push(ctx, "default", marshalV1(t, up("a", 0, 1)), V1)
		check(t, statusOf(err), 503)
		close(release)
		synctest.Wait()
		check(t, len(h.stored()), 2) // it was stored all the same
		r, err := h.g.Push(t.Context(), "default", marshalV1(t, up("a", 0, 1)), V1)
		check(t, err, nil)
		check(t, r.Written, Written{Samples: 2})
		check(t, h.g.budget.used.Load(), int64(0))
	})
}

// TestOneAppendCarriesWhatArrivedMeanwhile: requests that come while an append runs share the next record.
func TestOneAppendCarriesWhatArrivedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, Config{})
		release := make(chan struct{})
		h.g.log = blockedLog{Log: h.log, release: release}
		var senders sync.WaitGroup
		for i := range 50 {
			senders.Go(func() {
				tenant := []string{"a", "b"}[i%2]
				r, err := h.g.Push(t.Context(), tenant, marshalV1(t, up("x", int64(i)+1)), V1)
				if err != nil || r.Status() != 204 && r.Status() != 400 {
					t.Error(r, err)
				}
			})
			synctest.Wait() // one after the other, so every sample is in order
		}
		close(release)
		senders.Wait()
		check(t, len(h.stored()), 50)
		// The same series of two tenants may share a partition: the first request alone, then one record a tenant.
		if n := len(h.log.records); n > 4 {
			t.Errorf("%d records", n)
		}
	})
}

func TestRecordsStayBelowAMessage(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	var all []prompb.TimeSeries
	for i := range 300 {
		s := up(fmt.Sprint(i), 0)
		for k := range 2 + i%3 {
			s.Labels = append(s.Labels, prompb.Label{Name: fmt.Sprintf("k%d", k), Value: noise(8000, uint64(i*7+k))})
		}
		all = append(all, s)
	}
	a, text := h.v1(all...)
	if a.Samples != 300 {
		t.Fatal(text)
	}
	check(t, len(h.stored()), 300) // decodeRecord checks the sizes
}

// TestRecordsStayWithinWhatStagesTake: series without samples and metadata count, in a request and where several are
// joined.
func TestRecordsStayWithinWhatStagesTake(t *testing.T) {
	t.Parallel()
	exemplars := func(from, n int) []byte {
		all := make([]prompb.TimeSeries, n)
		for i := range all {
			all[i] = series([]string{"__name__", fmt.Sprint("m", from+i)})
			all[i].Exemplars = []prompb.Exemplar{{Value: 1, Timestamp: base}}
		}
		return marshalV1(t, all...)
	}
	metas := func(from, n int) []byte {
		all := make([]prompb.MetricMetadata, n)
		for i := range all {
			all[i] = prompb.MetricMetadata{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: fmt.Sprint("m", from+i)}
		}
		return describe(t, all...)
	}
	f := func(body func(from, n int) []byte, each, stored int) {
		synctest.Test(t, func(t *testing.T) {
			h := newHarness(t, Config{})
			release := make(chan struct{})
			h.g.log = blockedLog{Log: h.log, release: release}
			const requests = 4 // the first is alone in its record, the others come while it is being written
			var senders sync.WaitGroup
			for r := range requests {
				senders.Go(func() {
					a, w := h.raw(typeV1, body(r*each, each))
					if a.Status != 204 {
						t.Error(w.Body)
					}
				})
			}
			synctest.Wait()
			close(release)
			senders.Wait()
			check(t, len(h.stored()), requests*stored) // decodeRecord checks every record
		})
	}
	f(exemplars, 15_000, 15_000)
	f(exemplars, 40_000, 40_000)
	f(metas, 4_000, 4*4_000)
	f(metas, 10_000, 4*10_000)
}

// noise is text that does not compress.
func noise(n int, seed uint64) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	b := make([]byte, n)
	for i := range b {
		seed = seed*6364136223846793005 + 1442695040888963407
		b[i] = letters[seed>>58]
	}
	return string(b)
}

func TestSendersAtTheSameTime(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	var senders sync.WaitGroup
	const each, rounds = 50, 20
	for s := range 8 {
		senders.Go(func() {
			for round := range rounds {
				var all []v2Series
				for i := range each {
					all = append(all, up2(fmt.Sprintf("%d-%d", s%4, i), int64(round*8+s)))
				}
				body := marshalV2(t, all...)
				if _, err := h.g.Push(t.Context(), fmt.Sprint(s), body, V2); err != nil {
					t.Error(err)
				}
				if s == 0 {
					if err := h.g.Tick(t.Context(), h.g.now()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	senders.Wait()
	check(t, len(h.stored()), 8*each*rounds)
	check(t, h.g.budget.used.Load(), int64(0))
}

func TestFlappingLogNeverLosesWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	h := newHarness(t, Config{})
	n := 0
	h.log.setFail(func(int) error {
		if n++; n%3 == 0 {
			return errors.New("flap")
		}
		return nil
	})
	for round := range 50 {
		for {
			a, _ := h.v1(up("a", int64(2*round), int64(2*round+1)), up("b", int64(round)), up("c", int64(round)), up("d", int64(round)))
			if a.Status == 204 {
				check(t, a.Samples, 5)
				break
			}
			check(t, a.Status, 503)
		}
	}
	seen := map[string]bool{}
	for _, line := range h.stored() {
		seen[line] = true
	}
	check(t, len(seen), 250)
}

// TestKnownSamplesCostNoAllocation: what a request allocates does not depend on how many samples it has.
func TestKnownSamplesCostNoAllocation(t *testing.T) {
	for v, body := range map[Version][]byte{V1: fleetV1(t, 0, 0), V2: fleetV2(t, 0, 0)} {
		g := newNullGateway(t)
		n := testing.AllocsPerRun(50, func() {
			if r, err := g.Push(t.Context(), "default", body, v); err != nil || r.Written.Samples != perRequest {
				t.Fatal(r, err)
			}
		})
		// A goroutine, a context and a timer for each of 4 partitions; the race detector empties pools at random.
		if n > 120 {
			t.Errorf("v%d: %v allocations for %d samples", v, n, perRequest)
		}
	}
}
